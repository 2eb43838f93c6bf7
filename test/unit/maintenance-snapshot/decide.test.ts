import { describe, expect, test } from 'vitest'
import { type DatedSnapshot, decideSnapshots } from '../../../main/engine/maintenance/snapshot/decide.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 10, 21, 12)
const time = { nowMs: NOW_MS, timeZone: 'UTC' }

const snapshot = (name: string, daysAgo: number, facts: Partial<DatedSnapshot> = {}): DatedSnapshot => ({
  id: `snapshot_${name}`,
  snapId: name.repeat(4),
  createdMs: NOW_MS - daysAgo * DAY_MS,
  pinned: false,
  planId: 'plan_1',
  deviceId: 'd',
  complete: true,
  ...facts,
})

const plan = { id: 'plan_1', name: 'Documents', keep: 'last:1' }
const some = [snapshot('a', 3), snapshot('b', 2), snapshot('c', 1)]
const gone = (plans: ReturnType<typeof decideSnapshots>) =>
  plans.flatMap(({ decisions }) => decisions.filter(({ keep }) => !keep).map((each) => each.snapshot.id))

describe('rules', () => {
  test('a plan’s own, a destination’s instead of it, and one that is tried instead of both', () => {
    expect(gone(decideSnapshots(some, { destinationId: 'here', plans: [plan] }, time))).toEqual([
      'snapshot_a',
      'snapshot_b',
    ])
    const atHere = { ...plan, keepAt: { here: 'last:2' } }
    expect(gone(decideSnapshots(some, { destinationId: 'here', plans: [atHere] }, time))).toEqual([
      'snapshot_a',
    ])
    expect(gone(decideSnapshots(some, { destinationId: 'there', plans: [atHere] }, time))).toHaveLength(2)
    const tried = decideSnapshots(some, { destinationId: 'here', plans: [plan], keep: 'within:1y' }, time)
    expect(gone(tried)).toEqual([])
    expect(tried[0]).toMatchObject({ planName: 'Documents', keep: 'within:1y' })
  })

  test('snapshots of plans that this computer does not have stay, and so do pinned ones and the newest complete one', () => {
    const others = [snapshot('x', 9, { planId: 'plan_other' }), snapshot('y', 8, { planId: undefined })]
    const pinned = snapshot('p', 7, { pinned: true })
    const broken = snapshot('z', 0, { complete: false })
    const plans = decideSnapshots(
      [...some, ...others, pinned, broken],
      { destinationId: 'here', plans: [plan] },
      time,
    )
    expect(gone(plans)).toEqual(['snapshot_a', 'snapshot_b'])
    const reasons = new Map(
      plans.flatMap(({ decisions }) => decisions.map((each) => [each.snapshot.id, each.reasons])),
    )
    expect(reasons.get('snapshot_c')).toEqual(['newest-complete'])
    expect(reasons.get('snapshot_p')).toContain('pinned')
    expect(reasons.get('snapshot_x')).toEqual(['no-rules', 'newest-complete'])
  })
})

describe('budgets', () => {
  const sizes = { usedBytes: 350, freeableBytes: (ids: readonly string[]) => ids.length * 100 }
  const rules = { destinationId: 'here', plans: [{ ...plan, keep: 'last:9' }] }

  test('the oldest go until it fits, and say why', () => {
    const plans = decideSnapshots(some, { ...rules, budgetBytes: 200 }, time, sizes)
    expect(gone(plans)).toEqual(['snapshot_a', 'snapshot_b'])
    expect(plans[0]!.decisions[0]).toMatchObject({ keep: false, reasons: ['budget'] })
    expect(gone(decideSnapshots(some, { ...rules, budgetBytes: 400 }, time, sizes))).toEqual([])
  })

  test('what the rules free counts first; the newest complete one and other computers’ plans never go', () => {
    const strict = { ...rules, plans: [{ ...plan, keep: 'last:2' }] }
    expect(gone(decideSnapshots(some, { ...strict, budgetBytes: 250 }, time, sizes))).toEqual(['snapshot_a'])
    const withOthers = [...some, snapshot('x', 9, { planId: 'plan_other' })]
    expect(gone(decideSnapshots(withOthers, { ...rules, budgetBytes: 1 }, time, sizes))).toEqual([
      'snapshot_a',
      'snapshot_b',
    ])
  })
})
