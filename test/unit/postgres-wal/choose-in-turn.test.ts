import { expect, test } from 'vitest'
import { chooseInTurn } from '../../../main/engine/databases/choose-in-turn.ts'

const stored = (...keys: string[]) => keys.map((key) => ({ key, sizeBytes: 10 }))
const keysOf = (chosen: readonly { readonly key: string }[]) => chosen.map(({ key }) => key).join('')

test('parts go on where the last ended, and from the beginning again: everything has its turn', () => {
  const all = stored('a', 'b', 'c', 'd', 'e')
  const turns: string[] = []
  let after: string | undefined
  for (let turn = 0; turn < 4; turn++) {
    const { chosen, last } = chooseInTurn(all, 40, after)
    turns.push(keysOf(chosen))
    after = last
  }
  expect(turns).toEqual(['ab', 'cd', 'ea', 'bc'])
})

test('what came, what went and a part of nothing', () => {
  expect(keysOf(chooseInTurn(stored('a', 'c', 'e'), 1, 'b').chosen)).toBe('c')
  expect(keysOf(chooseInTurn(stored('a', 'b'), 50, 'z').chosen)).toBe('a')
  expect(chooseInTurn([], 50, 'a')).toEqual({ chosen: [], last: undefined })
  const whole = chooseInTurn(stored('a', 'b', 'c'), 100, 'b')
  expect([keysOf(whole.chosen), whole.last]).toEqual(['cab', undefined])
})
