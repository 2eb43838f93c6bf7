import type { Plan } from '../../contract/index.ts'
import type { Configuration, Engine } from '../../engine/engine.ts'
import type { Plan as PlanRow } from '../../engine/model/plan.ts'
import { nextDueMs } from '../../engine/model/schedule.ts'
import { isoTime } from './backup-view.ts'

/** The fact that keeps when a plan last started. */
export const lastStartFact = (planId: string): string => `last-start/${planId}`

/** When a plan last started, milliseconds since 1970. */
export function lastStartMs(engine: Engine, planId: string): number | undefined {
  const fact = engine.facts.get(lastStartFact(planId))
  return fact === undefined ? undefined : Number(fact)
}

/** The fact that keeps from when a plan's calendar times count. */
export const sinceFact = (planId: string): string => `since/${planId}`

/** When a plan is next due; in the past means now. */
export function planDueMs(engine: Engine, plan: PlanRow): number | undefined {
  const since = Number(engine.facts.get(sinceFact(plan.id)) ?? engine.env.clock.now())
  return nextDueMs(plan.schedule, lastStartMs(engine, plan.id), since)
}

/** Every plan with its last and next run. */
export function planViews(engine: Engine, { plans }: Configuration): Plan[] {
  return plans.map((plan) => {
    const [last] = engine.backups.list({ planId: plan.id, limit: 1, offset: 0 }).backups
    const due = planDueMs(engine, plan)
    return {
      ...plan,
      sources: [...plan.sources],
      placeIds: [...plan.destinationIds],
      exclude: [...plan.exclude],
      excludePresets: [...plan.excludePresets],
      lastBackupAt: last && isoTime(last.createdMs),
      lastBackupId: last?.id,
      nextRunAt: due === undefined ? undefined : isoTime(Math.max(due, engine.env.clock.now())),
    }
  })
}
