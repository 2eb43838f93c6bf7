import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limitAt, parseWeekGrid, type WeekGrid } from '../../../main/engine/model/schedule/week-grid.ts'
import { formatWeekGrid } from './format-week-grid.ts'

const BERLIN = 'Europe/Berlin'
const at = (text: string) => new Date(text).getTime()
const limits = (text: string, time: string, timeZone = 'UTC') => {
  const { uploadBytesPerSecond: up, downloadBytesPerSecond: down } = limitAt(
    parseWeekGrid(text),
    at(time),
    timeZone,
  )
  return [up, down]
}

describe('a grid as text', () => {
  test('days, hours and speeds', () => {
    expect(parseWeekGrid('default up:10MB; mon-fri 08:00-18:00 up:1MB/s down:500kB; sat,sun pause')).toEqual({
      fallback: { uploadBytesPerSecond: 10_000_000 },
      rules: [
        {
          days: [0, 1, 2, 3, 4],
          fromMinute: 480,
          toMinute: 1080,
          uploadBytesPerSecond: 1_000_000,
          downloadBytesPerSecond: 500_000,
        },
        {
          days: [5, 6],
          fromMinute: 0,
          toMinute: 1440,
          uploadBytesPerSecond: 0,
          downloadBytesPerSecond: 0,
        },
      ],
    })
    expect(parseWeekGrid('')).toEqual({ fallback: {}, rules: [] })
    expect(parseWeekGrid('sat-mon full').rules[0]?.days).toEqual([0, 5, 6])
    expect(parseWeekGrid('DAILY 22:00-0:00 up:1.5MiB').rules[0]).toEqual({
      days: [0, 1, 2, 3, 4, 5, 6],
      fromMinute: 1320,
      toMinute: 1440,
      uploadBytesPerSecond: 1_572_864,
    })
  })

  test('written in one way', () => {
    expect(formatWeekGrid(parseWeekGrid('sat,sun,mon up:1000KB; tue,wed 22:00-24:00 down:full'))).toBe(
      'mon,sat,sun up:1MB; tue,wed 22:00-24:00 down:full',
    )
    expect(formatWeekGrid(parseWeekGrid('default full; mon,tue,wed,fri up:2048KiB down:1b'))).toBe(
      'default full; mon-wed,fri up:2MiB down:1B',
    )
  })

  test.each([
    ['mon', 'speed'],
    ['mon fast', 'speed'],
    ['mon up:1', 'speed'],
    ['mon up:-1MB', 'speed'],
    ['up:1MB', 'speed'],
    ['someday pause', 'days'],
    ['mon-fri-sun pause', 'days'],
    ['mon, pause', 'days'],
    ['mon 08:00-08:00 pause', 'hours'],
    ['mon 08:60-09:00 pause', 'hours'],
    ['mon 24:00-09:00 pause', 'hours'],
    ['mon 08:00-24:01 pause', 'hours'],
    ['mon 8-9 pause', 'speed'],
    ['default 08:00-09:00 pause', 'hours'],
    ['default pause; default full', 'twice'],
    ['mon up:1MB up:2MB', 'twice'],
    ['mon pause down:2MB', 'twice'],
    ['mon up:0MB', 'zero'],
    ['mon up:0.4b', 'zero'],
  ])('refused: %j', (text, reason) => {
    expect(() => parseWeekGrid(text)).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        data: expect.objectContaining({ field: 'bandwidth', value: text, reason }),
      }),
    )
  })
})

