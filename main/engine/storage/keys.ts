import { EverstowError } from '../model/errors.ts'

/** The longest key in bytes of UTF-8: leaves room for a destination's prefix below the 1,024 that S3, GCS and Azure allow. */
export const MAX_KEY_BYTES = 900

/**
 * Refuses what some backend could not hold, with `invalid-input`. Keys are relative paths of segments: 1 to 900 bytes of UTF-8; no empty, `.` or `..`
 * segment (so no leading, trailing or doubled slash); no control characters (GCS refuses line ends, and S3 listings are XML, which cannot carry them).
 */
export function checkKey(key: string): string {
  const reason = faultOf(key)
  if (reason)
    throw new EverstowError('invalid-input', { data: { field: 'key', key: printable(key), reason } })
  return key
}

/** Whether `checkKey` would take it. */
export function isKey(key: string): boolean {
  return faultOf(key) === undefined
}

/** The prefix of a destination, checked by the rules of keys and without slashes at its ends; nothing or `''` is no prefix. */
export function checkPrefix(prefix: string | undefined): string {
  const bare = (prefix ?? '').replace(/^\/+|\/+$/g, '')
  if (bare === '') return ''
  const reason = faultOf(bare)
  if (reason)
    throw new EverstowError('invalid-input', { data: { field: 'prefix', prefix: printable(bare), reason } })
  return bare
}

/** The key as the backend sees it: below the destination's (already checked) prefix. */
export function joinPrefix(prefix: string, key: string): string {
  return prefix === '' ? key : `${prefix}/${key}`
}

/** Order of the keys' UTF-8 bytes, which every listing uses. Differs from `<` only where surrogate pairs meet U+E000 and above. */
export function compareKeys(left: string, right: string): number {
  const shared = Math.min(left.length, right.length)
  for (let at = 0; at < shared; at++) {
    const a = left.charCodeAt(at)
    const b = right.charCodeAt(at)
    if (a !== b) return utf8Rank(a) - utf8Rank(b)
  }
  return left.length - right.length
}

/** Moves surrogates (which stand for U+10000 and above) behind U+E000–U+FFFF, where UTF-8 has them. */
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

function faultOf(key: string): string | undefined {
  if (key === '') return 'empty'
  if (!key.isWellFormed()) return 'not-unicode'
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return 'too-long'
  if (/\p{Cc}/u.test(key)) return 'control-character'
  for (const segment of key.split('/')) {
    if (segment === '') return 'empty-segment'
    if (segment === '.' || segment === '..') return 'dot-segment'
  }
  return undefined
}

/** What of a refused key may stand in a message: short, and without the characters it was refused for. */
function printable(key: string): string {
  return key
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\ufffd')
    .slice(0, 200)
}
