import { describe, expect, test } from 'vitest'
import {
  decideRetention,
  forgetForBudget,
  formatKeep,
  parseKeep,
  type RetentionBackup,
} from '../../../main/engine/model/keeping/retention.ts'

const at = (text: string) => new Date(text).getTime()

/** A complete backup whose id is its time. */
function backup(time: string, facts: Partial<RetentionBackup> = {}): RetentionBackup {
  return { id: time, createdMs: at(time), pinned: false, planId: 'plan', complete: true, ...facts }
}

function decide(
  backups: readonly RetentionBackup[],
  keep: string,
  { now = '2026-11-21T12:00:00Z', timeZone = 'UTC' } = {},
) {
  return decideRetention(backups, parseKeep(keep), { nowMs: at(now), timeZone })
}

/** What stays, with its reasons in words. */
function kept(...args: Parameters<typeof decide>): Record<string, string[]> {
  const stays = decide(...args).decisions.filter(({ keep }) => keep)
  return Object.fromEntries(
    stays.map(({ id, reasons }) => [
      id,
      reasons.map(({ rule, bucket }) => (bucket === undefined ? rule : `${rule} ${bucket}`)),
    ]),
  )
}

describe('a policy as text', () => {
  test('all rules', () => {
    const text = 'last:7,hourly:24,daily:14,weekly:8,monthly:12,yearly:5,within:30d'
    const policy = {
      last: 7,
      hourly: 24,
      daily: 14,
      weekly: 8,
      monthly: 12,
      yearly: 5,
      within: { amount: 30, unit: 'd' },
    }
    expect(parseKeep(text)).toEqual(policy)
    expect(parseKeep(' Yearly:5, within:30D ,last:07')).toEqual({
      last: 7,
      yearly: 5,
      within: policy.within,
    })
    expect(formatKeep(parseKeep('within:2w,last:1'))).toBe('last:1,within:2w')
    expect(formatKeep(parseKeep(text))).toBe(text)
  })

  test.each([
    ['', '', 'empty'],
    ['last:7,', '', 'empty'],
    ['last', 'last', 'form'],
    ['last=7', 'last=7', 'form'],
    ['last:-1', 'last:-1', 'form'],
    ['last:1.5', 'last:1.5', 'form'],
    ['daily:123456', 'daily:123456', 'form'],
    ['last:7,daily:0', 'daily:0', 'zero'],
    ['last:1,daily:2,last:1', 'last:1', 'twice'],
    ['within:30', 'within:30', 'unit'],
    ['within:30h', 'within:30h', 'unit'],
    ['daily:30d', 'daily:30d', 'unit'],
    ['decennial:1', 'decennial:1', 'rule'],
    ['constructor:1', 'constructor:1', 'rule'],
  ])('refused: %j', (value, part, reason) => {
    expect(() => parseKeep(value)).toThrow(
      expect.objectContaining({ code: 'invalid-input', data: { field: 'keep', value, part, reason } }),
    )
  })

  test('a policy made by hand that nobody could write is refused when it is written', () => {
    expect(() => formatKeep({ daily: 0 })).toThrow(expect.objectContaining({ code: 'invalid-input' }))
    expect(() => formatKeep({ last: 1.5 })).toThrow(expect.objectContaining({ code: 'invalid-input' }))
  })
})

