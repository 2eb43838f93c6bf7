import fc from 'fast-check'
import { expect, test } from 'vitest'
import en from '../../assets/locales/en.json' with { type: 'json' }
import { alarmSentence } from '../../main/app/guard/alarm-sentence.ts'
import { costOf, meteredMonths } from '../../main/app/health/cost.ts'
import {
  channelFinding,
  type DatabaseFacts,
  databaseFindings,
  isNews,
  type PlaceFacts,
  type PlanFacts,
  placeFindings,
  planFindings,
  verdictOf,
  worstFirst,
} from '../../main/app/health/findings.ts'
import { pricesOf } from '../../main/app/health/price-of.ts'
import { recoveryTime } from '../../main/app/health/recovery-time.ts'
import { quantile, ratesOf, savingsOf } from '../../main/app/health/statistics.ts'
import { createTexts } from '../../main/app/text.ts'
import type { RestoreMeasure } from '../../main/engine/engine.ts'
import { intervalMs, newestCredibleMs, staleAfterMs } from '../../main/engine/model/keeping/staleness.ts'
import { localDay, samplesToDrop } from '../../main/engine/model/keeping/thin-samples.ts'
import { parseSchedule } from '../../main/engine/model/schedule/schedule.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 10, 21, 12)

function plan(change: Partial<PlanFacts> = {}): PlanFacts {
  return {
    id: 'plan_1',
    name: 'Documents',
    staleAfterMs: 2 * DAY,
    lastRunFailed: false,
    unreadFiles: undefined,
    newestBackupId: 'b1',
    places: [copy('nas', NOW - HOUR), copy('s3', NOW - HOUR)],
    ...change,
  }
}

function copy(id: string, provenMs: number | undefined, sinceMs = NOW - 90 * DAY) {
  return { id, name: id, provenMs, sinceMs, drillFailed: false }
}

function place(change: Partial<PlaceFacts> = {}): PlaceFacts {
  return {
    id: 'nas',
    name: 'nas',
    hasRefused: false,
    damagedCopies: 0,
    storedBytes: undefined,
    budgetBytes: undefined,
    ...change,
  }
}

const shop: DatabaseFacts = {
  id: 'db_1',
  name: 'shop',
  sinceMs: NOW - 90 * DAY,
  hasEverArchived: true,
  failingSinceMs: undefined,
  damaged: [],
}

const ids = (facts: PlanFacts, nowMs = NOW) => planFindings(facts, nowMs).map(({ id }) => id)

test('a schedule tells from which age on a copy is too old', () => {
  const after = (schedule: string) => staleAfterMs({ schedule: parseSchedule(schedule) })
  expect(after('every:15m')).toBe(DAY)
  expect(after('every:24h')).toBe(2 * DAY)
  expect(after('every:7d')).toBe(14 * DAY)
  expect(after('manual')).toBeUndefined()
  expect(staleAfterMs({ schedule: parseSchedule('every:24h'), staleAfterHours: 5 })).toBe(5 * HOUR)
  // From Friday to Monday, and an hour more or less where the clocks change.
  const working = intervalMs(parseSchedule('weekly@mon-fri 18:00')) ?? 0
  expect(working).toBeGreaterThanOrEqual(3 * DAY - HOUR)
  expect(working).toBeLessThanOrEqual(3 * DAY + HOUR)
  const monthly = intervalMs(parseSchedule('monthly@last 03:00')) ?? 0
  expect(monthly).toBeGreaterThanOrEqual(31 * DAY - HOUR)
  expect(monthly).toBeLessThanOrEqual(31 * DAY + HOUR)
  // Many times a day on working days: the weekend is what counts.
  expect(intervalMs(parseSchedule('*/15 8-18 * * 1-5'))).toBeGreaterThan(2 * DAY)
  expect(intervalMs(parseSchedule('0 3 1 1 *'))).toBeGreaterThanOrEqual(365 * DAY)
})

test('a plan whose copies are current is healthy, whatever else is known of its runs', () => {
  expect(planFindings(plan(), NOW)).toEqual([])
  expect(verdictOf([])).toBe('healthy')
})

test('a plan that never ran is stale as soon as it could have run twice, and no news before', () => {
  const young = plan({ places: [copy('nas', undefined, NOW - HOUR)], newestBackupId: undefined })
  const [early] = planFindings(young, NOW)
  expect(early).toMatchObject({ id: 'never/plan_1', level: 'attention' })
  expect(isNews(early!)).toBe(false)
  const [late] = planFindings(young, NOW + 3 * DAY)
  expect(late).toMatchObject({ id: 'never/plan_1', level: 'failing' })
  expect(isNews(late!)).toBe(true)
  // What a person starts never grows stale, but a plan without any backup protects nothing.
  const manual = { ...young, staleAfterMs: undefined }
  expect(planFindings(manual, NOW + 900 * DAY)).toMatchObject([{ id: 'never/plan_1', level: 'attention' }])
})

