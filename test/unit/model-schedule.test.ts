import { describe, expect, test } from 'vitest'
import { type Changes, withChange } from '../../main/engine/model/schedule/changes.ts'
import { lookAtConnection } from '../../main/engine/model/schedule/connection.ts'
import { type DueState, lookAtDue, settleDue } from '../../main/engine/model/schedule/due.ts'
import {
  defaultScheduleFor,
  nextTimeMs,
  parseSchedule,
  rhythmOf,
} from '../../main/engine/model/schedule/schedule.ts'

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
    ['daily@08:00,18:30', { kind: 'calendar', pattern: '0 8 * * *;30 18 * * *' }],
    ['weekly@sat 9:00,21:15', { kind: 'calendar', pattern: '0 9 * * 6;15 21 * * 6' }],
    ['monthly@last 1:00,2:00', { kind: 'calendar', pattern: '0 1 L * *;0 2 L * *' }],
    ['0 4 * * 0', { kind: 'calendar', pattern: '0 4 * * 0' }],
    ['on-change', { kind: 'change', quietMs: 2 * MINUTE, latestMs: 15 * MINUTE }],
    ['on-change:5m', { kind: 'change', quietMs: 5 * MINUTE, latestMs: 15 * MINUTE }],
    ['on-change:1h', { kind: 'change', quietMs: HOUR, latestMs: 3 * HOUR }],
    ['on-connect', { kind: 'connect' }],
  ])('%s', (text, rhythm) => expect(rhythmOf(parseSchedule(text))).toEqual(rhythm))

  test.each([
    ['daily 10:00', 'daily@10:00'],
    [' weekly  mon 9:00', 'weekly@mon 9:00'],
    ['monthly last 9:00', 'monthly@last 9:00'],
  ])('%s is understood', (text, schedule) => expect(parseSchedule(text)).toBe(schedule))

  test.each([
    ['tomorrow', 'schedule'],
    ['daily at ten', 'schedule'],
    ['61 * * * *', 'cron'],
    ['0 0 30 2 *', 'no-such-day'],
  ])('%s: what is wrong is said', (text, reason) =>
    expect(() => parseSchedule(text)).toThrow(
      expect.objectContaining({
        data: { field: 'schedule', value: text.replace('daily ', 'daily@'), reason },
      }),
    ),
  )

  test.each([
    '',
    'soon',
    'every:0h',
    'every:h',
    'every:-1h',
    'daily@24:00',
    'daily@02:60',
    'daily@08:00,',
    'daily@',
    `daily@${Array(25).fill('02:00').join()}`,
    '0 8 * * *;0 9 * * *',
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
    'on-change:0m',
    'on-change:13h',
    'on-change:2d',
    'on-connect:5m',
    'on-sunday',
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

test('where nobody chooses, databases go at two and files at three', () => {
  expect(defaultScheduleFor(['/home/ada'])).toBe('daily@03:00')
  expect(defaultScheduleFor(['postgres://ada@db/shop', 'PostgreSQL://db/books'])).toBe('daily@02:00')
  expect(defaultScheduleFor(['postgres://ada@db/shop', '/srv/uploads'])).toBe('daily@03:00')
})

describe('due by changes', () => {
  const NOON = at('2026-11-21T12:00:00')
  const schedule = parseSchedule('on-change')
  /** Looks at what was heard since a start at noon. */
  function lookAfter(changes: Changes, now: number, before?: DueState): DueState {
    return lookAtDue(before, { schedule, nowMs: now, sinceMs: 0, lastStartMs: NOON, changes })
  }
  /** Changes at these minutes past noon. */
  const changesAt = (...minutes: number[]) =>
    minutes.reduce<Changes>((changes, minute) => withChange(changes, NOON + minute * MINUTE, NOON), {})

  test('what never ran is due at once, and stays so', () => {
    const facts = { schedule, sinceMs: 0, changes: {} }
    const first = lookAtDue(undefined, { ...facts, nowMs: NOON })
    expect(first.dueMs).toBe(NOON)
    expect(lookAtDue(first, { ...facts, nowMs: NOON + HOUR }).dueMs).toBe(NOON)
  })

  test('once they rest, and after a quarter of an hour at the latest', () => {
    expect(lookAfter(changesAt(5), NOON + 5 * MINUTE).dueMs).toBe(NOON + 7 * MINUTE)
    expect(lookAfter(changesAt(5, 6), NOON + 6 * MINUTE).dueMs).toBe(NOON + 8 * MINUTE)
    const restless = changesAt(...Array.from({ length: 60 }, (_, minute) => minute + 1))
    expect(lookAfter(restless, NOON + 60 * MINUTE).dueMs).toBe(NOON + 16 * MINUTE)
  })

  test('what came before the start is backed up; what came while it ran is not', () => {
    const straddling = withChange({ firstMs: NOON - MINUTE, lastMs: NOON - MINUTE }, NOON + 1_000, NOON)
    expect(lookAfter({ firstMs: NOON - HOUR, lastMs: NOON }, NOON + MINUTE).dueMs).toBe(NOON + DAY)
    expect(lookAfter(straddling, NOON + MINUTE).dueMs).toBe(NOON + 1_000 + 2 * MINUTE)
  })

  test('whoever hears nothing runs every day; where nobody can listen, every hour', () => {
    expect(lookAfter({}, NOON + MINUTE).dueMs).toBe(NOON + DAY)
    expect(lookAfter({ deaf: 'limit' }, NOON + MINUTE).dueMs).toBe(NOON + HOUR)
  })

  test('one that a person cancelled waits for the next change', () => {
    const changes = changesAt(1)
    const now = NOON + 5 * MINUTE
    const settled = settleDue(lookAfter(changes, now), now)
    expect(lookAfter(changes, now + MINUTE, settled).dueMs).toBe(now + DAY)
    const more = withChange(changes, now + 2 * MINUTE, NOON)
    expect(lookAfter(more, now + 2 * MINUTE, settled).dueMs).toBeLessThanOrEqual(now + 4 * MINUTE)
  })

  test('a clock that was set back loses no change', () => {
    const before = lookAfter({}, NOON + HOUR)
    const now = NOON - 10 * DAY
    const changed = withChange({}, now + MINUTE, NOON)
    const seen = lookAfter({}, now, before)
    expect(lookAfter(changed, now + MINUTE, seen).dueMs).toBe(now + 3 * MINUTE)
    // A change noted by a clock that ran ahead.
    expect(lookAfter({ firstMs: NOON + DAY, lastMs: NOON + DAY }, NOON).dueMs).toBeLessThanOrEqual(
      NOON + 15 * MINUTE,
    )
  })
})

describe('due by a drive', () => {
  const NOON = at('2026-11-21T12:00:00')
  const schedule = parseSchedule('on-connect')
  const dueAt = (now: number, connection: ReturnType<typeof lookAtConnection>, lastStartMs?: number) =>
    lookAtDue(undefined, {
      schedule,
      nowMs: now,
      sinceMs: 0,
      connection,
      ...(lastStartMs === undefined ? {} : { lastStartMs }),
    }).dueMs

  test('once, each time it comes', () => {
    const came = lookAtConnection({ cameMs: {}, isUsable: false }, ['drive'], true, NOON)
    expect(dueAt(NOON, came, NOON - DAY)).toBe(NOON)
    const still = lookAtConnection(came, ['drive'], true, NOON + HOUR)
    expect(dueAt(NOON + HOUR, still, NOON + MINUTE)).toBeUndefined()
    const away = lookAtConnection(still, [], false, NOON + 2 * HOUR)
    expect(dueAt(NOON + 2 * HOUR, away, NOON + MINUTE)).toBeUndefined()
    const again = lookAtConnection(away, ['drive'], true, NOON + 3 * HOUR)
    expect(dueAt(NOON + 3 * HOUR, again, NOON + MINUTE)).toBe(NOON + 3 * HOUR)
  })

  test('a loose plug makes no backup a minute', () => {
    const again = lookAtConnection({ cameMs: {}, isUsable: false }, ['drive'], true, NOON + 2 * MINUTE)
    expect(dueAt(NOON + 2 * MINUTE, again, NOON)).toBe(NOON + 10 * MINUTE)
  })

  test('another disk that is always there says nothing, nor does a drive alone whose source is away', () => {
    const disk = lookAtConnection(undefined, ['disk'], true, NOON)
    const both = lookAtConnection(disk, ['disk', 'drive'], true, NOON + HOUR)
    expect(dueAt(NOON + HOUR, both, NOON + MINUTE)).toBe(NOON + HOUR)
    const unplugged = lookAtConnection(both, ['disk'], true, NOON + 2 * HOUR)
    expect(dueAt(NOON + 2 * HOUR, unplugged, NOON + MINUTE)).toBeUndefined()
    expect(dueAt(NOON, lookAtConnection(undefined, ['drive'], false, NOON))).toBeUndefined()
  })

  test('what is there when it is first looked for has just come', () =>
    expect(dueAt(NOON, lookAtConnection(undefined, ['drive'], true, NOON))).toBe(NOON))
})
