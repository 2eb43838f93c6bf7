import { createHash, hash } from 'node:crypto'
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
} from '../../env/node/sync-files.ts'
import { shownPath, systemCodeOf } from '../../sources/files/fs-path.ts'
import type { SkippedItem } from '../../sources/files/skipped-items.ts'
import type { FoundEntry } from '../../sources/files/walk-sources.ts'
import type { OpenDatabase } from '../../sources/sqlite/copy-database.ts'
import { isDatabase } from '../../sources/sqlite/database-file.ts'
import { type DatabaseSurroundings, readDatabase } from '../../sources/sqlite/read-database.ts'
import type { TarOutput } from './tar-output.ts'

/** Files up to this size are read whole before their header is written, so that header and content always agree. */
export const SMALL_FILE_BYTES = 1 << 20

/** A larger file that changed while it was read is packed once more, unless it is larger than this. */
const REPACK_LIMIT_BYTES = 64 << 20

/** Databases are whole pages of at least this size. */
const LEAST_PAGE_BYTES = 512n

/** Never waits (a pipe that took the file's place would block), never follows a link that did. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** What packing files needs from its surroundings. */
export interface FilePacking {
  readonly tar: TarOutput
  /** `SMALL_FILE_BYTES` and one byte more, which shows that a file has grown. */
  readonly scratch: Buffer
  readonly databases: DatabaseSurroundings
  /** Writes the header of a file and returns where it starts. */
  writeHeader(stats: BigIntStats, sizeBytes: number): number
  /** Called for every piece read; throws to stop. */
  onRead(bytes: number): void
  onSkipped(item: SkippedItem): void
}

/** Where a file's content went. */
export interface PackedFile {
  readonly stats: BigIntStats
  readonly sizeBytes: number
  readonly tarOffset: number
  readonly dataOffset: number
  /** Hex SHA-256 of the content as it is in the archive. */
  readonly sha256: string
  /** A database as one transaction left it; what lies beside it does not belong to it. */
  readonly isConsistent: boolean
}

/**
 * Puts one file into the tar. What could not be read, or not faithfully, is told to `onSkipped`; `undefined` means that nothing of it is
 * in the archive. A file larger than 1 MiB that changed meanwhile stands in the tar twice, and the second counts; so does a database that
 * somebody began to use meanwhile.
 */
export function packFile(found: FoundEntry, packing: FilePacking): PackedFile | undefined {
  const path = shownPath(found.fsPath)
  const skip = (reason: SkippedItem['reason'], code?: string): undefined => {
    packing.onSkipped({ path, reason, ...(code === undefined ? {} : { code }) })
  }
  let file: number
  try {
    file = openSync(found.fsPath, OPEN_FLAGS)
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return skip('vanished', code)
    // A link took its place (ELOOP), or a socket did (ENXIO).
    if (code === 'ELOOP' || code === 'ENXIO') return skip('changed', code)
    return skip('unreadable', code)
  }
  try {
    const stats = fstatSync(file, { bigint: true })
    if (!stats.isFile()) return skip('changed')
    return startsAsDatabase(file, stats)
      ? packDatabase({ file, path: found.fsPath }, stats, packing, skip)
      : packOpen(file, stats, packing, skip)
  } catch (error) {
    if (error instanceof ReadFailure) return skip('unreadable', error.systemCode)
    throw error
  } finally {
    closeSync(file)
  }
}

type Skip = (reason: SkippedItem['reason'], code?: string) => undefined

/** Packs a database as one transaction left it, or where that cannot be, as it lies there. */
function packDatabase(
  database: OpenDatabase,
  stats: BigIntStats,
  packing: FilePacking,
  skip: Skip,
): PackedFile {
  /** What was read so far counts for nothing when it is read again. */
  let readBytes = 0
  const again: FilePacking = {
    ...packing,
    onRead(bytes) {
      readBytes += bytes
      packing.onRead(bytes)
    },
  }
  const reading = readDatabase(database, packing.databases, (content) => {
    again.onRead(-readBytes)
    let isFaithful = true
    const doubt = (): undefined => {
      isFaithful = false
    }
    const packed = packOpen(content.file, content.stats, again, doubt, content.known)
    return isFaithful ? packed : undefined
  })
  if (reading.kind === 'consistent') return { ...reading.content, stats: reading.known, isConsistent: true }
  again.onRead(-readBytes)
  const packed = packOpen(database.file, stats, packing, skip)
  if (reading.kind === 'torn') skip('inconsistent', reading.code)
  return packed
}

/** `known`: what the header says instead of what the open file does. */
function packOpen(
  file: number,
  stats: BigIntStats,
  packing: FilePacking,
  skip: Skip,
  known?: BigIntStats,
): PackedFile {
  const said = known
    ? {
        ...packing,
        writeHeader: (_: BigIntStats, sizeBytes: number) => packing.writeHeader(known, sizeBytes),
      }
    : packing
  const isSmall = stats.size <= SMALL_FILE_BYTES
  return (isSmall ? packSmall(file, stats, said, skip) : undefined) ?? packLarge(file, said, skip)
}