test('one place that lags wants a look, all that lag are a failure; each says for how many days', () => {
  const lagging = plan({ places: [copy('nas', NOW - HOUR), copy('s3', NOW - 9 * DAY)] })
  const [one] = planFindings(lagging, NOW)
  expect(one).toMatchObject({
    id: 'place-stale/plan_1/s3',
    level: 'attention',
    sentence: { params: { count: 9 } },
  })
  const [all] = planFindings(plan({ places: [copy('nas', NOW - 4 * DAY), copy('s3', NOW - 9 * DAY)] }), NOW)
  expect(all).toMatchObject({ id: 'stale/plan_1', level: 'failing', sentence: { params: { count: 4 } } })
  expect(createTexts('en').sentence(all!.sentence)).toBe('No backup of Documents for 4 days.')
})

test('a copy only grows older: once too old it stays so until a newer one is proven', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4_000 }),
      fc.integer({ min: 0, max: 20_000 }),
      fc.integer({ min: 0, max: 20_000 }),
      (limitHours, ageHours, laterHours) => {
        const facts = plan({ staleAfterMs: limitHours * HOUR, places: [copy('nas', NOW - ageHours * HOUR)] })
        const isStale = ids(facts).length > 0
        expect(isStale).toBe(ageHours > limitHours)
        if (isStale) expect(ids(facts, NOW + laterHours * HOUR)).toEqual(['stale/plan_1'])
      },
    ),
  )
})

test('a clock that was set back makes nothing stale, and what a wrong clock made proves nothing', () => {
  expect(ids(plan(), NOW - 400 * DAY)).toEqual([])
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 100_000 }), (aheadHours) => {
      expect(NOW + aheadHours * HOUR).toBeGreaterThan(newestCredibleMs(NOW))
    }),
  )
})

test('a failed run, unread files, damage, a refused key, a budget, a dead channel and a log that is not archived each say what to do, in both languages', () => {
  const findings = worstFirst([
    ...planFindings(plan({ lastRunFailed: true, unreadFiles: 3 }), NOW),
    ...planFindings(plan({ places: [{ ...copy('nas', NOW), drillFailed: true }] }), NOW),
    ...planFindings(plan({ places: [copy('nas', NOW), copy('s3', NOW - 9 * DAY)] }), NOW),
    ...planFindings(plan({ places: [copy('nas', NOW - 9 * DAY)] }), NOW),
    ...planFindings(plan({ places: [copy('nas', undefined)] }), NOW),
    ...placeFindings(place({ damagedCopies: 2, hasRefused: true, storedBytes: 2e9, budgetBytes: 1e9 })),
    channelFinding({ id: 'alert_1', name: 'Team' }),
    ...databaseFindings({ ...shop, failingSinceMs: NOW - DAY }, NOW),
    ...databaseFindings({ ...shop, damaged: [{ placeId: 'nas', place: 'NAS', count: 2 }] }, NOW),
    ...databaseFindings({ ...shop, hasEverArchived: false }, NOW),
    ...planFindings(
      plan({ unusual: alarmSentence('Documents', { touched: 812, files: 900, withinMs: 200_000 }) }),
      NOW,
    ),
  ])
  expect(new Set(findings.map(({ kind }) => kind)).size).toBe(12)
  expect(findings.slice(0, 3).every(({ isDamage }) => isDamage)).toBe(true)
  expect(verdictOf(findings)).toBe('failing')
  for (const locale of ['en', 'fr'] as const) {
    const { sentence } = createTexts(locale)
    for (const finding of findings)
      for (const text of [sentence(finding.sentence), sentence(finding.todo)]) {
        expect(text, finding.id).not.toMatch(/^report|\{\{/)
        expect(text.length, finding.id).toBeGreaterThan(15)
      }
  }
  expect(Object.keys(en.reportTodo).length).toBe(14)
})

test('rates count what ended within the days; what was cancelled is neither good nor bad', () => {
  const run = (days: number, outcome: 'done' | 'incomplete' | 'failed' | 'cancelled') =>
    ({ atMs: NOW - days * DAY, kind: 'backup', outcome }) as const
  const runs = [run(1, 'done'), run(2, 'failed'), run(3, 'cancelled'), run(20, 'incomplete'), run(-3, 'done')]
  expect(ratesOf(runs, 7, NOW)).toMatchObject({ runs: 2, done: 1, failed: 1, successRate: 0.5 })
  expect(ratesOf(runs, 30, NOW)).toMatchObject({ runs: 3, incomplete: 1, successRate: 2 / 3 })
  expect(ratesOf([], 30, NOW).successRate).toBeNull()
})

test('a quantile is one of the values, and so much of them does not exceed it', () => {
  expect(quantile([], 0.5)).toBeNull()
  expect(quantile([5, 1, 3], 0.5)).toBe(3)
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (values, share) => {
        const found = quantile(values, share)!
        expect(values).toContain(found)
        expect(values.filter((value) => value <= found).length).toBeGreaterThanOrEqual(
          Math.floor(values.length * share),
        )
      },
    ),
  )
})

