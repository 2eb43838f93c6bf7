import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decideRetention,
  formatKeep,
  type KeepPolicy,
  parseKeep,
  type RetentionBackup,
} from '../../../main/engine/model/keeping/retention.ts'
import { keptIds, policy, zone } from './any-policy.ts'

const DAY_MS = 86_400_000
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
        const wide = new Set(keptIds(all, grown(keep, more), timeZone, NOW_MS))
        expect(keptIds(all, keep, timeZone, NOW_MS).filter((id) => !wide.has(id))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('deciding again over what was kept changes nothing, and neither does the order of the list', () => {
    fc.assert(
      fc.property(backups, policy, zone, (all, keep, timeZone) => {
        const ids = keptIds(all, keep, timeZone, NOW_MS)
        const left = all.filter(({ id }) => ids.includes(id))
        expect(keptIds(left, keep, timeZone, NOW_MS)).toEqual(ids)
        expect(keptIds(all.toReversed(), keep, timeZone, NOW_MS).toReversed()).toEqual(ids)
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
        const ids = new Set(keptIds(all, keep, timeZone, NOW_MS))
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
