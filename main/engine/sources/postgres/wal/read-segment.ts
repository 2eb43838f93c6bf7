import type { Lsn } from './lsn.ts'
import { recordEvent, type WalEvent } from './record-event.ts'
import { isSegmentSize } from './wal-name.ts'

/** The layout of these is known; of the header of a page only `XLOG_PAGE_MAGIC` says which version wrote it. */
const VERSION_OF_MAGIC: ReadonlyMap<number, number> = new Map([
  [0xd101, 12],
  [0xd106, 13],
  [0xd10d, 14],
  [0xd110, 15],
  [0xd113, 16],
  [0xd116, 17],
  [0xd118, 18],
])

const CONTINUES = 1
const HAS_LONG_HEADER = 2
const REPLACES_UNFINISHED = 8
const SHORT_HEADER_BYTES = 24
const LONG_HEADER_BYTES = 40
const RECORD_HEADER_BYTES = 24
/** PostgreSQL's own limit of a record (XLogRecordMaxSize, 1020 MiB). */
const LARGEST_RECORD_BYTES = 1020 * 1024 * 1024
/** What is kept of a record that goes on in the next segment: more than a commit's time or a restore point needs. */
const KEPT_OF_SPANNING_BYTES = 160

/** What a segment says of itself and of the transactions that ended in it. Everything is bounded; nothing here was checked but by the log's own sums. */
export interface SegmentFacts {
  /** The major version that wrote it. */
  readonly version: number
  /** The cluster's number, in decimal. */
  readonly systemId: string
  readonly segmentBytes: number
  /** The timeline of its first page: that of an ancestor where another one grew out of it in this segment. */
  readonly timeline: number
  readonly startLsn: Lsn
  /** Commits, aborts and restore points, in their order. */
  readonly events: readonly WalEvent[]
  /** Where its last record begins; undefined where none does. */
  readonly lastLsn: Lsn | undefined
  /** The beginning of a record that starts here, at `lastLsn`, and ends later. */
  readonly tail: Uint8Array | undefined
  /** The beginning of what a record of the segment before goes on with. */
  readonly head: Uint8Array | undefined
  /** True when its records are readable up to its end or up to where the log was switched to the next segment. */
  readonly isWhole: boolean
}

/** A record that is being put together from the pages it lies on. */
interface Unfinished {
  readonly startLsn: Lsn | undefined
  needBytes: number
  readonly parts: Uint8Array[]
}

/**
 * Reads a segment's pages and records (PostgreSQL: src/include/access/xlog_internal.h and xlogrecord.h say what lies where). Undefined where the first page
 * is not one that a known version writes. Any bytes are taken; reading ends where they make no sense, and takes time in proportion to their number.
 */
