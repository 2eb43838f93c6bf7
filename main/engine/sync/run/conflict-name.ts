import { extname } from 'node:path'

/** More bytes a name has on no usual file system. */
const LONGEST_NAME_BYTES = 255
const EARLIER = / \(conflict [^()]*\)$/

/** Who lost, and when. */
export interface Loss {
  /** The device's name, as people know it. */
  readonly device: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly timeZone?: string
}

/** `report (conflict Ada 2026-03-01 1842 #2).txt`. The ending stays, so that programs still know the file; an earlier loss is not named twice. */
export function conflictName(name: string, attempt: number, { device, atMs, timeZone }: Loss): string {
  const ending = extname(name)
  const stem = (ending ? name.slice(0, -ending.length) : name).replace(EARLIER, '')
  const number = attempt > 1 ? ` #${attempt}` : ''
  const mark = ` (conflict ${plain(device)} ${minuteOf(atMs, timeZone)}${number})`
  return cut(stem, LONGEST_NAME_BYTES - Buffer.byteLength(mark + ending)) + mark + ending
}

/** What no file system has anything against. */
const plain = (device: string): string =>
  cut(device.replace(/[\p{Cc}<>:"/\\|?*()]/gu, '').trim(), 40) || 'device'

function minuteOf(atMs: number, timeZone: string | undefined): string {
  const options = { dateStyle: 'short', timeStyle: 'short', ...(timeZone && { timeZone }) } as const
  return new Intl.DateTimeFormat('sv-SE', options).format(atMs).replace(':', '')
}

/** The longest beginning of whole characters in so many bytes. */
function cut(text: string, mostBytes: number): string {
  let kept = ''
  let bytes = 0
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)) {
    bytes += Buffer.byteLength(segment)
    if (bytes > mostBytes) break
    kept += segment
  }
  return kept
}