test('savings are told apart: what was known already, and what compression took', () => {
  const snapshot = { sourceBytes: 1_000, newBytes: 200, sizeBytes: 50, format: 'snapshot' } as const
  expect(savingsOf([snapshot])).toEqual({ dedupSaved: 0.8, compressionSaved: 0.75 })
  const archive = { sourceBytes: 1_000, newBytes: undefined, sizeBytes: 250, format: 'archive' } as const
  expect(savingsOf([archive])).toEqual({ dedupSaved: 0, compressionSaved: 0.75 })
  // One of which nobody counted what was new tells nothing.
  expect(savingsOf([{ ...snapshot, newBytes: undefined }])).toEqual({
    dedupSaved: null,
    compressionSaved: null,
  })
  expect(savingsOf([{ ...snapshot, newBytes: 1_000, sizeBytes: 1_100 }]).compressionSaved).toBe(0)
})

test('how long a restore takes is measured or unknown, never invented', () => {
  const measure = (change: Partial<RestoreMeasure> = {}): RestoreMeasure => ({
    kind: 'drill',
    planId: 'plan_1',
    destinationId: 'nas',
    atMs: NOW - DAY,
    bytes: 100e6,
    durationMs: 10_000,
    ...change,
  })
  const estimate = (measures: RestoreMeasure[], bytes: number | undefined = 1e9) =>
    recoveryTime('plan_1', 'nas', bytes, measures)
  expect(estimate([])).toEqual({ state: 'unknown', reason: 'never-tried' })
  expect(estimate([measure({ destinationId: 's3' })])).toEqual({ state: 'unknown', reason: 'never-tried' })
  expect(recoveryTime('plan_1', 'nas', undefined, [measure()])).toEqual({
    state: 'unknown',
    reason: 'no-backup',
  })
  // Ten thousand bytes say how long the place takes to answer.
  expect(estimate([measure({ bytes: 10_000 })])).toEqual({ state: 'unknown', reason: 'too-little' })
  expect(estimate([measure()])).toMatchObject({ state: 'known', durationMs: 100_000, basis: 'drill' })
  const restored = measure({ kind: 'restore', bytes: 200e6, durationMs: 4_000 })
  expect(estimate([measure(), restored])).toMatchObject({ durationMs: 20_000, basis: 'restore' })
  expect(estimate([measure({ planId: 'other' })])).toMatchObject({ state: 'known', basis: 'drill' })
})

test('costs follow what lies there and what was asked, by prices with a day and a source', () => {
  const prices = {
    currency: 'USD',
    storageGbMonth: 0.03,
    putPer1000: 0.005,
    getPer1000: 0,
    listPer1000: 0,
    egressGb: 0.1,
    asOf: '2026-01-01',
    source: 'https://prices.example/',
    isOwn: false,
  }
  const none = { read: 0, write: 0, list: 0, readBytes: 0 }
  // 100 GB for the whole of November: 3 dollars at its end, half of it at half time.
  const half = Date.UTC(2026, 10, 16)
  const samples = [{ day: '2026-10-30', atMs: Date.UTC(2026, 9, 30), bytes: 100e9 }]
  const cost = costOf({ prices, samples, thisMonth: none, lastMonth: none, nowMs: half })
  expect(cost).toMatchObject({ state: 'estimated', priceDate: '2026-01-01', currency: 'USD' })
  if (cost.state !== 'estimated') throw new Error('no estimate')
  expect(cost.monthToDate).toBeCloseTo(1.5, 6)
  expect(cost.forecast).toBeCloseTo(3, 6)
  // Requests go on as they did; egress counts by the gigabyte.
  const used = { ...none, write: 100_000, readBytes: 10e9 }
  const busy = costOf({ prices, samples: [], thisMonth: used, lastMonth: none, nowMs: half })
  if (busy.state !== 'estimated') throw new Error('no estimate')
  expect(busy.monthToDate).toBeCloseTo(1.5, 6)
  expect(busy.forecast).toBeCloseTo(3, 6)
  // The first upload of a place that is an hour old is no rhythm.
  const young = costOf({
    prices,
    samples: [],
    thisMonth: used,
    lastMonth: none,
    nowMs: Date.UTC(2026, 10, 1, 1),
  })
  if (young.state !== 'estimated') throw new Error('no estimate')
  expect(young.forecast).toBeLessThan(1.5 * 11)
  expect(meteredMonths(Date.UTC(2027, 0, 1))).toEqual(['2027-01', '2026-12'])
})

