/**
 * JSON of one object whose lists are long, without ever having all of it as text or as values: written and read some rows at a time. What is written is what
 * `JSON.stringify` writes, and members are read in the order in which they stand.
 */

/** Rows that are one text at a time. */
const ROWS_AT_ONCE = 1000

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** The text in parts, plain members first, then the lists. */
export function* writeLargeJson(
  members: Readonly<Record<string, unknown>>,
  lists: Readonly<Record<string, Iterable<unknown>>>,
): Generator<string> {
  yield JSON.stringify(members).slice(0, -1)
  for (const [name, rows] of Object.entries(lists)) {
    let before = `,${JSON.stringify(name)}:[`
    let texts: string[] = []
    for (const row of rows) {
      if (texts.push(JSON.stringify(row)) < ROWS_AT_ONCE) continue
      yield `${before}${texts.join(',')}`
      before = ','
      texts = []
    }
    // The comma is owed only where something follows.
    yield texts.length > 0 || before !== ',' ? `${before}${texts.join(',')}]` : ']'
  }
  yield '}'
}

/** A member of the object: its value, or for a list the next rows of it. */
export type LargeMember =
  | { readonly name: string; readonly value: unknown }
  | { readonly name: string; readonly rows: readonly unknown[] }

/** Throws `SyntaxError` where it is no such object. */
export function* readLargeJson(bytes: Uint8Array): Generator<LargeMember> {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const parse = (from: number, to: number): unknown => JSON.parse(text.decode(bytes.subarray(from, to)))
  let at = 0
  const expect = (...wanted: readonly number[]): number => {
    const byte = bytes[at++]
    if (byte === undefined || !wanted.includes(byte)) throw new SyntaxError(`unexpected byte at ${at - 1}`)
    return byte
  }
  expect(OPEN_OBJECT)
  if (bytes[at] === CLOSE_OBJECT) at++
  else
    do {
      const colon = endOfValue(bytes, at, COLON)
      const name = parse(at, colon)
      if (typeof name !== 'string') throw new SyntaxError('a name is no text')
      at = colon + 1
      if (bytes[at] !== OPEN_LIST) {
        const end = endOfValue(bytes, at)
        yield { name, value: parse(at, end) }
        at = end
        continue
      }
      at++
      if (bytes[at] === CLOSE_LIST) {
        at++
        yield { name, rows: [] }
      } else
        do {
          let end = endOfValue(bytes, at)
          for (let rows = 1; rows < ROWS_AT_ONCE && bytes[end] === COMMA; rows++)
            end = endOfValue(bytes, end + 1)
          yield { name, rows: JSON.parse(`[${text.decode(bytes.subarray(at, end))}]`) as unknown[] }
          at = end
        } while (expect(COMMA, CLOSE_LIST) === COMMA)
    } while (expect(COMMA, CLOSE_OBJECT) === COMMA)
  if (at !== bytes.length) throw new SyntaxError('something follows')
}

/** Where the value that begins here ends: before the comma, the bracket or the `stop` that it is not inside of. */
function endOfValue(bytes: Uint8Array, from: number, stop = COMMA): number {
  let depth = 0
  let isText = false
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (isText) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) isText = false
    } else if (byte === QUOTE) isText = true
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++
    else if (depth === 0 && (byte === stop || byte === CLOSE_LIST || byte === CLOSE_OBJECT)) return at
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--
  }
  throw new SyntaxError('it is cut')
}
