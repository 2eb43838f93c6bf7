import { expect, test } from 'vitest'
import { isWord, pickPositions } from '../../renderer/features/recovery/kit-positions.ts'
import { typedWordsOf } from '../../renderer/features/recovery/typed-words.ts'
import { daysOf, numbersOf, textOf } from '../../renderer/features/retention/keep-text.ts'
import { cellsOf, MAX_CELLS } from '../../renderer/features/retention/strip-cells.ts'

test('a kit asks for different words, in order', () => {
  for (const fraction of [0, 0.3, 0.999_999]) {
    const positions = pickPositions(24, () => fraction)
    expect(new Set(positions).size).toBe(3)
    expect(positions).toEqual(positions.toSorted((a, b) => a - b))
    for (const position of positions) expect(position >= 0 && position < 24).toBe(true)
  }
})

test('a word is right in any case, and by its first four letters; nothing shorter or else is', () => {
  expect(isWord(' Sausage ', 'sausage')).toBe(true)
  expect(isWord('saus', 'sausage')).toBe(true)
  expect(isWord('sau', 'sausage')).toBe(false)
  expect(isWord('sauce', 'sausage')).toBe(false)
  expect(isWord('', 'sausage')).toBe(false)
  expect(isWord('act', 'act')).toBe(true)
})

test('words of a kit are checked as they are typed, numbered or not, but not before they are finished', () => {
  expect(typedWordsOf('')).toEqual({ count: 0, unknown: [] })
  expect(typedWordsOf('1. Legal, 2. winn\n3) thank').unknown).toEqual([])
  expect(typedWordsOf('legal winnr thank ').unknown).toEqual([{ number: 2, word: 'winnr' }])
  expect(typedWordsOf('legal wi')).toEqual({ count: 2, unknown: [] })
  expect(typedWordsOf('legal wi ').unknown).toEqual([{ number: 2, word: 'wi' }])
})

test('a retention rule is the same text after it was edited as numbers', () => {
  const text = 'last:7,daily:14,weekly:8,monthly:12,yearly:5,within:6m'
  expect(textOf(numbersOf(text))).toBe(text)
  expect(textOf({ ...numbersOf(text), weekly: undefined, within: undefined })).toBe(
    'last:7,daily:14,monthly:12,yearly:5',
  )
  expect(textOf({})).toBe('')
  expect([daysOf('30d'), daysOf('2w'), daysOf('6m'), daysOf(undefined)]).toEqual([30, 14, 180, undefined])
})

test('ten thousand snapshots are drawn in few cells, oldest first, and none is lost', () => {
  const entries = Array.from({ length: 10_000 }, (_, index) => ({
    backupId: String(index),
    createdAt: new Date(2e12 - index * 3_600_000).toISOString(),
    keep: index % 10 === 0,
    reasons: [],
  }))
  const cells = cellsOf(entries)
  expect(cells).toHaveLength(MAX_CELLS)
  expect(cells.reduce((sum, cell) => sum + cell.count, 0)).toBe(10_000)
  expect(cells.reduce((sum, cell) => sum + cell.kept, 0)).toBe(1_000)
  expect(cells[0]?.from).toBe(entries.at(-1)?.createdAt)
  expect(cells.at(-1)?.to).toBe(entries[0]?.createdAt)
  expect(cellsOf([])).toEqual([])
})
