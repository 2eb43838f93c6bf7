import { dirname } from 'node:path'
import { open } from './file-handles.ts'
import { nodeFiles } from './node-files.ts'

const OWNER_ONLY = 0o600

/**
 * Writes bytes durably behind the first `sizeBytes` of a file, which is made where it is not there. What lies behind those first bytes, as a process that
 * was killed while writing leaves it, is cut off before.
 */
export async function appendFile(path: string, bytes: Uint8Array, sizeBytes: number): Promise<void> {
  const isNew = (await nodeFiles.stat(path)) === undefined
  const handle = await open(path, isNew ? 'wx+' : 'r+', OWNER_ONLY)
  try {
    if ((await handle.stat()).size > sizeBytes) await handle.truncate(sizeBytes)
    for (let written = 0; written < bytes.byteLength; ) {
      const rest = bytes.byteLength - written
      written += (await handle.write(bytes, written, rest, sizeBytes + written)).bytesWritten
    }
    await handle.datasync()
  } finally {
    await handle.close()
  }
  if (isNew) await nodeFiles.syncDir(dirname(path))
}