test('a place costs nothing, what the table says, what its owner says, or nobody knows', () => {
  const at = (change: object) => pricesOf({ id: 'p', name: 'p', type: 's3', bucket: 'b', ...change })
  expect(at({ type: 'local' })).toBe('free')
  expect(at({ region: 'eu-west-3' })).toMatchObject({ storageGbMonth: 0.024, isOwn: false })
  expect(at({ region: 'us-east-1', storageClass: 'STANDARD_IA' })).toMatchObject({ storageGbMonth: 0.0125 })
  expect(at({ storageClass: 'DEEP_ARCHIVE' })).toBe('unknown')
  expect(at({ endpoint: 'https://minio.example' })).toBe('unknown')
  expect(at({ endpoint: 'https://s3.eu-west-3.amazonaws.com' })).toMatchObject({ currency: 'USD' })
  for (const type of ['r2', 'b2', 'gcs', 'azure'])
    expect(at({ type })).toMatchObject({ asOf: expect.stringMatching(/^20/) })
  const own = {
    asOf: '2026-11-01',
    currency: 'EUR',
    storageGbMonth: 1,
    putPer1000: 0,
    getPer1000: 0,
    listPer1000: 0,
    egressGb: 0,
  }
  expect(at({ type: 'local', prices: own })).toMatchObject({ ...own, isOwn: true })
})

test('samples are thinned to one a week after three months and none after two years; every day ends in the same as once', () => {
  const sample = (day: number) => {
    const atMs = Date.UTC(2020, 0, 1, 12) + day * DAY
    return { day: localDay(atMs), atMs, bytes: day }
  }
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 1_500 }), { maxLength: 300 }), (days) => {
      const taken = days.toSorted((a, b) => a - b).map(sample)
      const endMs = Date.UTC(2020, 0, 1, 12) + 1_500 * DAY
      const once = new Set(samplesToDrop(taken, endMs))
      let kept: typeof taken = []
      for (const one of taken) {
        kept = [...kept, one]
        const drop = new Set(samplesToDrop(kept, one.atMs))
        kept = kept.filter(({ day }) => !drop.has(day))
      }
      const last = new Set(samplesToDrop(kept, endMs))
      expect(kept.filter(({ day }) => !last.has(day))).toEqual(taken.filter(({ day }) => !once.has(day)))
    }),
    { numRuns: 60 },
  )
  const daily = Array.from({ length: 1_000 }, (_, day) => sample(day))
  const drop = new Set(samplesToDrop(daily, daily.at(-1)!.atMs))
  const left = daily.filter(({ day }) => !drop.has(day))
  expect(left.length).toBeGreaterThan(92 + 88)
  expect(left.length).toBeLessThan(92 + 95)
})

test('a log that is refused for a quarter of an hour fails; one that was never handed over wants a look after a day', () => {
  const minute = 60_000
  const database = (change: Partial<DatabaseFacts>) => databaseFindings({ ...shop, ...change }, NOW)
  expect(database({})).toEqual([])
  expect(database({ failingSinceMs: NOW - 15 * minute })).toEqual([])
  expect(database({ failingSinceMs: NOW - 16 * minute })).toMatchObject([
    { id: 'log-not-archived/db_1', kind: 'log-not-archived', level: 'failing', isDamage: false },
  ])
  // A clock that was set back does not make it older.
  expect(database({ failingSinceMs: NOW + DAY })).toEqual([])
  expect(database({ hasEverArchived: false, sinceMs: NOW - DAY })).toEqual([])
  const [never] = database({ hasEverArchived: false, sinceMs: NOW - DAY - 1 })
  expect(never).toMatchObject({ id: 'log-not-archived/db_1', level: 'attention' })
  // Refused from the start: that is the news, not that nothing came yet.
  const [refused] = database({
    hasEverArchived: false,
    sinceMs: NOW - 2 * DAY,
    failingSinceMs: NOW - 2 * DAY,
  })
  expect(refused).toMatchObject({ level: 'failing', sentence: { key: 'report.logNotArchived' } })
})

test('damage in a log says where and how much, whatever else is wrong with it', () => {
  const damaged = [{ placeId: 'nas', place: 'NAS', count: 2 }]
  const [found, ...others] = databaseFindings({ ...shop, damaged }, NOW)
  expect(found).toMatchObject({ id: 'log-damage/db_1/nas', kind: 'damage', level: 'failing', isDamage: true })
  expect(others).toEqual([])
  const both = databaseFindings({ ...shop, damaged, failingSinceMs: NOW - DAY }, NOW)
  expect(both.map(({ kind }) => kind)).toEqual(['damage', 'log-not-archived'])
})
