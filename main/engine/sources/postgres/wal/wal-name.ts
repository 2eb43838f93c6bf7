import type { Lsn } from './lsn.ts'

/** What PostgreSQL hands to its archiver, told from the name alone. */
export type WalName =
  | { readonly kind: 'segment'; readonly timeline: number; readonly log: number; readonly part: number }
  /** The last segment of a timeline whose server was succeeded by another: not whole. */
  | { readonly kind: 'partial'; readonly timeline: number; readonly log: number; readonly part: number }
  | { readonly kind: 'history'; readonly timeline: number }
  /** Written at the end of a base backup; `offset` is where in the segment that began. */
  | {
      readonly kind: 'label'
      readonly timeline: number
      readonly log: number
      readonly part: number
      readonly offset: number
    }

const SEGMENT = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial|\.([0-9A-F]{8})\.backup)?$/
const HISTORY = /^([0-9A-F]{8})\.history$/

/** The smallest and largest segments that `initdb --wal-segsize` makes. */
const SMALLEST_SEGMENT_BYTES = 1024 * 1024
const LARGEST_SEGMENT_BYTES = 1024 * 1024 * 1024

/** What a file name of `pg_wal` stands for; undefined for any other name. */
export function parseWalName(name: string): WalName | undefined {
  const history = HISTORY.exec(name)
  if (history) return positive({ kind: 'history', timeline: hex(history[1]!) })
  const parts = SEGMENT.exec(name)
  if (!parts) return undefined
  const at = { timeline: hex(parts[1]!), log: hex(parts[2]!), part: hex(parts[3]!) }
  if (parts[5] !== undefined) return positive({ kind: 'label', ...at, offset: hex(parts[5]) })
  return positive({ kind: parts[4] === undefined ? 'segment' : 'partial', ...at })
}

/** Whether PostgreSQL makes segments of this size: a power of two from 1 MiB to 1 GiB. */
export function isSegmentSize(bytes: number): boolean {
  return (
    Number.isInteger(bytes) &&
    bytes >= SMALLEST_SEGMENT_BYTES &&
    bytes <= LARGEST_SEGMENT_BYTES &&
    Number.isInteger(Math.log2(bytes))
  )
}

/**
 * The number of a segment, counted from the beginning of the log; undefined where no segment of that size has such a name
 * (each name counts 4 GiB and the segments within).
 */
export function segmentNumber(
  { log, part }: { readonly log: number; readonly part: number },
  segmentBytes: number,
): number | undefined {
  const perLog = 2 ** 32 / segmentBytes
  return part < perLog ? log * perLog + part : undefined
}

/** The name of a segment by its number. */
export function segmentName(timeline: number, number: number, segmentBytes: number): string {
  const perLog = 2 ** 32 / segmentBytes
  return hex8(timeline) + hex8(Math.floor(number / perLog)) + hex8(number % perLog)
}

/** `0000000A.history` */
export function historyName(timeline: number): string {
  return `${hex8(timeline)}.history`
}

/** Where a segment begins. */
export function segmentStart(number: number, segmentBytes: number): Lsn {
  return BigInt(number) * BigInt(segmentBytes)
}

/** The segment that holds a byte of the log. */
export function segmentAt(lsn: Lsn, segmentBytes: number): number {
  return Number(lsn / BigInt(segmentBytes))
}

/** The segment that holds the byte before: what ends at a border ends in the segment before it. */
export function segmentBefore(lsn: Lsn, segmentBytes: number): number {
  return lsn === 0n ? 0 : segmentAt(lsn - 1n, segmentBytes)
}

/** Eight upper-case digits, as timelines and halves of names are written. */
function hex8(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0')
}

function hex(digits: string): number {
  return Number.parseInt(digits, 16)
}

/** There is no timeline 0. */
function positive(name: WalName): WalName | undefined {
  return name.timeline > 0 ? name : undefined
}
