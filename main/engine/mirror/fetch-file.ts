import { platform } from 'node:os'
import { EverstowError } from '../model/errors.ts'
import { downloadTo } from '../storage/download.ts'
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts'
import type { LocalFolder } from './local-folder.ts'
import { modeOf, mtimeOf } from './own-metadata.ts'

const PLAIN_MODE = 0o644

/** Something that was downloaded and verified, under a name of its own. */
export interface Fetched {
  readonly staged: string
  readonly sha256: string
}

/** Downloads an object beside a folder's files, with its time and mode, and flushes it. `checksum-mismatch` where it is not what its metadata says. */
export async function fetchFile(
  store: ObjectStore,
  info: ObjectInfo,
  folder: LocalFolder,
  signal: AbortSignal,
): Promise<Fetched> {
  const stage = folder.stage()
  const handle = await stage.open()
  try {
    const sink = {
      writeAt: (bytes: Uint8Array, position: number) => handle.write(bytes, 0, bytes.length, position),
    }
    const { sizeBytes, sha256: expected, etag } = info
    const { sha256, info: got } = await downloadTo(store, info.key, sink, {
      sizeBytes,
      signal,
      ...(expected !== undefined && { sha256: expected }),
    })
    if (etag !== undefined && got.etag !== etag)
      throw new EverstowError('changed-since', { data: { path: info.key } })
    if (platform() !== 'win32') await handle.chmod(modeOf(info) ?? PLAIN_MODE)
    const mtime = mtimeOf(info) ?? info.modifiedMs / 1_000
    await handle.utimes(mtime, mtime)
    await handle.sync()
    return { staged: stage.path, sha256 }
  } catch (error) {
    folder.drop(stage.path)
    throw error
  } finally {
    await handle.close()
  }
}
