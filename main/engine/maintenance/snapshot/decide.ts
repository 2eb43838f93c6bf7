import {
  decideRetention,
  forgetForBudget,
  type KeepReason,
  parseKeep,
  type RetentionBackup,
  type RetentionTime,
  type RetentionWarning,
} from '../../model/keeping/retention.ts'
import type { Plan } from '../../model/plan.ts'

/** A snapshot as retention looks at it. */
export interface DatedSnapshot extends RetentionBackup {
  /** The snapshot's id in the repository; `id` is its backup id. */
  readonly snapId: string
}

/** What decides in one destination. */
export interface RetentionRules {
  readonly destinationId: string
  readonly plans: readonly Pick<Plan, 'id' | 'name' | 'keep' | 'keepAt'>[]
  /** Tried instead of the plans' own rules. */
  readonly keep?: string
  readonly planId?: string
  readonly budgetBytes?: number
  /** Plans whose snapshots all stay for now, by id. */
  readonly held?: ReadonlySet<string>
}

/** What becomes of one snapshot in one destination, and why. */
export interface SnapshotDecision {
  readonly snapshot: DatedSnapshot
  readonly keep: boolean
  /** Why it stays; `budget` where that is why it goes. */
  readonly reasons: readonly string[]
}

/** What the rules do to the snapshots of one plan in one destination. */
export interface PlanDecision {
  readonly planId: string | undefined
  readonly planName: string | undefined
  /** The rule in its text form; absent: everything stays. */
  readonly keep: string | undefined
  readonly decisions: readonly SnapshotDecision[]
  /** So much would go that a person should say yes first. */
  readonly warnings: readonly RetentionWarning[]
}

/** Sizes for a budget: what the snapshots take together, and what forgetting some of them frees. */
export interface BudgetSizes {
  readonly usedBytes: number
  freeableBytes(snapIds: readonly string[]): number
}

/**
 * Decides plan by plan by the destination's own rule or the plan's, then lets the budget take the oldest of what is left. Snapshots of plans that this
 * computer does not have stay: other devices decide about theirs.
 */
export function decideSnapshots(
  snapshots: readonly DatedSnapshot[],
  rules: RetentionRules,
  time: RetentionTime,
  sizes?: BudgetSizes,
): readonly PlanDecision[] {
  const byPlan = Map.groupBy(snapshots, ({ planId }) => planId)
  const plans = [...byPlan].map(([planId, some]) => decidePlan(planId, some, rules, time))
  const { budgetBytes } = rules
  return budgetBytes === undefined || !sizes ? plans : withBudget(plans, rules, budgetBytes, sizes)
}

function decidePlan(
  planId: string | undefined,
  snapshots: readonly DatedSnapshot[],
  rules: RetentionRules,
  time: RetentionTime,
): PlanDecision {
  const plan = rules.plans.find(({ id }) => id === planId)
  if (isHeld(planId, rules)) {
    const decisions = snapshots.map((snapshot) => ({ snapshot, keep: true, reasons: ['held'] }))
    return { planId, planName: plan?.name, keep: ruleOf(plan, rules), warnings: [], decisions }
  }
  const keep =
    (rules.planId === undefined || rules.planId === planId ? rules.keep : undefined) ?? ruleOf(plan, rules)
  const { decisions, needsConfirmation } = decideRetention(
    snapshots,
    keep === undefined ? {} : parseKeep(keep),
    time,
  )
  return {
    planId,
    planName: plan?.name,
    keep,
    warnings: needsConfirmation,
    decisions: decisions.map((decision, at) => ({
      snapshot: snapshots[at]!,
      keep: decision.keep,
      reasons: decision.reasons.map(textOf),
    })),
  }
}

function isHeld(planId: string | undefined, { held }: RetentionRules): boolean {
  return planId !== undefined && held?.has(planId) === true
}

function ruleOf(
  plan: RetentionRules['plans'][number] | undefined,
  { destinationId }: RetentionRules,
): string | undefined {
  return plan?.keepAt?.[destinationId] ?? plan?.keep
}

function withBudget(
  plans: readonly PlanDecision[],
  rules: RetentionRules,
  budgetBytes: number,
  { usedBytes, freeableBytes }: BudgetSizes,
): readonly PlanDecision[] {
  const isOurs = (planId: string | undefined) =>
    rules.plans.some(({ id }) => id === planId) && !isHeld(planId, rules)
  const gone = plans.flatMap(({ decisions }) => decisions.filter(({ keep }) => !keep))
  const goneIds = gone.map(({ snapshot }) => snapshot.snapId)
  const freedBytes = freeableBytes(goneIds)
  const left = plans.flatMap(({ planId, decisions }) =>
    isOurs(planId) ? decisions.filter(({ keep }) => keep) : [],
  )
  const snapIdOf = new Map(left.map(({ snapshot }) => [snapshot.id, snapshot.snapId]))
  const outcome = forgetForBudget(
    left.map(({ snapshot }) => snapshot),
    usedBytes - freedBytes - budgetBytes,
    (ids) => freeableBytes([...goneIds, ...ids.map((id) => snapIdOf.get(id)!)]) - freedBytes,
  )
  const forget = new Set(outcome.forget)
  return plans.map((plan) => ({
    ...plan,
    decisions: plan.decisions.map((decision) =>
      forget.has(decision.snapshot.id) ? { ...decision, keep: false, reasons: ['budget'] } : decision,
    ),
    warnings: [...plan.warnings, ...outcome.needsConfirmation.filter(({ planId }) => planId === plan.planId)],
  }))
}

function textOf({ rule, bucket }: KeepReason): string {
  return bucket === undefined ? rule : `${rule} ${bucket}`
}