describe('what stays', () => {
  const week = [
    backup('2026-11-14T08:00:00Z'),
    backup('2026-11-16T08:00:00Z'),
    backup('2026-11-19T08:00:00Z'),
    backup('2026-11-20T08:00:00Z'),
    backup('2026-11-20T20:00:00Z'),
  ]

  test('last: the newest so many, and the newest complete one says so too', () => {
    expect(kept(week, 'last:2')).toEqual({
      '2026-11-20T08:00:00Z': ['last'],
      '2026-11-20T20:00:00Z': ['newest-complete', 'last'],
    })
  })

  test('daily: the newest of each day, for days that have any', () => {
    expect(kept(week, 'daily:3')).toEqual({
      '2026-11-16T08:00:00Z': ['daily 2026-11-16'],
      '2026-11-19T08:00:00Z': ['daily 2026-11-19'],
      '2026-11-20T20:00:00Z': ['newest-complete', 'daily 2026-11-20'],
    })
  })

  test('weekly means ISO weeks, from Monday: Sunday 15 November is week 46', () => {
    expect(kept([...week, backup('2026-11-15T23:59:59Z')], 'weekly:9')).toEqual({
      '2026-11-15T23:59:59Z': ['weekly 2026-W46'],
      '2026-11-20T20:00:00Z': ['newest-complete', 'weekly 2026-W47'],
    })
  })

  test.each([
    ['2021-01-03T12:00:00Z', '2020-W53'],
    ['2021-01-04T12:00:00Z', '2021-W01'],
    ['2024-12-29T12:00:00Z', '2024-W52'],
    ['2024-12-30T12:00:00Z', '2025-W01'],
    ['2016-01-01T12:00:00Z', '2015-W53'],
  ])('the ISO week of %s is %s', (time, name) => {
    expect(kept([backup(time)], 'weekly:1')[time]).toContain(`weekly ${name}`)
  })

  test('hourly, monthly, yearly', () => {
    const backups = [
      backup('2024-02-29T10:00:00Z'),
      backup('2025-12-31T23:30:00Z'),
      backup('2026-11-21T09:10:00Z'),
      backup('2026-11-21T09:50:00Z'),
      backup('2026-11-21T10:00:00Z'),
    ]
    expect(kept(backups, 'hourly:2,monthly:2,yearly:3')).toEqual({
      '2024-02-29T10:00:00Z': ['yearly 2024'],
      '2025-12-31T23:30:00Z': ['monthly 2025-12', 'yearly 2025'],
      '2026-11-21T09:50:00Z': ['hourly 2026-11-21T09:00+00:00'],
      '2026-11-21T10:00:00Z': [
        'newest-complete',
        'hourly 2026-11-21T10:00+00:00',
        'monthly 2026-11',
        'yearly 2026',
      ],
    })
  })

  test('pinned ones stay, and still stand for their day', () => {
    const backups = [backup('2026-11-01T08:00:00Z', { pinned: true }), ...week]
    expect(kept(backups, 'last:1')).toEqual({
      '2026-11-01T08:00:00Z': ['pinned'],
      '2026-11-20T20:00:00Z': ['newest-complete', 'last'],
    })
    expect(kept(backups, 'daily:9')['2026-11-01T08:00:00Z']).toEqual(['pinned', 'daily 2026-11-01'])
  })

  test('a policy without rules forgets nothing', () => {
    const { decisions, needsConfirmation } = decideRetention(week, {}, { nowMs: 0, timeZone: 'UTC' })
    expect(decisions.map(({ keep }) => keep)).toEqual(week.map(() => true))
    expect(decisions[0]?.reasons).toEqual([{ rule: 'no-rules' }])
    expect(needsConfirmation).toEqual([])
  })

  test('each plan, on each device, is a series of its own', () => {
    const backups = [
      backup('2026-11-01T08:00:00Z', { planId: 'a' }),
      backup('2026-11-02T08:00:00Z', { planId: 'a' }),
      backup('2026-11-03T08:00:00Z', { planId: 'b' }),
      backup('2026-11-04T08:00:00Z', { planId: 'b', deviceId: 'laptop' }),
      backup('2026-11-05T08:00:00Z', { planId: undefined }),
    ]
    expect(Object.keys(kept(backups, 'last:1'))).toEqual(backups.slice(1).map(({ id }) => id))
  })
})

describe('incomplete backups', () => {
  const noon = backup('2026-11-20T12:00:00Z')
  const partial = backup('2026-11-20T20:00:00Z', { complete: false })

  test('never take the place of a complete one in its bucket', () => {
    expect(kept([noon, partial], 'daily:5,yearly:1')).toEqual({
      '2026-11-20T12:00:00Z': ['newest-complete', 'daily 2026-11-20', 'yearly 2026'],
    })
  })

  test('stand for a bucket that has nothing better', () => {
    const older = backup('2026-11-19T12:00:00Z', { complete: false })
    expect(kept([older, noon, partial], 'daily:5')).toEqual({
      '2026-11-19T12:00:00Z': ['daily 2026-11-19'],
      '2026-11-20T12:00:00Z': ['newest-complete', 'daily 2026-11-20'],
    })
  })

  test('the newest complete one stays however many incomplete ones came after it', () => {
    const later = ['21', '22', '23'].map((day) => backup(`2026-11-${day}T08:00:00Z`, { complete: false }))
    expect(Object.keys(kept([noon, ...later], 'last:2', { now: '2026-11-24T00:00:00Z' }))).toEqual([
      '2026-11-20T12:00:00Z',
      '2026-11-22T08:00:00Z',
      '2026-11-23T08:00:00Z',
    ])
  })
})

