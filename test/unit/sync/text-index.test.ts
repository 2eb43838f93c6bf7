import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTextIndex } from '../../../main/engine/sync/text-index.ts'

const TEXTS = fc.constantFrom('', 'a', 'b', 'ab', 'ba', 'é', '12:34:f', '12:35:f', '13:34:f')

test('it finds what a Map of lists finds, whatever was added and removed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(TEXTS, fc.boolean()), { maxLength: 300 }), (acts) => {
      const texts: string[] = []
      const index = createTextIndex((at) => texts[at] as string)
      const held = new Map<string, number[]>()
      for (const [text, isAdded] of acts) {
        const known = held.get(text) ?? []
        if (isAdded) {
          index.add(text, texts.length)
          held.set(text, [...known, texts.length])
          texts.push(text)
        } else if (known.length > 0) {
          index.remove(text, known[0] as number)
          held.set(text, known.slice(1))
        }
        expect(index.all(text).toSorted((a, b) => a - b)).toEqual(held.get(text) ?? [])
      }
      for (const text of ['a', 'nobody'])
        expect(index.find(text) >= 0).toBe((held.get(text) ?? []).length > 0)
    }),
  )
})

test('a hundred thousand come and go, and the room of what went serves again', () => {
  const texts = Array.from({ length: 100_000 }, (_, at) => `${at * 7919}:f`)
  const index = createTextIndex((at) => texts[at] as string)
  for (let round = 0; round < 3; round++) {
    for (const [at, text] of texts.entries()) index.add(text, at)
    expect(texts.every((text, at) => index.find(text) === at)).toBe(true)
    for (const [at, text] of texts.entries()) index.remove(text, at)
    expect(texts.some((text) => index.find(text) >= 0)).toBe(false)
  }
  index.add('last', 5)
  index.clear()
  expect(index.find('last')).toBe(-1)
})
