import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { comingRuns } from '../../main/engine/model/schedule/coming-runs.ts'
import { parseSchedule, rhythmOf, type Schedule } from '../../main/engine/model/schedule/schedule.ts'
import { costsByCurrency } from '../../renderer/features/storage/costs-by-currency.ts'
import {
  formOf,
  type ScheduleForm,
  scheduleKinds,
  startOf,
  textOf,
  weekdays,
} from '../../renderer/words/schedule-form.ts'

const two = (number: number): string => String(number).padStart(2, '0')
const time = fc.tuple(fc.nat(23), fc.nat(59)).map(([hour, minute]) => `${two(hour)}:${two(minute)}`)
/** `2:05` is a time, too. */
const anyTime = time.chain((text) => fc.constantFrom(text, text.replace(/^0/, '')))
const times = fc.array(time, { minLength: 1, maxLength: 4 })
const timesText = fc.array(anyTime, { minLength: 1, maxLength: 4 }).map((list) => list.join())
const day = fc.constantFrom(...weekdays)
const daysText = fc
  .array(
    fc.oneof(
      day,
      fc.tuple(day, day).map(([from, to]) => `${from}-${to}`),
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((parts) => parts.join())
const date = fc.oneof(fc.integer({ min: 1, max: 28 }).map(String), fc.constant('last'))

/** Every way to write a schedule that the engine takes. */
const scheduleText = fc.oneof(
  fc.constantFrom(
    'manual',
    'on-connect',
    'on-change',
    '@daily',
    '0 9 * * 1#2',
    '*/15 8-18 * * 1-5',
    '0 3 LW * *',
  ),
  fc
    .tuple(fc.integer({ min: 1, max: 99_999 }), fc.constantFrom('m', 'h', 'd'))
    .map(([n, unit]) => `every:${n}${unit}`),
  fc.integer({ min: 1, max: 720 }).map((n) => `on-change:${n}m`),
  fc.integer({ min: 1, max: 12 }).map((n) => `on-change:${n}h`),
  timesText.map((list) => `daily@${list}`),
  fc.tuple(daysText, timesText).map(([days, list]) => `weekly@${days} ${list}`),
  fc.tuple(date, timesText).map(([on, list]) => `monthly@${on} ${list}`),
  fc
    .tuple(fc.nat(59), fc.nat(23), fc.nat(6))
    .map(([minute, hour, weekday]) => `${minute} ${hour} * * ${weekday}`),
)

const form: fc.Arbitrary<ScheduleForm> = fc.oneof(
  fc.record({ kind: fc.constant('daily' as const), times }),
  fc.record({
    kind: fc.constant('weekly' as const),
    days: fc.subarray([...weekdays], { minLength: 1 }),
    times,
  }),
  fc.record({ kind: fc.constant('monthly' as const), day: date, times }),
  fc.record({
    kind: fc.constant('every' as const),
    count: fc.integer({ min: 1, max: 99_999 }),
    unit: fc.constantFrom('m' as const, 'h' as const, 'd' as const),
  }),
  fc.record({
    kind: fc.constant('change' as const),
    count: fc.integer({ min: 1, max: 12 }),
    unit: fc.constantFrom('m' as const, 'h' as const),
  }),
  fc.constantFrom({ kind: 'connect' as const }, { kind: 'manual' as const }),
)

/** What a schedule means, whatever the order in which it was written. */
function meaningOf(text: string): unknown {
  const rhythm = rhythmOf(parseSchedule(text))
  if (rhythm.kind !== 'calendar') return rhythm
  return rhythm.pattern.split(';').toSorted()
}

describe('a schedule in the parts a person edits', () => {
  test('means the same when it is written again, whichever way it was typed', () => {
    fc.assert(
      fc.property(scheduleText, (text) => {
        expect(meaningOf(textOf(formOf(text)))).toEqual(meaningOf(text))
      }),
      { numRuns: 500 },
    )
  })

  test('is shown as it was edited, and the engine takes it', () => {
    fc.assert(
      fc.property(form, (edited) => {
        expect(formOf(textOf(edited))).toEqual(edited)
        expect(() => parseSchedule(textOf(edited))).not.toThrow()
      }),
      { numRuns: 500 },
    )
  })

  test('begins whole, whatever stood there before', () => {
    fc.assert(
      fc.property(form, fc.constantFrom(...scheduleKinds), (before, kind) => {
        expect(() => parseSchedule(textOf(startOf(kind, before)))).not.toThrow()
      }),
    )
    expect(textOf(startOf('cron', formOf('weekly@mon-fri 18:30')))).toBe('30 18 * * mon-fri')
    expect(textOf(startOf('cron', formOf('monthly@last 04:00')))).toBe('0 4 L * *')
    expect(textOf(startOf('weekly', formOf('daily@08:00,18:30')))).toBe('weekly@mon 08:00,18:30')
  })

  test('may be half typed: it stays the same kind, and the engine refuses it', () => {
    for (const half of [
      'daily@',
      'daily@08:00,',
      'weekly@ 18:00',
      'monthly@ 03:00',
      'every:h',
      'on-change:m',
    ]) {
      expect(formOf(half).kind).not.toBe('cron')
      expect(textOf(formOf(half))).toBe(half)
      expect(() => parseSchedule(half)).toThrow(expect.objectContaining({ code: 'invalid-input' }))
    }
  })
})

describe('the runs that are to come', () => {
  const at = (text: string): number => new Date(text).getTime()
  const next = (schedule: string, quietHours: string | undefined, from: string, count = 3) =>
    comingRuns(schedule as Schedule, quietHours, at(from), count)

  test('follow the calendar, each at its own time', () =>
    expect(next('daily@08:00,18:30', undefined, '2026-03-02T08:00:00').map(({ startMs }) => startMs)).toEqual(
      [at('2026-03-02T08:00:00'), at('2026-03-02T18:30:00'), at('2026-03-03T08:00:00')],
    ))

  test('are put off by quiet hours, and what falls due meanwhile is the same run', () =>
    expect(next('every:2h', '22:00-07:00', '2026-03-02T21:00:00')).toEqual([
      { dueMs: at('2026-03-02T21:00:00'), startMs: at('2026-03-02T21:00:00') },
      { dueMs: at('2026-03-02T23:00:00'), startMs: at('2026-03-03T07:00:00') },
      { dueMs: at('2026-03-03T09:00:00'), startMs: at('2026-03-03T09:00:00') },
    ]))

  test('are not known where files or drives decide', () =>
    expect(next('on-change', undefined, '2026-03-02T21:00:00')).toHaveLength(1))
})

test('costs are added within a currency only, and what is free or unknown is left out', () => {
  const base = {
    placeId: 'p',
    type: 's3' as const,
    verdict: 'healthy' as const,
    trend: [],
    requests: { month: '2026-11', read: 0, write: 0, list: 0, delete: 0, readBytes: 0, writeBytes: 0 },
  }
  const prices = { state: 'estimated' as const, priceDate: '2025-06-01', priceSource: 'list', isOwn: false }
  const place = (placeName: string, cost: Parameters<typeof costsByCurrency>[0][number]['cost']) => ({
    ...base,
    placeName,
    cost,
  })
  expect(
    costsByCurrency([
      place('disk', { state: 'free' }),
      place('cheap', { ...prices, currency: 'USD', monthToDate: 1, forecast: 2 }),
      place('dear', { ...prices, currency: 'USD', monthToDate: 4, forecast: 6 }),
      place('other', { ...prices, currency: 'EUR', monthToDate: 3, forecast: 3 }),
      place('odd', { state: 'unknown' }),
    ]),
  ).toEqual([
    {
      currency: 'USD',
      soFar: 5,
      forecast: 8,
      costs: [
        { place: 'dear', soFar: 4, rest: 2 },
        { place: 'cheap', soFar: 1, rest: 1 },
      ],
    },
    { currency: 'EUR', soFar: 3, forecast: 3, costs: [{ place: 'other', soFar: 3, rest: 0 }] },
  ])
})