export function readSegment(bytes: Uint8Array): SegmentFacts | undefined {
  const first = readFirstPage(bytes)
  if (!first) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { pageBytes, magic, startLsn } = first
  const events: WalEvent[] = []
  let previousLsn: Lsn | undefined
  let lastLsn: Lsn | undefined
  let unfinished: Unfinished | undefined
  let head: Uint8Array | undefined
  let ended: 'border' | 'switched' | 'nonsense' = 'border'

  /** Takes as much of the record as this page has; where the next thing begins. */
  const take = (record: Unfinished, from: number, pageEnd: number): number => {
    const end = Math.min(from + record.needBytes, pageEnd)
    record.parts.push(bytes.subarray(from, end))
    record.needBytes -= end - from
    return end
  }
  const finish = ({ startLsn: lsn, parts }: Unfinished): void => {
    if (lsn === undefined) return
    const event = recordEvent(parts, lsn, previousLsn)
    if (event === 'nonsense') ended = 'nonsense'
    else if (event) events.push(event)
    previousLsn = lsn
  }

  for (let page = 0; page < bytes.length && ended === 'border'; page += pageBytes) {
    const info = view.getUint16(page + 2, true)
    const pageLsn = startLsn + BigInt(page)
    if (view.getUint16(page, true) !== magic || view.getBigUint64(page + 8, true) !== pageLsn) {
      // A segment that was switched may be filled up with zeros beyond the switch.
      ended = isZero(bytes, page) && !unfinished ? 'switched' : 'nonsense'
      break
    }
    const pageEnd = page + pageBytes
    let at = page + (info & HAS_LONG_HEADER ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES)
    const remaining = view.getUint32(page + 16, true)
    if (info & REPLACES_UNFINISHED) unfinished = undefined
    if (info & CONTINUES) {
      if (!unfinished && page === 0) {
        unfinished = { startLsn: undefined, needBytes: remaining, parts: [] }
        if (remaining > LARGEST_RECORD_BYTES) ended = 'nonsense'
      }
      if (unfinished?.needBytes !== remaining || remaining === 0 || ended !== 'border') {
        ended = 'nonsense'
        break
      }
      const from = at
      at = take(unfinished, from, pageEnd)
      if (page === 0) head = bytes.slice(from, Math.min(at, from + KEPT_OF_SPANNING_BYTES))
      if (unfinished.needBytes > 0) continue
      finish(unfinished)
      unfinished = undefined
    } else if (unfinished) {
      ended = 'nonsense'
      break
    }
    for (at = aligned(at); at < pageEnd && ended === 'border'; at = aligned(at)) {
      const totalBytes = view.getUint32(at, true)
      if (totalBytes === 0) {
        ended = isZero(bytes, at, pageEnd) ? 'switched' : 'nonsense'
        break
      }
      if (totalBytes < RECORD_HEADER_BYTES || totalBytes > LARGEST_RECORD_BYTES) {
        ended = 'nonsense'
        break
      }
      lastLsn = startLsn + BigInt(at)
      unfinished = { startLsn: lastLsn, needBytes: totalBytes, parts: [] }
      at = take(unfinished, at, pageEnd)
      if (unfinished.needBytes > 0) break
      finish(unfinished)
      unfinished = undefined
    }
  }
  const { version, systemId, timeline } = first
  return {
    version,
    systemId,
    segmentBytes: bytes.length,
    timeline,
    startLsn,
    events,
    lastLsn,
    tail:
      ended === 'border' && unfinished?.startLsn !== undefined ? beginningOf(unfinished.parts) : undefined,
    head,
    isWhole: ended !== 'nonsense',
  }
}

/** What a record means whose beginning is the tail of one segment, where it starts, and the head of the next. */
export function spanningEvent(tail: Uint8Array, head: Uint8Array, startLsn: Lsn): WalEvent | undefined {
  const event = recordEvent([tail, head], startLsn, undefined)
  return event === 'nonsense' ? undefined : event
}

interface FirstPage {
  readonly version: number
  readonly magic: number
  readonly timeline: number
  readonly startLsn: Lsn
  readonly systemId: string
  readonly pageBytes: number
}

function readFirstPage(bytes: Uint8Array): FirstPage | undefined {
  if (bytes.length < LONG_HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = view.getUint16(0, true)
  const version = VERSION_OF_MAGIC.get(magic)
  const pageBytes = view.getUint32(36, true)
  const startLsn = view.getBigUint64(8, true)
  if (
    version === undefined ||
    !(view.getUint16(2, true) & HAS_LONG_HEADER) ||
    view.getUint32(32, true) !== bytes.length ||
    !isSegmentSize(bytes.length) ||
    pageBytes < 1024 ||
    pageBytes > 65_536 ||
    bytes.length % pageBytes !== 0 ||
    startLsn % BigInt(bytes.length) !== 0n
  )
    return undefined
  const systemId = view.getBigUint64(24, true).toString()
  return { version, magic, timeline: view.getUint32(4, true), startLsn, systemId, pageBytes }
}

function beginningOf(parts: readonly Uint8Array[]): Uint8Array {
  const kept: Uint8Array[] = []
  let bytes = 0
  for (const part of parts) {
    if (bytes >= KEPT_OF_SPANNING_BYTES) break
    kept.push(part.subarray(0, KEPT_OF_SPANNING_BYTES - bytes))
    bytes += part.length
  }
  return Buffer.concat(kept)
}

/** Records begin at multiples of eight. */
function aligned(at: number): number {
  return (at + 7) & ~7
}

function isZero(bytes: Uint8Array, from: number, to = bytes.length): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false
  return true
}