/** Files too small to be one are not looked at. */
function startsAsDatabase(file: number, stats: BigIntStats): boolean {
  if (stats.size % LEAST_PAGE_BYTES !== 0n || stats.size === 0n) return false
  try {
    return isDatabase(file)
  } catch (error) {
    throw new ReadFailure(error)
  }
}

/** The system refused to read on. Kept apart from everything else that can go wrong on the way into the tar. */
class ReadFailure extends Error {
  readonly systemCode: string

  constructor(cause: unknown) {
    super('read failed', { cause })
    this.systemCode = systemCodeOf(cause)
  }
}

/** Reads all, looks whether it stayed the same meanwhile, if not reads once more, then writes. `undefined`: it has outgrown the scratch buffer. */
function packSmall(
  file: number,
  opened: BigIntStats,
  packing: FilePacking,
  skip: Skip,
): PackedFile | undefined {
  let before = opened
  for (let attempt = 1; ; attempt++) {
    const sizeBytes = readWhole(file, packing)
    if (sizeBytes > SMALL_FILE_BYTES) return undefined
    const after = fstatSync(file, { bigint: true })
    const changed = !isUntouched(before, after) || BigInt(sizeBytes) < after.size
    if (changed && attempt === 1) {
      packing.onRead(-sizeBytes)
      before = after
      continue
    }
    if (changed) skip('changed')
    const content = packing.scratch.subarray(0, sizeBytes)
    const tarOffset = packing.writeHeader(after, sizeBytes)
    const dataOffset = packing.tar.offset
    packing.tar.write(content)
    packing.tar.pad(sizeBytes)
    return {
      stats: after,
      sizeBytes,
      tarOffset,
      dataOffset,
      sha256: hash('sha256', content, 'hex'),
      isConsistent: false,
    }
  }
}

/** Fills the scratch buffer from the file's start; a result above `SMALL_FILE_BYTES` means that there is more. */
function readWhole(file: number, packing: FilePacking): number {
  const { scratch } = packing
  let lengthBytes = 0
  while (lengthBytes < scratch.length) {
    const read = readPiece(file, scratch, lengthBytes, scratch.length - lengthBytes, lengthBytes)
    if (read === 0) break
    lengthBytes += read
  }
  packing.onRead(lengthBytes)
  return lengthBytes
}

/** Streams straight into the tar under the size announced in the header: what is missing becomes zeros, what is more is left out. */
function packLarge(file: number, packing: FilePacking, skip: Skip): PackedFile {
  let stats = fstatSync(file, { bigint: true })
  for (let attempt = 1; ; attempt++) {
    const sizeBytes = Number(stats.size)
    const tarOffset = packing.writeHeader(stats, sizeBytes)
    const dataOffset = packing.tar.offset
    const copied = copyContent(file, sizeBytes, packing)
    packing.tar.pad(sizeBytes)
    const packed: PackedFile = {
      stats,
      sizeBytes,
      tarOffset,
      dataOffset,
      sha256: copied.sha256,
      isConsistent: false,
    }
    if (copied.failure) {
      skip('unreadable', copied.failure.systemCode)
      return packed
    }
    const after = fstatSync(file, { bigint: true })
    if (isUntouched(stats, after) && copied.readBytes === sizeBytes) return packed
    if (attempt > 1 || after.size > REPACK_LIMIT_BYTES) {
      skip('changed')
      return packed
    }
    packing.onRead(-copied.readBytes)
    stats = after
  }
}

interface Copied {
  readonly readBytes: number
  readonly sha256: string
  readonly failure: ReadFailure | undefined
}

/** Exactly `sizeBytes` go into the tar, whatever the file gives. */
function copyContent(file: number, sizeBytes: number, packing: FilePacking): Copied {
  const sha256 = createHash('sha256')
  let readBytes = 0
  let failure: ReadFailure | undefined
  while (readBytes < sizeBytes) {
    const room = packing.tar.room()
    const wanted = Math.min(room.length, sizeBytes - readBytes)
    let read: number
    try {
      read = readPiece(file, room, 0, wanted, readBytes)
    } catch (error) {
      if (!(error instanceof ReadFailure)) throw error
      failure = error
      break
    }
    if (read === 0) break
    sha256.update(room.subarray(0, read))
    packing.tar.advance(read)
    packing.onRead(read)
    readBytes += read
  }
  for (let left = sizeBytes - readBytes; left > 0; ) {
    const room = packing.tar.room().subarray(0, left)
    room.fill(0)
    sha256.update(room)
    packing.tar.advance(room.length)
    left -= room.length
  }
  return { readBytes, sha256: sha256.digest('hex'), failure }
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
    throw new ReadFailure(error)
  }
}

/** Nobody wrote to the file, truncated it or changed its attributes between the two looks. */
function isUntouched(before: BigIntStats, after: BigIntStats): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs
}
