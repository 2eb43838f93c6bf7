import { describe, expect, test } from 'vitest'
import { type DueState, lookAtDue, settleDue } from '../../main/engine/model/due.ts'
import { nextTimeMs, parseSchedule, rhythmOf } from '../../main/engine/model/schedule.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const at = (text: string) => new Date(text).getTime()

/** Looks once, at a plan that is new to this computer. */
const firstLook = (schedule: string, now: number, lastStartMs?: number) =>
  lookAtDue(undefined, {
    schedule: parseSchedule(schedule),
    nowMs: now,
    sinceMs: now,
    ...(lastStartMs === undefined ? {} : { lastStartMs }),
  }).dueMs

/** Looks again. */
const lookAgain = (before: DueState, now: number, lastStartMs?: number) =>
  lookAtDue(before, {
    schedule: parseSchedule(before.schedule),
    nowMs: now,
    sinceMs: 0,
    ...(lastStartMs === undefined ? {} : { lastStartMs }),
  })

describe('what a schedule means', () => {
  test.each([
    ['manual', { kind: 'manual' }],
    ['every:15m', { kind: 'every', periodMs: 15 * MINUTE }],
    ['every:7d', { kind: 'every', periodMs: 7 * DAY }],
    ['daily@2:05', { kind: 'calendar', pattern: '5 2 * * *' }],
    ['weekly@sun 04:00', { kind: 'calendar', pattern: '0 4 * * 0' }],
    ['weekly@fri-mon,wed 18:30', { kind: 'calendar', pattern: '30 18 * * 0,1,3,5,6' }],
    ['monthly@1 03:00', { kind: 'calendar', pattern: '0 3 1 * *' }],
    ['monthly@last 03:00', { kind: 'calendar', pattern: '0 3 L * *' }],
    ['0 4 * * 0', { kind: 'calendar', pattern: '0 4 * * 0' }],
  ])('%s', (text, rhythm) => expect(rhythmOf(parseSchedule(text))).toEqual(rhythm))

  test.each([
    '',
    'soon',
    'every:0h',
    'every:h',
    'every:-1h',
    'daily@24:00',
    'daily@02:60',
    'weekly@ 04:00',
    'weekly@sunday 04:00',
    'weekly@mon-tue-wed 04:00',
    'weekly@mon 4',
    'monthly@0 03:00',
    'monthly@29 03:00',
    'monthly@first 03:00',
    '* * *',
    '61 * * * *',
    '0 0 30 2 *',
  ])('refused: %j', (text) => {
    expect(() => parseSchedule(text)).toThrow(expect.objectContaining({ code: 'invalid-input' }))
  })
})

describe('when it is due', () => {
  test('manual: no clock says so', () =>
    expect(firstLook('manual', at('2026-11-21T10:00:00'))).toBeUndefined())

  test('every 24 h: at once when it never ran, then 24 h after the last start', () => {
    const now = at('2026-11-21T10:00:00')
    expect(firstLook('every:24h', now)).toBe(now)
    expect(firstLook('every:24h', now, now - HOUR)).toBe(now + 23 * HOUR)
  })

  test('daily: the next such time of day, not at once', () => {
    expect(firstLook('daily@02:00', at('2026-11-21T10:00:00'))).toBe(at('2026-11-22T02:00:00'))
    expect(firstLook('daily@02:00', at('2026-11-21T01:00:00'))).toBe(at('2026-11-21T02:00:00'))
  })

  test('ten missed nights are one run', () => {
    const state = lookAtDue(undefined, {
      schedule: parseSchedule('daily@02:00'),
      nowMs: at('2026-11-01T10:00:00'),
      sinceMs: at('2026-11-01T10:00:00'),
    })
    const now = at('2026-11-11T09:00:00')
    const missed = lookAgain(state, now)
    expect(missed.dueMs).toBe(at('2026-11-02T02:00:00'))
    expect(lookAgain(missed, now, now).dueMs).toBe(at('2026-11-12T02:00:00'))
  })

  test('a schedule that is changed counts from then on: no run for a time that passed before', () => {
    const before: DueState = { schedule: 'daily@23:00', dueMs: at('2026-11-21T23:00:00'), seenMs: 0 }
    const now = at('2026-11-21T21:00:00')
    const facts = { schedule: parseSchedule('daily@20:00'), nowMs: now, sinceMs: 0, lastStartMs: now - DAY }
    expect(lookAtDue(before, facts).dueMs).toBe(at('2026-11-22T20:00:00'))
  })

  test('where nothing is kept any more, what was missed since the last start is due', () => {
    const now = at('2026-11-21T21:00:00')
    expect(firstLook('daily@20:00', now, now - 3 * DAY)).toBe(at('2026-11-19T20:00:00'))
  })

  test('a clock that ran a year ahead for a while puts nothing off', () => {
    const ahead = at('2027-11-21T10:00:00')
    const now = at('2026-11-21T10:00:00')
    for (const schedule of ['every:24h', 'daily@02:00']) {
      const wrong = lookAgain({ schedule, dueMs: ahead - HOUR, seenMs: ahead }, ahead, ahead)
      expect(wrong.dueMs).toBeGreaterThan(ahead)
      expect(lookAgain(wrong, now, ahead).dueMs).toBeLessThanOrEqual(now + DAY)
    }
  })

  test('what comes while the run before is still at it is left out', () => {
    const now = at('2026-11-21T02:00:05')
    const due: DueState = { schedule: 'daily@02:00', dueMs: now - 5_000, seenMs: now }
    expect(settleDue(due, now).dueMs).toBe(at('2026-11-22T02:00:00'))
    expect(settleDue({ ...due, schedule: 'every:1h' }, now).dueMs).toBe(now + HOUR)
  })

  test('a list of times keeps the one that a change of clocks leaves out', () => {
    const { TZ } = process.env
    process.env.TZ = 'Europe/Paris'
    try {
      // At 02:00 on that day clocks go to 03:00.
      const evening = Date.parse('2026-03-28T20:00:00Z')
      expect(new Date(nextTimeMs('30 2,14 * * *', evening)).toISOString()).toBe('2026-03-29T01:00:00.000Z')
    } finally {
      if (TZ === undefined) delete process.env.TZ
      else process.env.TZ = TZ
    }
  })
})