describe('days and hours are those of the person', () => {
  test('half past eleven in the evening in New York is already the next day in UTC', () => {
    const backups = [backup('2026-11-20T04:30:00Z'), backup('2026-11-20T15:00:00Z')]
    expect(Object.keys(kept(backups, 'daily:9', { timeZone: 'UTC' }))).toHaveLength(1)
    expect(kept(backups, 'daily:9', { timeZone: 'America/New_York' })).toEqual({
      '2026-11-20T04:30:00Z': ['daily 2026-11-19'],
      '2026-11-20T15:00:00Z': ['newest-complete', 'daily 2026-11-20'],
    })
  })

  test('the hour that clocks show twice is two hours', () => {
    const backups = [backup('2026-10-25T00:30:00Z'), backup('2026-10-25T01:30:00Z')]
    expect(kept(backups, 'hourly:9', { timeZone: 'Europe/Berlin' })).toEqual({
      '2026-10-25T00:30:00Z': ['hourly 2026-10-25T02:00+02:00'],
      '2026-10-25T01:30:00Z': ['newest-complete', 'hourly 2026-10-25T02:00+01:00'],
    })
  })

  test('a day of 23 and one of 25 hours are one day each', () => {
    const spring = [backup('2026-03-28T23:00:00Z'), backup('2026-03-29T21:59:59Z')]
    const autumn = [backup('2026-10-24T22:00:00Z'), backup('2026-10-25T22:59:59Z')]
    for (const ends of [spring, autumn])
      expect(Object.keys(kept(ends, 'daily:9', { timeZone: 'Europe/Berlin' }))).toEqual([ends[1]?.id])
  })

  test('a day that a country left out is no trouble (Samoa, 30 December 2011)', () => {
    const backups = [backup('2011-12-30T09:59:59Z'), backup('2011-12-30T10:00:00Z')]
    expect(kept(backups, 'daily:9', { timeZone: 'Pacific/Apia' })).toEqual({
      '2011-12-30T09:59:59Z': ['daily 2011-12-29'],
      '2011-12-30T10:00:00Z': ['newest-complete', 'daily 2011-12-31'],
    })
  })

  test('a zone that nobody knows is refused', () => {
    expect(() => decide([], 'last:1', { timeZone: 'Mars/Olympus' })).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        data: { field: 'timeZone', value: 'Mars/Olympus' },
      }),
    )
  })
})

describe('within', () => {
  const newest = backup('2026-11-21T00:00:00Z')
  const edge = (keep: string, now: string, before: string, after: string, timeZone = 'UTC') => {
    const stays = kept([backup(before), backup(after), newest], keep, { now, timeZone })
    expect(stays[before]).toBeUndefined()
    expect(stays[after]).toEqual(['within'])
  }

  test('days, weeks, months, years, back from this time of day', () => {
    const now = '2026-11-21T12:00:00Z'
    edge('within:10d', now, '2026-11-11T12:00:00Z', '2026-11-11T12:00:01Z')
    edge('within:2w', now, '2026-11-07T12:00:00Z', '2026-11-07T12:00:01Z')
    edge('within:3m', now, '2026-08-21T12:00:00Z', '2026-08-21T12:00:01Z')
    edge('within:2y', now, '2024-11-21T12:00:00Z', '2024-11-21T12:00:01Z')
  })

  test('a month before 31 March, a year before 29 February', () => {
    edge('within:1m', '2026-03-31T12:00:00Z', '2026-02-28T12:00:00Z', '2026-02-28T12:00:01Z')
    edge('within:1y', '2024-02-29T12:00:00Z', '2023-02-28T12:00:00Z', '2023-02-28T12:00:01Z')
    edge('within:4y', '2024-02-29T12:00:00Z', '2020-02-29T12:00:00Z', '2020-02-29T12:00:01Z')
  })

  test('a day back over a change of clocks is the same time of day, 23 or 25 hours ago', () => {
    edge('within:1d', '2026-10-25T12:00:00Z', '2026-10-24T11:00:00Z', '2026-10-24T11:00:01Z', 'Europe/Berlin')
    edge('within:1d', '2026-03-29T12:00:00Z', '2026-03-28T13:00:00Z', '2026-03-28T13:00:01Z', 'Europe/Berlin')
  })

  test('an absurd span keeps everything', () => {
    expect(Object.keys(kept([backup('1970-01-02T00:00:00Z'), newest], 'within:99999y'))).toHaveLength(2)
  })
})

