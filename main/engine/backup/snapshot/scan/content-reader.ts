import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
} from '../../../env/node/sync-files.ts'
import { CHUNK_SIZES, type Chunker, createChunker } from '../../../repository/chunking/create-chunker.ts'
import { isAllZero } from '../../../repository/chunking/look-at-content.ts'
import { type FsPath, shownPath, systemCodeOf } from '../../../sources/files/fs-path.ts'
import type { SkippedItem } from '../../../sources/files/skipped-items.ts'
import { isDatabase, startsLikeDatabase } from '../../../sources/sqlite/database-file.ts'
import { type DatabaseSurroundings, readDatabase } from '../../../sources/sqlite/read-database.ts'
import type { Board } from '../board.ts'
import type { CounterRow } from '../counters.ts'
import type { ChunkStore } from '../packs/chunk-store.ts'

/** Never waits (a pipe that took the file's place would block), never follows a link that did. */
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Larger files are cut in segments that several workers share; `segments.ts`. */
const SEGMENTED_ABOVE_BYTES = 96 << 20

const READ_STEP_BYTES = 1 << 20
const BUFFER_BYTES = 2 * CHUNK_SIZES.maxBytes
/** A file that changed while it was read is read again so often, unless it is large. */
const MORE_ATTEMPTS = 2
const RETRY_LIMIT_BYTES = 64 << 20
const ID_BYTES = 32

/** Answers of `#readSmall` that are no sizes. */
const OUTGROWN = -1
const IS_DATABASE = -2

/** A file as it was read. */
export interface FileContent {
  /** After reading: what the entry says of the file. */
  readonly stats: BigIntStats
  readonly sizeBytes: number
  /** 32 bytes a chunk; a view that is valid until the next file. */
  readonly chunkIds: Uint8Array
  /** A database, as one transaction left it or perhaps not; `undefined` also where SQLite takes it for none. */
  readonly database: 'consistent' | 'torn' | undefined
}

/** The system refused to read on. Kept apart from everything else that can go wrong on the way into a pack. */
export class ReadFailure extends Error {
  readonly systemCode: string

  constructor(systemCode: string, cause?: unknown) {
    super('read failed', { cause })
    this.systemCode = systemCode
  }
}

export interface ContentReaderOptions {
  readonly store: ChunkStore
  readonly board: Board
  readonly counters: CounterRow
  readonly gearKey: Uint8Array
  readonly onSkipped: (item: SkippedItem) => void
  /** Reads a file above `SEGMENTED_ABOVE_BYTES`: the number of bytes it had. Called with the file open. */
  readonly readSegmented: (file: number, path: FsPath, stats: BigIntStats) => number
  readonly databases: DatabaseSurroundings
}

/** Reads files and stores their chunks. One a worker; it keeps the chunker and its buffer. */
export class ContentReader {
  readonly #options: ContentReaderOptions
  #chunker: Chunker | undefined
  #ids = Buffer.allocUnsafeSlow(4096 * ID_BYTES)
  #idsEnd = 0
  #zeroChunkId: Uint8Array | undefined

  constructor(options: ContentReaderOptions) {
    this.#options = options
  }

  /** The ids gathered so far for the file at hand; a view. */
  get chunkIds(): Uint8Array {
    return this.#ids.subarray(0, this.#idsEnd)
  }

  /**
   * Reads a file that `lstat` found, and stores what is new of it. What could not be read, or not faithfully, is told to
   * `onSkipped`; `undefined` means that nothing of it belongs into the snapshot.
   */
  read(path: FsPath, found: BigIntStats): FileContent | undefined {
    let file: number
    try {
      file = openSync(path, OPEN_FLAGS)
    } catch (error) {
      const code = systemCodeOf(error)
      if (code === 'ENOENT' || code === 'ENOTDIR') return this.#skip(path, 'vanished', code)
      // A link took its place (ELOOP), or a socket did (ENXIO).
      if (code === 'ELOOP' || code === 'ENXIO') return this.#skip(path, 'changed', code)
      return this.#skip(path, 'unreadable', code)
    }
    try {
      return this.#readOpen(file, path, found)
    } catch (error) {
      if (error instanceof ReadFailure) return this.#skip(path, 'unreadable', error.systemCode)
      throw error
    } finally {
      closeSync(file)
    }
  }

