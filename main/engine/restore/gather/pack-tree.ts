import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { encodeTarHeader, paddingAfter, type TarHeader } from '../../archive/write/tar-header.ts'
import { EverstowError } from '../../model/errors.ts'
import { bytesOf, childOf, onDisk, type PathKey } from '../target/path-key.ts'
import type { EntryMetadata } from '../target/set-metadata.ts'
import { type SyncFiles, writeAll } from '../target/sync-files.ts'
import { type ZipEntry, zipOf } from './zip.ts'

/** One file that holds a whole restore. */
export type PackFormat = 'zip' | 'tar'

export interface PackContext {
  readonly files: SyncFiles
  readonly tree: string
  /** How the folders are to be: on the disk they are open. */
  readonly metadata: ReadonlyMap<PathKey, EntryMetadata>
  readonly signal: AbortSignal
  readonly onBytes: (bytes: number) => void
}

const PIECE_BYTES = 256 * 1024

/** Packs a tree into a file that is not there yet. */
export async function packTree(context: PackContext, format: PackFormat, to: string): Promise<void> {
  const { files, signal } = context
  const fd = files.openSync(to, 'wx', 0o600)
  try {
    const write = async (pieces: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const piece of pieces) writeAll(files, fd, piece)
    }
    if (format === 'tar') await pipeline(Readable.from(tarPieces(context)), createGzip(), write, { signal })
    else await write(zipOf(entriesOf(context)))
    files.fsyncSync(fd)
  } catch (error) {
    if (signal.aborted) throw new EverstowError('cancelled')
    throw error
  } finally {
    files.closeSync(fd)
  }
}

/** Everything in the tree, folders before what is in them, by name. */
function* entriesOf(context: PackContext, folder: PathKey = ''): Iterable<ZipEntry> {
  const { files, tree, metadata } = context
  const names = files.readdirSync(onDisk(tree, folder), { encoding: 'buffer' }).sort(Buffer.compare)
  for (const name of names) {
    const key = childOf(folder, name)
    const path = onDisk(tree, key)
    const seen = files.lstatSync(path, { bigint: true })
    const mode = metadata.get(key)?.mode ?? Number(seen.mode)
    const mtimeNs = metadata.get(key)?.mtimeNs ?? seen.mtimeNs
    const about = {
      path: bytesOf(key),
      mode: mode & 0o7777,
      mtimeNs,
      uid: Number(seen.uid),
      gid: Number(seen.gid),
    }
    if (seen.isDirectory()) {
      yield { ...about, kind: 'directory', sizeBytes: 0 }
      yield* entriesOf(context, key)
    } else if (seen.isSymbolicLink()) {
      const linkTarget = files.readlinkSync(path, { encoding: 'buffer' })
      yield { ...about, kind: 'symlink', linkTarget, sizeBytes: linkTarget.byteLength }
    } else if (seen.isFile())
      yield { ...about, kind: 'file', sizeBytes: Number(seen.size), read: () => contentOf(context, key) }
  }
}

function* contentOf({ files, tree, signal, onBytes }: PackContext, key: PathKey): Iterable<Uint8Array> {
  const { O_RDONLY, O_NOFOLLOW = 0 } = files.constants
  const fd = files.openSync(onDisk(tree, key), O_RDONLY | O_NOFOLLOW)
  try {
    for (;;) {
      if (signal.aborted) throw new EverstowError('cancelled')
      const piece = Buffer.allocUnsafe(PIECE_BYTES)
      const read = files.readSync(fd, piece)
      if (read === 0) return
      onBytes(read)
      yield piece.subarray(0, read)
    }
  } finally {
    files.closeSync(fd)
  }
}

function* tarPieces(context: PackContext): Iterable<Uint8Array> {
  for (const entry of entriesOf(context)) {
    yield encodeTarHeader(tarHeaderOf(entry))
    if (entry.kind !== 'file') continue
    yield* entry.read?.() ?? []
    yield Buffer.alloc(paddingAfter(entry.sizeBytes))
  }
  yield Buffer.alloc(1024)
}

function tarHeaderOf({ kind, path, linkTarget, sizeBytes, ...about }: ZipEntry): TarHeader {
  const isText = path.equals(Buffer.from(path.toString('utf8')))
  return {
    ...about,
    kind,
    path,
    linkTarget,
    isBinary: !isText,
    sizeBytes: kind === 'file' ? sizeBytes : 0,
    userName: '',
    groupName: '',
  }
}
