import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readLargeJson, writeLargeJson } from '../../../main/engine/sync/space/large-json.ts'

/** All of it at once. */
function whole(bytes: Uint8Array): Record<string, unknown> {
  const found = new Map<string, unknown>()
  for (const member of readLargeJson(bytes))
    if ('value' in member) found.set(member.name, member.value)
    else found.set(member.name, [...((found.get(member.name) as unknown[]) ?? []), ...member.rows])
  return Object.fromEntries(found)
}

const name = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => text !== '__proto__')
const value = fc.jsonValue().filter((json) => !Array.isArray(json))

test('what is written is what JSON.stringify writes, and is read again', () => {
  const large = fc.record({
    members: fc.dictionary(name, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
    lists: fc.dictionary(name, fc.array(fc.jsonValue(), { maxLength: 30 }), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  })
  fc.assert(
    fc.property(large, ({ members, lists }) => {
      fc.pre(Object.keys(members).every((each) => !Object.hasOwn(lists, each)))
      const bytes = Buffer.from([...writeLargeJson(members, lists)].join(''))
      const json = JSON.parse(
        `{${[members, lists].map((part) => JSON.stringify(part).slice(1, -1)).filter(Boolean)}}`,
      )
      expect(JSON.parse(bytes.toString())).toEqual(json)
      expect(whole(bytes)).toEqual(json)
    }),
    { numRuns: 300 },
  )
})

test('many rows come some at a time', () => {
  const rows = Array.from({ length: 5_432 }, (_, at) => [`row ${at}, "]}`, at])
  const bytes = Buffer.from([...writeLargeJson({ version: 1 }, { rows, none: [] })].join(''))
  const members = [...readLargeJson(bytes)]
  const parts = members.flatMap((member) => ('rows' in member ? [member.rows.length] : []))
  expect(Math.max(...parts)).toBeLessThanOrEqual(1_000)
  expect(whole(bytes)).toEqual({ version: 1, rows, none: [] })
})

test.each([
  '',
  '[]',
  '{',
  '{"a":1',
  '{"a":1,}',
  '{"a":1}x',
  '{"a":[1,2}',
  '{"a":[1,]}',
  '{"a":[1]]}',
  '{a:1}',
  '{"a"}',
  '{"a":}',
  '{1:2}',
  '{"a":"b}',
])('what is no such object is refused: %s', (text) => {
  expect(() => whole(Buffer.from(text))).toThrow(SyntaxError)
})

test('what is no UTF-8 is refused', () => {
  expect(() => whole(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toThrow(TypeError)
})
