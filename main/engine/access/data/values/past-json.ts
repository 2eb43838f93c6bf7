import { CONTAINER_BYTES, DEEPEST, MEMBER_BYTES, STRING_BYTES } from './json.ts'

/** A JSON text in UTF-8 that is gone through without making values of it. */
export interface Scan {
  readonly bytes: Uint8Array
  /** Containers that are open. */
  depth: number
  /** What a value of all that was gone past would take. */
  heapBytes: number
}

export const OBJECT = 0x7b
export const OBJECT_END = 0x7d
export const LIST = 0x5b
export const LIST_END = 0x5d
export const COMMA = 0x2c
const COLON = 0x3a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const DOT = 0x2e

/** 1 for bytes that a string simply goes on with. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH),
)

/** A container begins; false where it would be too deep. */
export function enter(scan: Scan): boolean {
  scan.heapBytes += CONTAINER_BYTES
  return ++scan.depth <= DEEPEST
}

/** Goes past the value at `start`; -1 where there is none, or it is too deep. Without recursion: most of a text is gone past so. */
export function pastValue(scan: Scan, start: number): number {
  const { bytes } = scan
  const isObject: boolean[] = []
  let at = start
  while (at >= 0) {
    const byte = bytes[at]
    if (byte === OBJECT || byte === LIST) {
      if (!enter(scan)) return -1
      at = pastSpace(bytes, at + 1)
      if (bytes[at] !== (byte === OBJECT ? OBJECT_END : LIST_END)) {
        isObject.push(byte === OBJECT)
        if (byte === OBJECT) at = pastName(scan, at)
        continue
      }
      scan.depth--
      at++
    } else if (byte === QUOTE) {
      scan.heapBytes += STRING_BYTES
      at = pastString(bytes, at)
    } else at = pastWord(bytes, at)
    if (at < 0) return -1
    // Behind a value: what it is in goes on, or ends too.
    for (;;) {
      if (isObject.length === 0) return at
      const inside = isObject[isObject.length - 1]
      at = pastSpace(bytes, at)
      if (bytes[at] === COMMA) {
        scan.heapBytes += MEMBER_BYTES
        at = pastSpace(bytes, at + 1)
        if (inside) at = pastName(scan, at)
        break
      }
      if (bytes[at] !== (inside ? OBJECT_END : LIST_END)) return -1
      isObject.pop()
      scan.depth--
      at++
    }
  }
  return -1
}

/** Where the value begins whose name begins at `start`; -1 where there is no name, or nothing of that name. */
export function pastName(scan: Scan, start: number): number {
  const { bytes } = scan
  if (bytes[start] !== QUOTE) return -1
  scan.heapBytes += STRING_BYTES
  const end = pastString(bytes, start)
  if (end < 0) return -1
  const colon = bytes[end] === COLON ? end : pastSpace(bytes, end)
  return bytes[colon] === COLON ? pastSpace(bytes, colon + 1) : -1
}

/** The next byte that is no space. */
export function pastSpace(bytes: Uint8Array, start: number): number {
  let at = start
  while (bytes[at]! <= 0x20 && isSpace(bytes[at])) at++
  return at
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** Behind the string that begins at `start`; -1 where it is none. */
export function pastString(bytes: Uint8Array, start: number): number {
  let at = start + 1
  for (;;) {
    while (PLAIN[bytes[at]!] === 1) at++
    if (bytes[at] === QUOTE) return at + 1
    if (bytes[at] !== BACKSLASH) return -1
    at = pastEscape(bytes, at)
    if (at < 0) return -1
  }
}

const ESCAPED = new Set(Buffer.from('"\\/bfnrt'))
const HEX = new Set(Buffer.from('0123456789abcdefABCDEF'))

function pastEscape(bytes: Uint8Array, start: number): number {
  const escaped = bytes[start + 1] ?? 0
  if (ESCAPED.has(escaped)) return start + 2
  if (escaped !== 0x75) return -1
  for (let at = start + 2; at < start + 6; at++) if (!HEX.has(bytes[at] ?? 0)) return -1
  return start + 6
}

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')

/** Behind a number, or one of the three words; -1 where there is neither. */
function pastWord(bytes: Uint8Array, start: number): number {
  const byte = bytes[start]
  const word = byte === TRUE[0] ? TRUE : byte === FALSE[0] ? FALSE : byte === NULL[0] ? NULL : undefined
  if (!word) return pastNumber(bytes, start)
  for (let at = 1; at < word.length; at++) if (bytes[start + at] !== word[at]) return -1
  return start + word.length
}

function pastNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start
  at = bytes[at] === 0x30 ? at + 1 : pastDigits(bytes, at)
  if (at > 0 && bytes[at] === DOT) at = pastDigits(bytes, at + 1)
  if (at > 0 && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
    const sign = bytes[at + 1]
    at = pastDigits(bytes, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1)
  }
  return at
}

/** Behind at least one digit; -1 where there is none. */
function pastDigits(bytes: Uint8Array, start: number): number {
  let at = start
  while (bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++
  return at > start ? at : -1
}