  #readOpen(file: number, path: FsPath, found: BigIntStats): FileContent | undefined {
    const content = this.#readFile(file, path, found, true)
    return content === 'database' ? this.#readDatabase(file, path, found) : content
  }

  /** Reads it as it lies there, until it did not change meanwhile; `looks`: unless it is a database. */
  #readFile(
    file: number,
    path: FsPath,
    found: BigIntStats,
    looks: boolean,
  ): FileContent | 'database' | undefined {
    let before = found
    for (let attempt = 0; ; attempt++) {
      const sizeBytes = this.#readOnce(file, path, before, looks)
      if (sizeBytes === IS_DATABASE) return 'database'
      const stats = fstat(file)
      const content = { stats, sizeBytes, chunkIds: this.chunkIds, database: undefined }
      if (isUntouched(before, stats) && BigInt(sizeBytes) === stats.size) return content
      if ((Number(stats.mode) & constants.S_IFMT) !== constants.S_IFREG) return this.#skip(path, 'changed')
      if (attempt === MORE_ATTEMPTS || stats.size > RETRY_LIMIT_BYTES) {
        this.#skip(path, 'changed')
        return content
      }
      this.#options.counters.add('bytesRead', -sizeBytes)
      before = stats
    }
  }

  /** Reads a database as one transaction left it, or where that cannot be, as it lies there. */
  #readDatabase(file: number, path: FsPath, found: BigIntStats): FileContent | undefined {
    const { databases, counters } = this.#options
    /** What was read so far counts for nothing when it is read again. */
    let readBytes = 0
    const reading = readDatabase({ file, path }, databases, (content) => {
      counters.add('bytesRead', -readBytes)
      readBytes = this.#readOnce(content.file, content.path, content.stats, false)
      return BigInt(readBytes) === content.stats.size ? readBytes : undefined
    })
    if (reading.kind === 'consistent') {
      counters.add('databases', 1)
      const { known, content } = reading
      return { stats: known, sizeBytes: content, chunkIds: this.chunkIds, database: 'consistent' }
    }
    counters.add('bytesRead', -readBytes)
    const content = this.#readFile(file, path, found, false)
    if (!content || content === 'database') return undefined
    if (reading.kind === 'as-is') return content
    this.#skip(path, 'inconsistent', reading.code)
    return { ...content, stats: asNeverSeen(content.stats), database: 'torn' }
  }

  /** Reads all there is, whatever `stats` promised; returns how much that was, or `IS_DATABASE` and nothing was stored. */
  #readOnce(file: number, path: FsPath, stats: BigIntStats, looks: boolean): number {
    this.#idsEnd = 0
    if (stats.size <= CHUNK_SIZES.minBytes) {
      const sizeBytes = this.#readSmall(file, Number(stats.size), looks)
      if (sizeBytes !== OUTGROWN) return sizeBytes
    }
    if (looks && startsAsDatabase(file)) return IS_DATABASE
    if (stats.size > SEGMENTED_ABOVE_BYTES) return this.#options.readSegmented(file, path, stats)
    return this.storeRange(file, 0, Number.POSITIVE_INFINITY)
  }

  /** Straight into the open block; `OUTGROWN` when the file has more than it said. */
  #readSmall(file: number, expectedBytes: number, looks: boolean): number {
    const { store, counters } = this.#options
    const at = store.data.roomFor(expectedBytes)
    const wanted = expectedBytes + 1
    let end = 0
    while (end < wanted) {
      const read = readPiece(file, store.data.buffer, at + end, wanted - end, end)
      if (read === 0) break
      end += read
      // A regular file gives all it has at once: less than was asked for is its end.
      if (end === expectedBytes) break
    }
    if (looks && startsLikeDatabase(store.data.buffer, at, at + end)) return IS_DATABASE
    if (end > expectedBytes) return OUTGROWN
    counters.add('bytesRead', end)
    if (end > 0) this.addId(store.storeInPlace(at, end))
    return end
  }

  /**
   * Cuts and stores the bytes [from, to) of a file, or up to its end when that comes first, as if nothing came before or after;
   * returns how many there were. `between` is called at each chunk.
   */
  storeRange(file: number, from: number, to: number, between?: () => void): number {
    let readBytes = 0
    this.cutRange(file, from, to, (chunk) => {
      between?.()
      readBytes += chunk.length
      this.#options.counters.add('bytesRead', chunk.length)
      this.addId(this.#storeChunk(chunk))
      return true
    })
    return readBytes
  }

  /** Cuts the bytes [from, to) of a file, until `take` answers false. Chunks are views that are valid during the call. */
  cutRange(file: number, from: number, to: number, take: (chunk: Uint8Array) => boolean): void {
    const chunker = this.#openChunker()
    const { buffer } = chunker
    let start = 0
    let end = 0
    /** Up to here the chunk at `start` does not end. */
    let seen = 0
    let position = from
    let isLast = position >= to
    for (;;) {
      const cut = start === end && !isLast ? 0 : chunker.cut(start, end, isLast, seen)
      if (cut > 0) {
        this.#options.board.throwIfStopped()
        if (!take(buffer.subarray(start, cut))) return
        start = cut
        seen = cut
        continue
      }
      if (isLast) return
      if (end + READ_STEP_BYTES > buffer.length) {
        buffer.copyWithin(0, start, end)
        end -= start
        start = 0
      }
      seen = end
      const wanted = Math.min(READ_STEP_BYTES, to - position)
      const read = readPiece(file, buffer, end, wanted, position)
      end += read
      position += read
      isLast = read === 0 || position >= to
    }
  }

  /** Adds the id of the file's next chunk. */
  addId(id: Uint8Array): void {
    this.addIds(id)
  }

  /** Adds the ids of chunks that somebody else has stored. */
  addIds(ids: Uint8Array): void {
    if (this.#idsEnd + ids.length > this.#ids.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#ids.length * 2, this.#idsEnd + ids.length))
      larger.set(this.chunkIds)
      this.#ids = larger
    }
    this.#ids.set(ids, this.#idsEnd)
    this.#idsEnd += ids.length
  }

  /** Forgets the ids gathered so far. */
  clearIds(): void {
    this.#idsEnd = 0
  }

  /** A hole of a sparse file is many equal chunks of zeros: their id is computed once. */
  #storeChunk(chunk: Uint8Array): Uint8Array {
    const { store } = this.#options
    if (chunk.length !== CHUNK_SIZES.maxBytes || !isAllZero(chunk)) return store.store(chunk)
    this.#zeroChunkId ??= store.idOf(chunk)
    store.storeAs(this.#zeroChunkId, chunk)
    return this.#zeroChunkId
  }

  #openChunker(): Chunker {
    this.#chunker ??= createChunker({
      gearKey: this.#options.gearKey,
      ...CHUNK_SIZES,
      bufferBytes: BUFFER_BYTES,
    })
    return this.#chunker
  }

  #skip(path: FsPath, reason: SkippedItem['reason'], code?: string): undefined {
    this.#options.onSkipped({ path: shownPath(path), reason, ...(code === undefined ? {} : { code }) })
  }
}

/** A file of which the next backup shall not believe that it is as it was: it is read again. */
function asNeverSeen(stats: BigIntStats): BigIntStats {
  return Object.assign(Object.create(Object.getPrototypeOf(stats)), stats, { ctimeMs: 0n, ctimeNs: 0n })
}

function startsAsDatabase(file: number): boolean {
  try {
    return isDatabase(file)
  } catch (error) {
    throw new ReadFailure(systemCodeOf(error), error)
  }
}

function fstat(file: number): BigIntStats {
  try {
    return fstatSync(file, { bigint: true })
  } catch (error) {
    throw new ReadFailure(systemCodeOf(error), error)
  }
}

function readPiece(
  file: number,
  into: Uint8Array,
  at: number,
  lengthBytes: number,
  position: number,
): number {
  try {
    return readSync(file, into, at, lengthBytes, position)
  } catch (error) {
    throw new ReadFailure(systemCodeOf(error), error)
  }
}

/** The same file, and nobody wrote to it, truncated it or changed its attributes between the two looks. */
function isUntouched(before: BigIntStats, after: BigIntStats): boolean {
  return (
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ctimeNs === after.ctimeNs &&
    before.ino === after.ino &&
    before.dev === after.dev
  )
}
