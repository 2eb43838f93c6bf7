import { expect, test } from 'vitest'
import { keepLastAnswer } from '../../main/app/handlers/last-answer.ts'
import { createFakeClock } from '../../main/engine/env/fake/fake-clock.ts'

function ground() {
  const clock = createFakeClock(0)
  const read: string[] = []
  const last = keepLastAnswer<string>(clock, 1_000)
  const ask = (key: string) =>
    last(key, async () => {
      read.push(key)
      return `of ${key}`
    })
  return { clock, read, last, ask }
}

test('the same asked again is read once, another anew', async () => {
  const { read, ask } = ground()
  expect([await ask('a'), await ask('a'), await ask('b'), await ask('a')]).toEqual([
    'of a',
    'of a',
    'of b',
    'of a',
  ])
  expect(read).toEqual(['a', 'b', 'a'])
})

test('it is let go some time after it was last asked for', async () => {
  const { clock, read, ask } = ground()
  await ask('a')
  await clock.advance(900)
  await ask('a')
  await clock.advance(900)
  await ask('a')
  expect(read).toEqual(['a'])
  await clock.advance(1_000)
  await ask('a')
  expect(read).toEqual(['a', 'a'])
})

test('what fails is not kept', async () => {
  const { last, ask } = ground()
  await expect(last('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await ask('a')).toBe('of a')
})
