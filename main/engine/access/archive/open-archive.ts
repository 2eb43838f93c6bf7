import { createHash } from 'node:crypto'
import { type ArchiveEntry, BLOCK_BYTES } from '../../archive/entry.ts'
import type { RangeSource } from '../../archive/read/archive-source.ts'
import { openIndexPieces } from '../../archive/read/index-pieces.ts'
import { type BlockWindow, openArchiveRange } from '../../archive/read/open-archive-range.ts'
import type { ArchiveIndex } from '../../archive/read/read-index.ts'
import { damagedArchive } from '../../archive/read/read-limits.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import { bodyOfObject, goodCopies } from '../../delivery/copy-source.ts'
import { indexKey } from '../../delivery/object-keys.ts'
import type { Places } from '../../delivery/places.ts'
import type { BackupRow } from '../../model/backup.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { bodyOfBytes, bodyOfFile } from '../../storage/body.ts'
import type { ByteRange } from '../../storage/object-store.ts'
import type { DataCache } from '../data-cache.ts'
import type { FileFacts } from '../file-facts.ts'
import { type Content, type FoundFile, joinedPieces, readPieces } from '../read-pieces.ts'
import {
  archiveSources,
  cachedIndexPath,
  findOrMakeIndex,
  indexIn,
  isIndexOf,
  keepIndex,
  storedIndexes,
} from './backup-index.ts'
import type { TarStream } from './tar-stream.ts'

/** An archive in which single entries can be looked up and read. */
export interface OpenArchive {
  readonly backup: BackupRow
  find(path: string, signal?: AbortSignal): Promise<ArchiveEntry | undefined>
  /** Where the range can be read from; undefined where only from the archive's start. */
  window(range: ByteRange, signal?: AbortSignal): Promise<BlockWindow | undefined>
}

/** An index up to this size is brought here whole, so that it serves whatever is asked next. */
const FETCHED_WHOLE_BYTES = 256 * 1024
/** What an index has, compressed, for each entry and each block at most: paths and checksums that nothing is known of before. */
const ENTRY_BYTES = 512
const BLOCK_LINE_BYTES = 64

/**
 * Opens an archive by its index: the one kept here, else that of the nearest place, of which only pieces are fetched where it is large. An archive without one
 * is read once from its start.
 */
export async function openArchive(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  signal?: AbortSignal,
): Promise<OpenArchive> {
  const asked = { workspace, places, backup, ...(signal && { signal }) }
  const isSmall = isIndexSmall(backup)
  const near = (await openFromHere(asked)) ?? (isSmall ? await openFetched(asked) : await openAtPlace(asked))
  if (near) return near
  const index = await findOrMakeIndex(workspace, places, backup, signal ? { signal } : {})
  return (await openFromHere(asked)) ?? byEntries(backup, index)
}

/** An archive whose index has been read whole. */
function byEntries(backup: BackupRow, index: ArchiveIndex): OpenArchive {
  const byPath = new Map(index.entries.map((entry) => [entry.path, entry]))
  return {
    backup,
    find: async (path) => byPath.get(path),
    window: async () => (index.blocks.length > 0 ? index : undefined),
  }
}

/** Whether an index can only be small: then nobody has to ask how large it is. */
function isIndexSmall({ files, directories, sourceBytes }: BackupRow): boolean {
  const blocks = Math.ceil(sourceBytes / BLOCK_BYTES)
  return (files + directories) * ENTRY_BYTES + blocks * BLOCK_LINE_BYTES <= FETCHED_WHOLE_BYTES
}

interface Asked {
  readonly workspace: Workspace
  readonly places: Places
  readonly backup: BackupRow
  readonly signal?: AbortSignal
}

async function openFromHere(asked: Asked): Promise<OpenArchive | undefined> {
  const { files } = asked.workspace.env
  const path = cachedIndexPath(asked.workspace, asked.backup)
  const stat = await files.stat(path)
  return stat && byPieces(asked, bodyOfFile(files, path, stat.sizeBytes))
}

/** Brings an index that is small here, in one request; where it is not, it is opened where it lies. */
async function openFetched(asked: Asked): Promise<OpenArchive | undefined> {
  const { workspace, places, backup, signal } = asked
  for await (const bytes of storedIndexes(workspace, places, backup, FETCHED_WHOLE_BYTES, {
    ...(signal && { signal }),
  })) {
    if (!bytes) return openAtPlace(asked)
    const opened = (await byPieces(asked, bodyOfBytes(bytes))) ?? (await byWhole(backup, bytes))
    if (!opened) continue
    await keepIndex(workspace, backup, bytes)
    return opened
  }
  return undefined
}

async function byWhole(backup: BackupRow, bytes: Uint8Array): Promise<OpenArchive | undefined> {
  const index = await indexIn(backup, bytes)
  return index && byEntries(backup, index)
}

/** Opens a large index where it lies; undefined where it is small enough to be brought here, or no place gives one. */
export async function openAtPlace(asked: Asked): Promise<OpenArchive | undefined> {
  const { workspace, places, backup, signal } = asked
  if (backup.indexName === undefined) return undefined
  for (const { copy } of await goodCopies(workspace, backup.id)) {
    try {
      const store = await places.open(copy.destinationId)
      const { sizeBytes } = await store.head(indexKey(copy.storedName), signal)
      if (sizeBytes <= FETCHED_WHOLE_BYTES) return undefined
      const opened = await byPieces(asked, bodyOfObject(store, indexKey(copy.storedName), sizeBytes))
      if (opened) return opened
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      workspace.env.log.area('access').debug('index not read at this copy', { backup: backup.id, error })
    }
  }
  return undefined
}

