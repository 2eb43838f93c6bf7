import { describe, expect, test } from 'vitest'
import { nextDueMs, parseSchedule } from '../../main/engine/model/schedule.ts'

const HOUR = 3_600_000
const at = (text: string) => new Date(text).getTime()
const due = (schedule: string, last: number | undefined, since: number) =>
  nextDueMs(parseSchedule(schedule), last, since)

describe('when a plan is due', () => {
  test('manual: never by itself', () => expect(due('manual', undefined, 0)).toBeUndefined())

  test('every 24 h: at once when it never ran, then 24 h after the last start', () => {
    const made = at('2026-11-21T10:00:00')
    expect(due('every:24h', undefined, made)).toBe(made)
    expect(due('every:24h', made, made)).toBe(made + 24 * HOUR)
    expect(due('every:15m', made, made)).toBe(made + HOUR / 4)
    expect(due('every:7d', made, made)).toBe(made + 7 * 24 * HOUR)
  })

  test('daily: the next such time of day, not at once', () => {
    expect(due('daily@02:00', undefined, at('2026-11-21T10:00:00'))).toBe(at('2026-11-22T02:00:00'))
    expect(due('daily@02:00', undefined, at('2026-11-21T01:00:00'))).toBe(at('2026-11-21T02:00:00'))
    expect(due('daily@2:05', at('2026-11-21T02:05:00'), 0)).toBe(at('2026-11-22T02:05:00'))
  })

  test('cron', () => {
    expect(due('0 4 * * 0', undefined, at('2026-11-21T10:00:00'))).toBe(at('2026-11-22T04:00:00'))
  })

  test('ten missed nights are one run: the due time is the first missed one, and one start settles them all', () => {
    const lastStart = at('2026-11-01T02:00:00')
    const now = at('2026-11-11T09:00:00')
    expect(due('daily@02:00', lastStart, 0)).toBeLessThan(now)
    expect(due('daily@02:00', now, 0)).toBe(at('2026-11-12T02:00:00'))
  })

  test.each([
    '',
    'soon',
    'every:0h',
    'every:h',
    'daily@24:00',
    'daily@02:60',
    '* * *',
    '61 * * * *',
    'every:-1h',
  ])('refused: %j', (text) => {
    expect(() => parseSchedule(text)).toThrow(expect.objectContaining({ code: 'invalid-input' }))
  })
})
