/** A value as people read it: a text as it is, anything else as JSON. */
export function textOfValue(value: unknown, indent = 0): string {
  return typeof value === 'string' ? value : (JSON.stringify(value, undefined, indent) ?? '')
}

/** A value of a table's cell or of a list. */
export function shortText(value: unknown): string {
  return value === undefined ? '' : textOfValue(value)
}

/** A key of JSON as a part of a JSON Pointer. */
export function pointerPart(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The keys of a JSON Pointer. */
export function pointerKeys(pointer: string): string[] {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}
