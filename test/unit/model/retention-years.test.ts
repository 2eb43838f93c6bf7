import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFakeRandom, type FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import {
  decideRetention,
  formatKeep,
  type KeepPolicy,
  parseKeep,
  type RetentionBackup,
} from '../../../main/engine/model/retention.ts'

/** Simulated years of one run: `YEARS=50000` for a long one. */
const YEARS = Number(process.env.YEARS ?? 5000)
const SEED = process.env.SEED ?? 'years'
const TIMEOUT_MS = 60_000 + YEARS * 10

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Zones with their own ideas: half hours, half-hour summer time, changes at midnight, a day left out, the edges of the world, no changes. */
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Asia/Beirut',
  'America/Santiago',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'America/Havana',
  'UTC',
] as const

const zone = fc.constantFrom(...ZONES)
const count = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined })
const policy: fc.Arbitrary<KeepPolicy> = fc
  .record({
    last: count,
    hourly: count,
    daily: count,
    weekly: count,
    monthly: count,
    yearly: count,
    within: fc.option(
      fc.record({ amount: fc.integer({ min: 1, max: 60 }), unit: fc.constantFrom('d', 'w', 'm', 'y') }),
      { nil: undefined },
    ),
  })
  .map((rules) => Object.fromEntries(Object.entries(rules).filter(([, rule]) => rule !== undefined)))
  .filter((rules) => Object.keys(rules).length > 0)

const NOW_MS = Date.UTC(2026, 10, 21, 12)
/** Ages that crowd around the same hours and days as well as years apart; some in the future. */
const createdMs = fc.oneof(
  fc.integer({ min: -3 * DAY_MS, max: 3 * DAY_MS }),
  fc.integer({ min: -90 * DAY_MS, max: 0 }),
  fc.integer({ min: -8 * 366 * DAY_MS, max: 0 }),
)
const backups: fc.Arbitrary<RetentionBackup[]> = fc
  .array(
    fc.record({
      createdMs: createdMs.map((ms) => NOW_MS + ms),
      pinned: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
      planId: fc.constantFrom('a', 'a', 'b', undefined),
      complete: fc.integer({ min: 0, max: 3 }).map((chance) => chance > 0),
    }),
    { maxLength: 60 },
  )
  .map((list) => list.map((facts, index) => ({ id: `backup-${index}`, ...facts })))

const keptIds = (all: readonly RetentionBackup[], keep: KeepPolicy, timeZone: string, nowMs = NOW_MS) =>
  decideRetention(all, keep, { nowMs, timeZone })
    .decisions.filter((decision) => decision.keep)
    .map(({ id }) => id)

/** The same policy, or one that wants more. */
function grown(keep: KeepPolicy, more: KeepPolicy): KeepPolicy {
  const sum = (a: number | undefined, b: number | undefined) => (a ?? 0) + (b ?? 0) || undefined
  const within = keep.within
    ? { ...keep.within, amount: keep.within.amount + (more.within?.amount ?? 0) }
    : more.within
  const rules = {
    last: sum(keep.last, more.last),
    hourly: sum(keep.hourly, more.hourly),
    daily: sum(keep.daily, more.daily),
    weekly: sum(keep.weekly, more.weekly),
    monthly: sum(keep.monthly, more.monthly),
    yearly: sum(keep.yearly, more.yearly),
    within,
  }
  return Object.fromEntries(Object.entries(rules).filter(([, rule]) => rule !== undefined))
}

