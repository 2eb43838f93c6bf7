import { isObject, type JsonValue, membersOf } from './json.ts'
import { namesOfPointer, pointerOf, valueAt } from './pointer.ts'

/** One level of a value. */
export interface OutlineNode {
  readonly pointer: string
  readonly key?: string
  readonly type: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'
  readonly length?: number
  readonly preview?: string | number | boolean | null
}

export interface Outline {
  readonly node: OutlineNode
  readonly members: readonly OutlineNode[]
  readonly truncated: boolean
}

const PREVIEW_LETTERS = 200

/** What a JSON Pointer leads to and what is right in it; undefined where it leads nowhere. */
export function outlineOf(
  value: JsonValue,
  pointer: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Outline | undefined {
  const at = valueAt(value, pointer)
  if (at === undefined) return undefined
  const names = namesOfPointer(pointer)
  const members = membersOf(at)
  return {
    node: nodeOf(at, names),
    members: members.slice(offset, offset + limit).map(([name, member]) => nodeOf(member, [...names, name])),
    truncated: members.length > offset + limit,
  }
}

function nodeOf(value: JsonValue, names: readonly string[]): OutlineNode {
  const key = names.at(-1)
  const place = { pointer: pointerOf(names), ...(key !== undefined && { key }) }
  if (Array.isArray(value)) return { ...place, type: 'array', length: value.length }
  if (isObject(value)) return { ...place, type: 'object', length: Object.keys(value).length }
  if (typeof value === 'string')
    return { ...place, type: 'string', length: value.length, preview: beginningOf(value) }
  if (value === null) return { ...place, type: 'null', preview: null }
  return typeof value === 'boolean'
    ? { ...place, type: 'boolean', preview: value }
    : { ...place, type: 'number', preview: value as number }
}

/** Not cut in the middle of a letter. */
function beginningOf(text: string): string {
  const cut = text.slice(0, PREVIEW_LETTERS)
  const last = cut.charCodeAt(cut.length - 1)
  return text.length > PREVIEW_LETTERS && last >= 0xd800 && last < 0xdc00 ? cut.slice(0, -1) : cut
}