async function byPieces(asked: Asked, source: RangeSource): Promise<OpenArchive | undefined> {
  const { workspace, places, backup } = asked
  const pieces = await openIndexPieces(source, asked.signal)
  if (!pieces || !isIndexOf(backup, pieces)) return undefined
  return {
    backup,
    async find(path, signal) {
      const found = await pieces.find(path, signal)
      if (found) return found
      // Not where order would have it: all of them are looked through.
      const options = { keep: (entry: ArchiveEntry) => entry.path === path, ...(signal && { signal }) }
      return (await findOrMakeIndex(workspace, places, backup, options)).entries[0]
    },
    async window(range, signal) {
      if (pieces.blockCount === 0) return undefined
      const window = await pieces.window(range, signal)
      if (window) return window
      const options = { keep: () => false, ...(signal && { signal }) }
      const whole = await findOrMakeIndex(workspace, places, backup, options)
      return whole.blocks.length > 0 ? whole : undefined
    },
  }
}

/** A file of an archive; of a hard link the file it is a name of. `invalid-input` where the path names none. */
async function fileIn(archive: OpenArchive, path: string, signal?: AbortSignal): Promise<ArchiveEntry> {
  const wanted = path.replace(/^\/+|\/+$/g, '')
  const entry = await archive.find(wanted, signal)
  const file =
    entry?.kind === 'hardlink' && entry.linkTarget ? await archive.find(entry.linkTarget, signal) : entry
  if (file?.kind === 'file') return file
  const reason = entry ? 'not-a-file' : 'not-there'
  throw new EverstowError('invalid-input', { data: { field: 'path', value: path, reason } })
}

/** What is known of a file of an archive without reading it. */
function factsOf(
  backup: BackupRow,
  { path: named, sizeBytes, mtimeNs, sha256 }: ArchiveEntry,
  path: string,
): FileFacts {
  return {
    sizeBytes,
    mtimeMs: Number(mtimeNs / 1_000_000n),
    content: sha256 === undefined ? `archive ${backup.sha256}/${named}` : `sha256 ${sha256}`,
    ...(named !== path && { linkTo: named }),
  }
}

/** What reading needs besides the archive. */
export interface ReadingDeps {
  readonly workspace: Workspace
  readonly places: Places
  readonly stream: TarStream
  /** Blocks of archives that were proven: whoever read one file reads its neighbour. */
  readonly blocks: DataCache
}

/** Looks up a file of an archive. `name` says which file of which backup it is. */
export async function findFile(
  deps: ReadingDeps,
  archive: OpenArchive,
  path: string,
  name: readonly string[],
): Promise<FoundFile> {
  const file = await fileIn(archive, path)
  return { facts: factsOf(archive.backup, file, path), content: contentIn(deps, archive, file, name) }
}

/**
 * A file's bytes from the nearest copy that proves good. Every block they lie in is proven by the index's checksum of it, and a file that is read whole by its own;
 * a part of a file in an archive whose index has no checksums of blocks is not proven.
 */
function contentIn(
  deps: ReadingDeps,
  archive: OpenArchive,
  file: ArchiveEntry,
  name: readonly string[],
): Content {
  const { dataOffset = 0, sizeBytes, sha256 } = file
  const isWhole = ({ start, end }: ByteRange): boolean => start === 0 && end === sizeBytes
  const inTar = ({ start, end }: ByteRange): ByteRange => ({
    start: dataOffset + start,
    end: dataOffset + end,
  })
  return {
    name,
    sizeBytes,
    proves: async (range) =>
      (sha256 !== undefined && isWhole(range)) || (await archive.window(inTar(range)))?.sums !== undefined,
    async read(range) {
      if (range.start >= range.end) return Buffer.alloc(0)
      const window = await archive.window(inTar(range))
      const isGood = (bytes: Buffer): boolean =>
        sha256 === undefined || !isWhole(range) || digestOf(bytes) === sha256
      const bytesAt = (tarRange: ByteRange, check: (bytes: Buffer) => boolean) =>
        fromCopies(deps, archive.backup, { window, tarRange, check })
      if (!window?.sums) return bytesAt(inTar(range), isGood)
      const tar: Content = {
        name: [archive.backup.id],
        sizeBytes: window.tarBytes,
        proves: async () => true,
        read: (blocks) => bytesAt(blocks, () => true),
      }
      const bytes = await readPieces(deps.blocks, tar, inTar(range), BLOCK_BYTES)
      if (!isGood(bytes)) throw damagedArchive('file-checksum')
      return bytes
    },
  }
}

interface WantedTar {
  readonly window: BlockWindow | undefined
  readonly tarRange: ByteRange
  readonly check: (bytes: Buffer) => boolean
}

async function fromCopies(
  { workspace, places, stream }: ReadingDeps,
  backup: BackupRow,
  { window, tarRange, check }: WantedTar,
): Promise<Buffer> {
  let last: EverstowError | undefined
  for (const open of await archiveSources(workspace, places, backup)) {
    try {
      const source = await open()
      const bytes = window
        ? await joined(openArchiveRange(source, window, tarRange))
        : await stream.read(backup.id, source, tarRange)
      if (!check(bytes)) throw damagedArchive('file-checksum')
      return bytes
    } catch (caught) {
      const error = asEverstowError(caught)
      workspace.env.log.area('access').warn('archive could not be read', { backup: backup.id, error })
      last ??= error
    }
  }
  throw last ?? new EverstowError('object-missing', { data: { name: backup.filename } })
}

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function joined(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of input) chunks.push(chunk)
  return joinedPieces(chunks)
}