describe('the limit at a moment', () => {
  const office =
    'default up:10MB; mon-fri 08:00-18:00 up:1MB down:5MB; wed 12:00-13:00 up:full; sat-sun pause'

  test('by day and minute; what a rule does not say is left to the earlier ones', () => {
    expect(limits(office, '2026-11-20T07:59:59Z')).toEqual([10_000_000, undefined])
    expect(limits(office, '2026-11-20T08:00:00Z')).toEqual([1_000_000, 5_000_000])
    expect(limits(office, '2026-11-20T18:00:00Z')).toEqual([10_000_000, undefined])
    expect(limits(office, '2026-11-18T12:30:00Z')).toEqual([undefined, 5_000_000])
    expect(limits(office, '2026-11-21T12:30:00Z')).toEqual([0, 0])
    expect(limits('', '2026-11-21T12:30:00Z')).toEqual([undefined, undefined])
  })

  test('in the time zone of the person', () => {
    expect(limits('mon pause', '2026-11-23T20:00:00Z', 'Asia/Tokyo')).toEqual([undefined, undefined])
    expect(limits('mon pause', '2026-11-22T20:00:00Z', 'Asia/Tokyo')).toEqual([0, 0])
  })

  test('a rule over midnight belongs to the day on which it begins', () => {
    const night = 'sun 22:00-06:00 pause'
    expect(limits(night, '2026-11-22T21:59:00Z')).toEqual([undefined, undefined])
    expect(limits(night, '2026-11-22T22:00:00Z')).toEqual([0, 0])
    expect(limits(night, '2026-11-23T05:59:59Z')).toEqual([0, 0])
    expect(limits(night, '2026-11-23T06:00:00Z')).toEqual([undefined, undefined])
    expect(limits(night, '2026-11-22T05:00:00Z')).toEqual([undefined, undefined])
  })
})

describe('when clocks change', () => {
  const PAUSED = [0, 0]
  const FREE = [undefined, undefined]

  test('forward over an edge, the limit holds from the jump', () => {
    // In Berlin 02:00 becomes 03:00 at 01:00 UTC on 29 March 2026.
    expect(limits('sun 02:30-05:00 pause', '2026-03-29T00:59:59Z', BERLIN)).toEqual(FREE)
    expect(limits('sun 02:30-05:00 pause', '2026-03-29T01:00:00Z', BERLIN)).toEqual(PAUSED)
    expect(limits('sun 04:00-05:00 pause', '2026-03-29T01:59:59Z', BERLIN)).toEqual(FREE)
    expect(limits('sun 04:00-05:00 pause', '2026-03-29T02:00:00Z', BERLIN)).toEqual(PAUSED)
  })

  test('an hour that clocks show twice counts twice', () => {
    // In Berlin 03:00 becomes 02:00 at 01:00 UTC on 25 October 2026.
    const text = 'sun 02:00-02:30 pause'
    expect(limits(text, '2026-10-24T23:59:59Z', BERLIN)).toEqual(FREE)
    expect(limits(text, '2026-10-25T00:00:00Z', BERLIN)).toEqual(PAUSED)
    expect(limits(text, '2026-10-25T00:30:00Z', BERLIN)).toEqual(FREE)
    expect(limits(text, '2026-10-25T01:00:00Z', BERLIN)).toEqual(PAUSED)
    expect(limits(text, '2026-10-25T01:30:00Z', BERLIN)).toEqual(FREE)
  })
})

describe('for any grid', () => {
  const speed = fc.constantFrom<(number | 'full' | undefined)[]>(undefined, 0, 'full', 1, 1_000_000, 1_536)
  const minute = fc.integer({ min: 0, max: 95 }).map((quarter) => quarter * 15)
  const rule = fc
    .record({
      days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 }),
      fromMinute: minute,
      toMinute: minute.map((value) => value + 15),
      uploadBytesPerSecond: speed,
      downloadBytesPerSecond: speed,
    })
    .filter(
      ({ fromMinute, toMinute, uploadBytesPerSecond: up, downloadBytesPerSecond: down }) =>
        fromMinute !== toMinute && (up !== undefined || down !== undefined),
    )
    .map(({ days, uploadBytesPerSecond: up, downloadBytesPerSecond: down, ...times }) => ({
      days: days.sort((a, b) => a - b),
      ...times,
      ...(up === undefined ? {} : { uploadBytesPerSecond: up }),
      ...(down === undefined ? {} : { downloadBytesPerSecond: down }),
    }))
  const grid: fc.Arbitrary<WeekGrid> = fc.record({
    fallback: fc.constantFrom({}, { uploadBytesPerSecond: 5 }, { uploadBytesPerSecond: 'full' as const }),
    rules: fc.array(rule, { maxLength: 4 }),
  })

  test('text and grid are two forms of one thing', () => {
    fc.assert(
      fc.property(grid, (any) => {
        expect(parseWeekGrid(formatWeekGrid(any))).toEqual(any)
      }),
    )
  })
})
