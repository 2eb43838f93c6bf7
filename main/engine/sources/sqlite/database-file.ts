import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readSync,
} from '../../env/node/sync-files.ts'
import type { FsPath } from '../files/fs-path.ts'

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1')
/** The smallest page, of which a database has at least one. */
const LEAST_BYTES = 512
/** The size of pages, big-endian, 1 for 65,536; and three numbers that are never anything else. */
const AT_PAGE_SIZE = 16
const AT_FRACTIONS = 21
const FRACTIONS = Buffer.from([64, 32, 32])
/** Where the header says by which journal the file is written; 2 is the write-ahead log. */
const AT_WRITE_VERSION = 18
const WRITES_WAL = 2

/** Whether these are the first bytes of an SQLite database (sqlite.org/fileformat2.html, 1.3) as far as SQLite would look further. */
export function startsLikeDatabase(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < LEAST_BYTES || bytes[at] !== MAGIC[0]) return false
  const fractionsAt = at + AT_FRACTIONS
  return (
    MAGIC.equals(bytes.subarray(at, at + MAGIC.length)) &&
    FRACTIONS.equals(bytes.subarray(fractionsAt, fractionsAt + FRACTIONS.length)) &&
    isPageSize(((bytes[at + AT_PAGE_SIZE] as number) << 8) | (bytes[at + AT_PAGE_SIZE + 1] as number))
  )
}

function isPageSize(size: number): boolean {
  return size === 1 || (size >= LEAST_BYTES && (size & (size - 1)) === 0)
}

/** Whether an open file begins like a database. Throws the system's error. */
export function isDatabase(file: number): boolean {
  const start = readStart(file, LEAST_BYTES)
  return startsLikeDatabase(start, 0, start.length)
}

/** Whether the file at this path does. What cannot be read is none: whoever reads it reports it. */
export function isDatabaseAt(path: FsPath): boolean {
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    return isDatabase(file)
  } catch {
    return false
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Whether the database's changes go to a write-ahead log. */
export function writesAhead(file: number): boolean {
  return readStart(file, AT_WRITE_VERSION + 1)[AT_WRITE_VERSION] === WRITES_WAL
}

/** What there is at a path, or nothing. Throws what else the system says. */
export function statsAt(path: FsPath): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })
}

/** Up to so many bytes from the start of a file. */
export function readStart(file: number, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes)
  return bytes.subarray(0, readSync(file, bytes, 0, lengthBytes, 0))
}
