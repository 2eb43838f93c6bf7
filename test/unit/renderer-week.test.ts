import { describe, expect, test } from 'vitest'
import { limitAt, parseWeekGrid } from '../../main/engine/model/schedule/week-grid.ts'
import { budgetBytesOf, budgetText } from '../../renderer/features/places/place-fields.ts'
import {
  cellsOf,
  type HourState,
  stretchesOf,
  textOfCells,
  type WeekCells,
} from '../../renderer/features/places/week-cells.ts'
import { formatWeekGrid } from './model/format-week-grid.ts'

const HOUR_MS = 3_600_000
/** 1 January 2024 was a Monday. */
const MONDAY_MS = Date.UTC(2024, 0, 1)

/** What the engine does at each hour of the week. */
function speedsByHour(text: string): (readonly [number | undefined, number | undefined])[] {
  const grid = parseWeekGrid(text)
  return Array.from({ length: 168 }, (_, hour) => {
    const now = limitAt(grid, MONDAY_MS + hour * HOUR_MS, 'UTC')
    return [now.uploadBytesPerSecond, now.downloadBytesPerSecond] as const
  })
}

/** What the painted grid means. */
function painted({ hours, up, down }: WeekCells): (readonly [number | undefined, number | undefined])[] {
  const speeds = { full: [undefined, undefined], limited: [up, down], pause: [0, 0] } as const
  return hours.map((state) => speeds[state])
}

describe('the week grid of the window', () => {
  test.each([
    '',
    'mon-fri 08:00-18:00 up:1MB; sat,sun pause',
    'daily 22:00-06:00 up:500kB down:2MB',
    'sun 22:00-03:00 pause',
    'default up:1MB; sat-mon full',
    'mon 00:00-24:00 down:1234567B',
    'sat-mon 08:00-12:00 up:1MiB',
    'daily pause; wed 12:00-13:00 full',
  ])('%j means the same as to the engine, and so does what is written of it', (text) => {
    const cells = cellsOf(text)
    expect(cells && painted(cells)).toEqual(speedsByHour(text))
    expect(speedsByHour(textOfCells(cells!))).toEqual(speedsByHour(text))
  })

  test('any painting is read back as it was, and the engine writes it alike', () => {
    const states: HourState[] = ['full', 'limited', 'pause']
    for (let seed = 1; seed <= 40; seed++) {
      let random = seed
      const hours = Array.from({ length: 168 }, () => {
        random = (random * 48_271) % 2_147_483_647
        return states[random % 3]!
      })
      const cells = { hours, up: seed * 250_000, down: seed % 2 === 0 ? undefined : 4_000_000 }
      const text = textOfCells(cells)
      expect(cellsOf(text)).toEqual(cells)
      expect(cellsOf(formatWeekGrid(parseWeekGrid(text)))).toEqual(cells)
    }
  })

  test.each([
    ['parts of hours', 'mon 08:30-10:00 pause'],
    ['two pairs of speeds', 'mon up:1MB; tue up:2MB'],
    ['one direction paused', 'mon up:pause'],
    ['what is no grid', 'sometimes slow'],
    ['half a rule', 'mon'],
    ['a default that comes late', 'mon up:1MB; default down:1MB'],
  ])('%s are left to the text', (_, text) => {
    expect(cellsOf(text)).toBeUndefined()
  })

  test('days with the same hours are told together', () => {
    expect(stretchesOf(cellsOf('mon-fri 08:00-18:00 up:1MB; sat,sun pause')!)).toEqual([
      { days: [0, 1, 2, 3, 4], from: 8, to: 18, state: 'limited' },
      { days: [5, 6], from: 0, to: 24, state: 'pause' },
    ])
  })

  test('limited hours without a speed are free', () => {
    const hours = cellsOf('daily up:1MB')!.hours
    expect(textOfCells({ hours, up: undefined, down: undefined })).toBe('')
  })
})

test.each([
  ['', undefined],
  [' 500 ', 500e9],
  ['0,5', 5e8],
  ['1.25', 1.25e9],
  ['0', Number.NaN],
  ['many', Number.NaN],
  ['-3', Number.NaN],
])('a budget of %j gigabytes', (typed, bytes) => {
  expect(budgetBytesOf(typed)).toBe(bytes)
  if (bytes && bytes > 0) expect(budgetBytesOf(budgetText(bytes))).toBe(bytes)
})
