import { EverstowError } from '../../../model/errors.ts'
import { isObject, type JsonValue } from './json.ts'

/** The names on the way of a JSON Pointer (RFC 6901). `invalid-input` where it is none. */
export function namesOfPointer(pointer: string): string[] {
  if (pointer === '') return []
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) throw notSelecting(pointer)
  return pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The JSON Pointer of names on a way. */
export function pointerOf(names: readonly (string | number)[]): string {
  return names.map((name) => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** What a JSON Pointer leads to; undefined where there is nothing. */
export function valueAt(value: JsonValue, pointer: string): JsonValue | undefined {
  let at: JsonValue | undefined = value
  for (const name of namesOfPointer(pointer)) {
    if (Array.isArray(at)) at = /^(?:0|[1-9]\d*)$/.test(name) ? at[Number(name)] : undefined
    else at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined
    if (at === undefined) return undefined
  }
  return at
}

/** A text that selects nothing because it is neither a JSON Pointer nor a JSONPath. */
export function notSelecting(value: string): EverstowError {
  return new EverstowError('invalid-input', { data: { field: 'select', value, reason: 'select-syntax' } })
}