describe('wrong clocks', () => {
  test('a backup dated in the future counts as made now', () => {
    const future = backup('2099-01-01T00:00:00Z')
    const today = backup('2026-11-21T10:00:00Z')
    expect(kept([future, today], 'daily:5')).toEqual({
      '2099-01-01T00:00:00Z': ['newest-complete', 'daily 2026-11-21'],
    })
    expect(kept([future, today], 'yearly:5,within:1d')).toEqual({
      '2099-01-01T00:00:00Z': ['newest-complete', 'within', 'yearly 2026'],
      '2026-11-21T10:00:00Z': ['within'],
    })
  })
})

describe('a person is asked first', () => {
  const days = (count: number, facts: Partial<RetentionBackup> = {}) =>
    Array.from({ length: count }, (_, day) =>
      backup(`2026-10-${String(day + 1).padStart(2, '0')}T08:00:00Z`, facts),
    )

  test('when more than half of a series and more than three backups would go', () => {
    expect(decide(days(10), 'last:4').needsConfirmation).toEqual([
      { planId: 'plan', deviceId: undefined, total: 10, forgotten: 6 },
    ])
    expect(decide(days(10), 'last:5').needsConfirmation).toEqual([])
    expect(decide(days(4), 'last:1').needsConfirmation).toEqual([])
    expect(decide(days(5), 'last:1').needsConfirmation).toHaveLength(1)
  })

  test('when nothing would be left', () => {
    expect(decide(days(2, { complete: false }), 'within:1d').needsConfirmation).toEqual([
      { planId: 'plan', deviceId: undefined, total: 2, forgotten: 2 },
    ])
    expect(decide([], 'last:1').needsConfirmation).toEqual([])
  })

  test('for the series concerned, not for the others', () => {
    const backups = [...days(10), ...days(2, { planId: 'calm', deviceId: 'd' })]
    expect(decide(backups, 'last:2').needsConfirmation.map(({ planId }) => planId)).toEqual(['plan'])
  })
})

describe('a budget of bytes', () => {
  const week = [1, 2, 3, 4, 5, 6, 7].map((day) => backup(`2026-11-0${day}T08:00:00Z`))
  const tenEach = (ids: readonly string[]) => ids.length * 10

  test('the fewest of the oldest go', () => {
    expect(forgetForBudget(week, 21, tenEach)).toEqual({
      forget: week.slice(0, 3).map(({ id }) => id),
      freedBytes: 30,
      enough: true,
      needsConfirmation: [],
    })
    expect(forgetForBudget(week, 20, tenEach).forget).toHaveLength(2)
    expect(forgetForBudget(week, 0, tenEach)).toMatchObject({ forget: [], freedBytes: 0, enough: true })
  })

  test('never a pinned one, never the newest complete one', () => {
    const backups = week.map((each, index) => ({ ...each, pinned: index === 0, complete: index < 5 }))
    const outcome = forgetForBudget(backups, 1000, tenEach)
    expect(outcome).toMatchObject({ freedBytes: 50, enough: false })
    expect(outcome.forget).toEqual([1, 2, 3, 5, 6].map((index) => week[index]?.id))
    expect(outcome.needsConfirmation).toEqual([
      { planId: 'plan', deviceId: undefined, total: 7, forgotten: 5 },
    ])
  })

  test('shared data is freed only with the last backup that has it', () => {
    const shared = (ids: readonly string[]) => (ids.length >= 4 ? 100 : 0) + ids.length
    expect(forgetForBudget(week, 4, shared)).toMatchObject({ freedBytes: 104, enough: true })
    expect(forgetForBudget(week, 3, shared)).toMatchObject({ freedBytes: 3, enough: true })
  })
})
