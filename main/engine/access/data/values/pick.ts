import { isUtf8 } from 'node:buffer'
import { encodingOf } from '../kinds.ts'
import { type JsonValue, MEMBER_BYTES, MOST_HEAP_BYTES } from './json.ts'
import {
  COMMA,
  enter,
  LIST,
  LIST_END,
  OBJECT,
  OBJECT_END,
  pastName,
  pastSpace,
  pastString,
  pastValue,
  type Scan,
} from './past-json.ts'
import { pointerOf } from './pointer.ts'
import type { Match } from './select.ts'

/** One step down: into an object by a name, into a list by a number; a step of a pointer may mean either. */
export interface Step {
  readonly name?: string
  readonly index?: number
}

const NUMBER = /^(?:0|[1-9]\d{0,14})$/
const WAY = /^\$(?:\.[A-Za-z_]\w*|\[(?:0|[1-9]\d{0,14})\]|\['[^'\\\p{C}]*'\]|\["[^"\\\p{C}]*"\])+$/u
const WAY_STEP = /\.(\w+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/g

/** The steps of a selector that can find one thing only, in one place; undefined where it may be otherwise, or where it selects nothing. */
export function stepsOf(selector: string): Step[] | undefined {
  if (selector.startsWith('/') && !/~(?![01])/.test(selector)) {
    const names = selector.slice(1).split('/')
    return names.map((escaped) => {
      const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~')
      return NUMBER.test(name) ? { name, index: Number(name) } : { name }
    })
  }
  if (!WAY.test(selector)) return undefined
  return [...selector.matchAll(WAY_STEP)].map(([, word, index, one, two]) =>
    index === undefined ? { name: (word ?? one ?? two)! } : { index: Number(index) },
  )
}

/** What steps led to; nothing where nothing is there. */
export interface Picked {
  readonly match?: Match
}

/**
 * What steps lead to in a JSON text, of which nothing else becomes a value: making all of a large one takes several times as long. The whole text is gone
 * through, so from what is no JSON, too deep or too large nothing is picked: undefined, and whoever parses it will say what is wrong.
 */
export function pick(bytes: Uint8Array, steps: readonly Step[]): Picked | undefined {
  if (encodingOf(bytes) !== 'utf-8' || !isUtf8(bytes)) return undefined
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const scan: Scan = { bytes, depth: 0, heapBytes: 0 }
  const { end, found } = walk(scan, pastSpace(bytes, hasMark ? 3 : 0), steps)
  if (end < 0 || pastSpace(bytes, end) < bytes.length || scan.heapBytes > MOST_HEAP_BYTES) return undefined
  if (!found) return {}
  const value = JSON.parse(textOf(bytes, found)) as JsonValue
  return { match: { pointer: pointerOf(steps.map(({ name, index }) => name ?? index!)), value } }
}

interface Span {
  readonly start: number
  readonly end: number
}

interface Walked {
  /** Behind the value; -1 where there is none. */
  readonly end: number
  readonly found?: Span | undefined
}

/** Goes past the value at `start`, and on the way to where the steps lead. Of equal names the last one counts. */
function walk(scan: Scan, start: number, [step, ...rest]: readonly Step[]): Walked {
  const { bytes } = scan
  const isObject = bytes[start] === OBJECT
  if (!step || (!isObject && bytes[start] !== LIST)) {
    const end = pastValue(scan, start)
    return step ? { end } : { end, found: { start, end } }
  }
  if (!enter(scan)) return { end: -1 }
  const closing = isObject ? OBJECT_END : LIST_END
  const isMeant = isObject ? nameTest(bytes, step) : (_: number, member: number) => member === step.index
  let found: Span | undefined
  let at = pastSpace(bytes, start + 1)
  for (let member = 0; bytes[at] !== closing || member > 0; member++) {
    const name = at
    if (isObject) at = pastName(scan, at)
    if (at >= 0 && isMeant(name, member)) ({ end: at, found } = walk(scan, at, rest))
    else if (at >= 0) at = pastValue(scan, at)
    if (at >= 0) at = pastSpace(bytes, at)
    if (bytes[at] === closing) break
    if (bytes[at] !== COMMA) return { end: -1 }
    scan.heapBytes += MEMBER_BYTES
    at = pastSpace(bytes, at + 1)
  }
  scan.depth--
  return { end: at + 1, found }
}

/** Tells whether the name that begins somewhere is the step's. */
function nameTest(bytes: Uint8Array, { name }: Step): (start: number) => boolean {
  if (name === undefined) return () => false
  // Half a letter has no bytes of its own: then only what is written with an escape can be it.
  const wanted = name.isWellFormed() ? Buffer.from(`"${name}"`) : undefined
  return (start) => {
    const end = pastString(bytes, start)
    const written = bytes.subarray(start, end)
    if (written.includes(0x5c)) return JSON.parse(textOf(bytes, { start, end })) === name
    return wanted?.equals(written) ?? false
  }
}

function textOf({ buffer, byteOffset }: Uint8Array, { start, end }: Span): string {
  return Buffer.from(buffer, byteOffset + start, end - start).toString()
}