describe('for any backups and any policy', () => {
  test('text and policy are two forms of one thing', () => {
    fc.assert(
      fc.property(policy, (keep) => {
        expect(parseKeep(formatKeep(keep))).toEqual(keep)
      }),
    )
  })

  test('a policy that wants more keeps no less', () => {
    fc.assert(
      fc.property(backups, policy, policy, zone, (all, keep, more, timeZone) => {
        const wide = new Set(keptIds(all, grown(keep, more), timeZone))
        expect(keptIds(all, keep, timeZone).filter((id) => !wide.has(id))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('deciding again over what was kept changes nothing, and neither does the order of the list', () => {
    fc.assert(
      fc.property(backups, policy, zone, (all, keep, timeZone) => {
        const ids = keptIds(all, keep, timeZone)
        const left = all.filter(({ id }) => ids.includes(id))
        expect(keptIds(left, keep, timeZone)).toEqual(ids)
        expect(keptIds(all.toReversed(), keep, timeZone).toReversed()).toEqual(ids)
      }),
      { numRuns: 500 },
    )
  })

  test('last:N keeps min(N, all) of each series, and beside them only what is pinned or the newest complete one', () => {
    fc.assert(
      fc.property(backups, fc.integer({ min: 1, max: 20 }), zone, (all, last, timeZone) => {
        const { decisions } = decideRetention(all, { last }, { nowMs: NOW_MS, timeZone })
        const planOf = new Map(all.map(({ id, planId }) => [id, planId]))
        for (const [planId, series] of Map.groupBy(all, (each) => each.planId)) {
          const ours = decisions.filter(({ id }) => planOf.get(id) === planId)
          const byLast = ours.filter(({ reasons }) => reasons.some(({ rule }) => rule === 'last'))
          expect(byLast).toHaveLength(Math.min(last, series.length))
        }
        const rules = new Set(decisions.flatMap(({ reasons }) => reasons.map(({ rule }) => rule)))
        expect([...rules].filter((rule) => !['last', 'pinned', 'newest-complete'].includes(rule))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('pinned ones and the newest complete one of each series always stay', () => {
    fc.assert(
      fc.property(backups, policy, zone, (all, keep, timeZone) => {
        const ids = new Set(keptIds(all, keep, timeZone))
        expect(all.filter(({ id, pinned }) => pinned && !ids.has(id))).toEqual([])
        for (const series of Map.groupBy(all, (each) => each.planId).values()) {
          const complete = series.filter((each) => each.complete)
          if (complete.length > 0) expect(complete.some(({ id }) => ids.has(id))).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('daily:N is what a calendar on the wall says: one of each of the newest N days, complete if that day has one', () => {
    fc.assert(
      fc.property(backups, fc.integer({ min: 1, max: 12 }), zone, (all, daily, timeZone) => {
        const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
        const series = all.map((each) => ({ ...each, planId: 'one' }))
        const { decisions } = decideRetention(series, { daily }, { nowMs: NOW_MS, timeZone })
        const byDay = Map.groupBy(series, (each) => format.format(Math.min(each.createdMs, NOW_MS)))
        const days = [...byDay.keys()].sort().reverse().slice(0, daily)
        const byRule = decisions.flatMap(({ id, reasons }) =>
          reasons.flatMap(({ rule, bucket }) => (rule === 'daily' ? [{ id, day: bucket }] : [])),
        )
        expect(byRule.map(({ day }) => day).sort()).toEqual(days.toReversed())
        for (const { id, day } of byRule) {
          const that = byDay.get(day ?? '') ?? []
          const chosen = that.find((each) => each.id === id)
          expect(chosen?.complete).toBe(that.some((each) => each.complete))
        }
      }),
      { numRuns: 300 },
    )
  })
})

/** One computer over some years: when it makes backups, and when it clears out. */
interface Life {
  readonly timeZone: string
  readonly keep: KeepPolicy
  readonly backups: readonly RetentionBackup[]
  /** Times of clearing out, ascending. */
  readonly clearings: readonly number[]
}

function live(random: FakeRandom, years: number, keep: KeepPolicy): Life {
  const startMs = Date.UTC(1995 + random.integer(60), random.integer(12), 1 + random.integer(28))
  const endMs = startMs + years * 365.25 * DAY_MS
  const all: RetentionBackup[] = []
  const clearings: number[] = []
  let nextClearing = startMs
  for (let nowMs = startMs; nowMs < endMs; ) {
    // About once a day with some more often and holidays between; several within the hours in which clocks change.
    nowMs += random.chance(0.05)
      ? random.integer(30 * DAY_MS)
      : random.chance(0.1)
        ? random.integer(2 * HOUR_MS)
        : DAY_MS
    all.push({
      id: `backup-${all.length}`,
      createdMs: nowMs,
      pinned: random.chance(0.002),
      planId: 'plan',
      complete: !random.chance(0.1),
    })
    if (nowMs >= nextClearing) {
      clearings.push(nowMs)
      nextClearing = nowMs + random.integer(40) * DAY_MS
    }
  }
  return { timeZone: random.pick(ZONES), keep, backups: all, clearings }
}

/** What is left at the end if it clears out every time. `seen` looks at each outcome. */
function livedThrough(
  { timeZone, keep, backups: all, clearings }: Life,
  seen: (left: readonly RetentionBackup[]) => void,
) {
  let left: RetentionBackup[] = []
  let next = 0
  for (const nowMs of clearings) {
    for (; next < all.length && all[next]!.createdMs <= nowMs; next++) left.push(all[next]!)
    const ids = new Set(keptIds(left, keep, timeZone, nowMs))
    left = left.filter(({ id }) => ids.has(id))
    seen(left)
  }
  return left.map(({ id }) => id)
}

describe(`over ${YEARS} simulated years`, () => {
  const random = createFakeRandom(SEED)
  // Long spans keep thousands, and then the time goes into sorting them.
  const short = policy.filter(({ within }) => within === undefined || within.unit === 'd')
  const policies = fc.sample(short, { numRuns: 200, seed: 7 })

  test(
    'clearing out all the time leaves what clearing out once does, never more than the rules add up to',
    () => {
      let left = YEARS
      for (let life = 0; left > 0; life++) {
        const years = Math.min(left, 1 + random.integer(12))
        left -= years
        const keep = policies[life % policies.length]!
        const history = live(random.fork(`life ${life}`), years, keep)
        const lastClearing = history.clearings.at(-1)!
        const { last = 0, hourly = 0, daily = 0, weekly = 0, monthly = 0, yearly = 0 } = keep
        const most = last + hourly + daily + weekly + monthly + yearly + 1
        const allTheTime = livedThrough(history, (now) => {
          const free = now.filter(({ pinned }) => !pinned)
          if (!keep.within && free.length > most)
            expect.unreachable(`${SEED}, life ${life}: ${free.length} kept by ${formatKeep(keep)}`)
        })
        const once = keptIds(
          history.backups.filter(({ createdMs: ms }) => ms <= lastClearing),
          keep,
          history.timeZone,
          lastClearing,
        )
        expect(allTheTime, `${SEED}, life ${life}: ${formatKeep(keep)} in ${history.timeZone}`).toEqual(once)
      }
    },
    TIMEOUT_MS,
  )

  test(
    'a clock that goes back loses neither the newest complete backup nor a pinned one',
    () => {
      const years = Math.max(1, Math.floor(YEARS / 20))
      for (let life = 0; life < years; life++) {
        const keep = policies[life % policies.length]!
        const history = live(random.fork(`back ${life}`), 1, keep)
        let left: RetentionBackup[] = []
        let errorMs = 0
        for (const made of history.backups) {
          if (random.chance(0.05)) errorMs = random.integer(400 * DAY_MS) - 200 * DAY_MS
          const nowMs = made.createdMs + errorMs
          left.push({ ...made, createdMs: nowMs })
          const ids = new Set(keptIds(left, keep, history.timeZone, nowMs))
          const gone = left.filter(({ id }) => !ids.has(id))
          const newest = left.filter(({ complete }) => complete)
          expect(gone.filter(({ pinned }) => pinned)).toEqual([])
          if (newest.length > 0) expect(newest.some(({ id }) => ids.has(id))).toBe(true)
          left = left.filter(({ id }) => ids.has(id))
        }
      }
    },
    TIMEOUT_MS,
  )
})
