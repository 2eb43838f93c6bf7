import { crc32c } from './crc32c.ts'
import type { Lsn } from './lsn.ts'

/** What of a log can be a target of a recovery. Times are microseconds since 1970. */
export type WalEvent =
  | { readonly kind: 'end'; readonly lsn: Lsn; readonly timeUs: number }
  | { readonly kind: 'restore-point'; readonly lsn: Lsn; readonly timeUs: number; readonly name: string }

const HEADER_BYTES = 24
/** The header without its own sum, which is made over the rest first. */
const SUMMED_HEADER_BYTES = 20
const RESOURCE_XLOG = 0
const RESOURCE_XACT = 1
const XACT_MASK = 0x70
/** Commit, abort, commit prepared, abort prepared: each begins with its time. */
const ENDS = new Set([0x00, 0x20, 0x30, 0x40])
const XLOG_MASK = 0xf0
const XLOG_RESTORE_POINT = 0x70
const RESTORE_POINT_NAME_BYTES = 64
const TIME_BYTES = 8
/** Fields before the main data of a record without pages: `id` and how many bytes follow it. */
const ORIGIN_FIELD = 253
const TOP_XACT_FIELD = 252
const LONG_DATA_FIELD = 254
const SHORT_DATA_FIELD = 255
/** Between 1970 and 2000. */
const PG_EPOCH_US = 946_684_800_000_000n

/**
 * The event of one record given in parts, `undefined` for any other record. A record whose parts are all there must have the right sum, and must name the
 * one before it where that is known; `nonsense` otherwise. Only what matters here is summed.
 */
export function recordEvent(
  parts: readonly Uint8Array[],
  lsn: Lsn,
  previousLsn: Lsn | undefined,
): WalEvent | 'nonsense' | undefined {
  const start = beginning(parts, HEADER_BYTES)
  if (start.length < HEADER_BYTES) return undefined
  const header = new DataView(start.buffer, start.byteOffset, start.byteLength)
  if (previousLsn !== undefined && header.getBigUint64(8, true) !== previousLsn) return 'nonsense'
  const info = start[16]!
  const resource = start[17]!
  const isEnd = resource === RESOURCE_XACT && ENDS.has(info & XACT_MASK)
  const isPoint = resource === RESOURCE_XLOG && (info & XLOG_MASK) === XLOG_RESTORE_POINT
  if (!isEnd && !isPoint) return undefined
  const bytes = Buffer.concat(parts)
  if (bytes.length >= header.getUint32(0, true) && crcOf(bytes) !== header.getUint32(20, true))
    return 'nonsense'
  const data = mainData(bytes)
  if (!data || data.length < TIME_BYTES) return undefined
  const timeUs = Number(data.readBigInt64LE(0) + PG_EPOCH_US)
  if (!Number.isSafeInteger(timeUs)) return undefined
  if (isEnd) return { kind: 'end', lsn, timeUs }
  const name = data.subarray(TIME_BYTES, TIME_BYTES + RESTORE_POINT_NAME_BYTES)
  const end = name.indexOf(0)
  if (end < 0) return undefined
  return { kind: 'restore-point', lsn, timeUs, name: name.toString('utf8', 0, end) }
}

/** Castagnoli's sum over the content, then over the header up to the sum itself. */
function crcOf(record: Uint8Array): number {
  const total = new DataView(record.buffer, record.byteOffset, 4).getUint32(0, true)
  return crc32c(record.subarray(HEADER_BYTES, total), record.subarray(0, SUMMED_HEADER_BYTES))
}

/** The main data of a record that touches no pages, as far as it is there. */
function mainData(record: Buffer): Buffer | undefined {
  for (let at = HEADER_BYTES; at < record.length; ) {
    const id = record[at++]!
    if (id === ORIGIN_FIELD) at += 2
    else if (id === TOP_XACT_FIELD) at += 4
    else if (id === SHORT_DATA_FIELD && at + 1 <= record.length) {
      return record.subarray(at + 1, at + 1 + record[at]!)
    } else if (id === LONG_DATA_FIELD && at + 4 <= record.length) {
      return record.subarray(at + 4, at + 4 + record.readUInt32LE(at))
    } else return undefined
  }
  return undefined
}

function beginning(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const first = parts[0] ?? new Uint8Array()
  return first.length >= bytes ? first : Buffer.concat(parts.slice(0, 4)).subarray(0, bytes)
}
