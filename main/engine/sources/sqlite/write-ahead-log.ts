import { fstatSync, ftruncateSync, readSync, writeSync } from '../../env/node/sync-files.ts'
import { readStart } from './database-file.ts'

/** Layout of the log: sqlite.org/fileformat2.html, 4.1 and 4.2. All numbers are big-endian. */

/** Shorter than this, a log holds nothing. */
export const LOG_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const MAGIC = 0x377f0682
const VERSION = 3007000
const AT = { version: 4, pageSize: 8, salts: 16, checksum: 24 } as const
const SALTS_BYTES = 8
const FRAME_AT = { page: 0, pagesAfterCommit: 4, salts: 8, checksum: 16 } as const

/** Bytes read at once, at least one frame of the largest page. */
const BATCH_BYTES = 1 << 20

/** The log's header as far as it is a valid one: what it says holds until the log begins anew. */
export function readLogHeader(log: number): Buffer | undefined {
  const header = readStart(log, LOG_HEADER_BYTES)
  if (header.length < LOG_HEADER_BYTES) return undefined
  const pageSize = header.readUInt32BE(AT.pageSize)
  const isValid =
    (header.readUInt32BE(0) & ~1) === MAGIC &&
    header.readUInt32BE(AT.version) === VERSION &&
    pageSize >= 512 &&
    pageSize <= 65_536 &&
    (pageSize & (pageSize - 1)) === 0
  if (!isValid) return undefined
  const sum = createChecksum(header)
  sum.add(header, 0, AT.checksum)
  return sum.equals(header, AT.checksum) ? header : undefined
}

/**
 * Writes what the log's committed transactions changed into a copy of the database, as a checkpoint would into the database itself. Answers
 * whether the log was the one of `header` all the time; otherwise the copy is worth nothing.
 */
export function applyLog(log: number, header: Buffer, copy: number, checkpoint: () => void): boolean {
  const { frames, pages } = findLastCommit(log, header, checkpoint)
  if (frames > 0) {
    const pageSize = header.readUInt32BE(AT.pageSize)
    eachFrame(log, header, frames, (batch, at) => {
      checkpoint()
      const position = (batch.readUInt32BE(at + FRAME_AT.page) - 1) * pageSize
      const start = at + FRAME_HEADER_BYTES
      for (let done = 0; done < pageSize; )
        done += writeSync(copy, batch, start + done, pageSize - done, position + done)
      return true
    })
    ftruncateSync(copy, pages * pageSize)
  }
  // A header is written before the first frame that goes over an old one: the same header, the same frames.
  return readStart(log, LOG_HEADER_BYTES).equals(header)
}

/** How many frames belong to committed transactions, and how many pages the database has after the last. */
function findLastCommit(
  log: number,
  header: Buffer,
  checkpoint: () => void,
): { readonly frames: number; readonly pages: number } {
  const pageSize = header.readUInt32BE(AT.pageSize)
  const sum = createChecksum(header)
  sum.add(header, 0, AT.checksum)
  let seen = 0
  let frames = 0
  let pages = 0
  // Somebody may write as fast as we read: what comes from now on is left for the next backup.
  eachFrame(log, header, countFrames(log, header), (batch, at) => {
    checkpoint()
    sum.add(batch, at, FRAME_AT.salts)
    sum.add(batch, at + FRAME_HEADER_BYTES, pageSize)
    if (batch.readUInt32BE(at + FRAME_AT.page) === 0 || !sum.equals(batch, at + FRAME_AT.checksum))
      return false
    seen++
    const pagesAfterCommit = batch.readUInt32BE(at + FRAME_AT.pagesAfterCommit)
    if (pagesAfterCommit > 0) {
      frames = seen
      pages = pagesAfterCommit
    }
    return true
  })
  return { frames, pages }
}

/** How many frames this log has now: those of an earlier one may lie behind them. */
function countFrames(log: number, header: Buffer): number {
  const frameBytes = frameBytesOf(header)
  const salts = Buffer.alloc(SALTS_BYTES)
  let count = 0
  let beyond = Math.floor((fstatSync(log).size - LOG_HEADER_BYTES) / frameBytes) + 1
  while (beyond - count > 1) {
    const middle = (count + beyond) >>> 1
    const position = LOG_HEADER_BYTES + (middle - 1) * frameBytes + FRAME_AT.salts
    const isOurs =
      readSync(log, salts, 0, SALTS_BYTES, position) === SALTS_BYTES && salts.equals(saltsOf(header))
    if (isOurs) count = middle
    else beyond = middle
  }
  return count
}

/** Gives up to `most` frames of this log from its start, until one is of an earlier log or incomplete or `take` answers false. */
function eachFrame(
  log: number,
  header: Buffer,
  most: number,
  take: (batch: Buffer, at: number) => boolean,
): void {
  const frameBytes = frameBytesOf(header)
  const salts = saltsOf(header)
  const batch = Buffer.alloc(Math.min(most, Math.floor(BATCH_BYTES / frameBytes)) * frameBytes)
  let left = most
  for (let position = LOG_HEADER_BYTES; left > 0; position += batch.length) {
    let end = 0
    while (end < batch.length) {
      const read = readSync(log, batch, end, batch.length - end, position + end)
      if (read === 0) break
      end += read
    }
    for (let at = 0; at + frameBytes <= batch.length && left > 0; at += frameBytes) {
      if (at + frameBytes > end) return
      if (!salts.equals(batch.subarray(at + FRAME_AT.salts, at + FRAME_AT.checksum))) return
      if (!take(batch, at)) return
      left--
    }
  }
}

function frameBytesOf(header: Buffer): number {
  return FRAME_HEADER_BYTES + header.readUInt32BE(AT.pageSize)
}

function saltsOf(header: Buffer): Buffer {
  return header.subarray(AT.salts, AT.checksum)
}

interface Checksum {
  /** Goes on over so many bytes, a multiple of 8. */
  add(bytes: Buffer, from: number, lengthBytes: number): void
  equals(bytes: Buffer, at: number): boolean
}

/** The running checksum of a log, over words in the byte order that its header names. */
function createChecksum(header: Buffer): Checksum {
  const isLittleEndian = (header.readUInt32BE(0) & 1) === 0
  let a = 0
  let b = 0
  return {
    add(bytes, from, lengthBytes) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + from, lengthBytes)
      for (let at = 0; at < lengthBytes; at += 8) {
        a = (a + view.getUint32(at, isLittleEndian) + b) >>> 0
        b = (b + view.getUint32(at + 4, isLittleEndian) + a) >>> 0
      }
    },
    equals: (bytes, at) => bytes.readUInt32BE(at) === a && bytes.readUInt32BE(at + 4) === b,
  }
}
