import { EverstowError } from '../../../model/errors.ts'
import type { DataKind } from '../kinds.ts'
import { wholeText } from './texts.ts'
import { unreadable } from './unreadable.ts'

/** A value as JSON has it. Objects may hold any name, `__proto__` too, as their own. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue }

/** Deeper values are refused: whoever walks through a value does so by recursion. */
export const DEEPEST = 512

/** What V8 takes for each, as measured with the worst of each kind, and a little more. */
export const CONTAINER_BYTES = 128
export const STRING_BYTES = 64
export const MEMBER_BYTES = 24
/** Parsing cannot be stopped: where memory ends in the middle of it, the whole process does. So what takes more is not begun. */
export const MOST_HEAP_BYTES = 800 * 1024 * 1024

/** One JSON value. Of equal names in an object the last counts; numbers are doubles, so that beyond 2^53 they are near ones only. */
export function parseJson(bytes: Uint8Array): JsonValue {
  return jsonOfText(wholeText(bytes, 'json', true), 'json')
}

/** As `parseJson`; `line` says where the text stands in its file. */
export function jsonOfText(text: string, kind: DataKind, line?: number): JsonValue {
  const { isTooDeep, heapBytes } = measured(text)
  if (isTooDeep) throw unreadable(kind, 'depth', line)
  if (heapBytes > MOST_HEAP_BYTES) throw new EverstowError('data-too-hard')
  try {
    return JSON.parse(text) as JsonValue
  } catch (error) {
    throw unreadable(kind, 'syntax', line ?? lineOfFailure(text, error))
  }
}

/** Whether brackets outside of strings stand more than `DEEPEST` deep, and what the value would take at most. */
function measured(text: string): { readonly isTooDeep: boolean; readonly heapBytes: number } {
  let depth = 0
  let deepest = 0
  let heapBytes = 0
  for (let at = 0; at < text.length && deepest <= DEEPEST; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x22) {
      heapBytes += STRING_BYTES
      at = endOfString(text, at)
    } else if (unit === 0x7b || unit === 0x5b) {
      heapBytes += CONTAINER_BYTES
      if (++depth > deepest) deepest = depth
    } else if (unit === 0x7d || unit === 0x5d) depth--
    else if (unit === 0x2c) heapBytes += MEMBER_BYTES
  }
  return { isTooDeep: deepest > DEEPEST, heapBytes }
}

/** Where the string that begins at `start` ends. Looked at letter by letter: strings are short, and searching costs more to begin. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x22) break
    if (unit === 0x5c) at++
  }
  return at
}

/** The message of the parser names a position, and may quote what stands there: only the line is told. */
function lineOfFailure(text: string, error: unknown): number | undefined {
  const position = /position (\d+)/.exec(String(error))?.[1]
  const before = position === undefined ? text : text.slice(0, Number(position))
  let line = 1
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line++
  return line
}

/** The members of an object, of an array with their numbers as names. */
export function membersOf(value: JsonValue): [string, JsonValue][] {
  if (Array.isArray(value)) return value.map((item, index) => [String(index), item])
  return isObject(value) ? Object.entries(value) : []
}

export function isObject(value: JsonValue | undefined): value is { [name: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object with these members as its own, whatever their names. */
export function objectOf(members: Iterable<readonly [string, JsonValue]>): { [name: string]: JsonValue } {
  const object: { [name: string]: JsonValue } = Object.create(null)
  for (const [name, value] of members) object[name] = value
  return object
}
