import type { Plan } from '../../contract/index.ts'
import type { Configuration, Engine } from '../../engine/engine.ts'
import type { Plan as PlanRow } from '../../engine/model/plan.ts'
import { lastStartMs, lookedAt, sinceMs, type Timed } from '../due-times.ts'
import { isoTime } from './backup-view.ts'

/** What decides when a plan is due. */
export function timedPlan(engine: Engine, { id, schedule }: PlanRow): Timed {
  const lastStart = lastStartMs(engine, id)
  return {
    id,
    schedule,
    sinceMs: sinceMs(engine, id),
    ...(lastStart === undefined ? {} : { lastStartMs: lastStart }),
  }
}

/** When a plan is next due; in the past means now. */
export function planDueMs(engine: Engine, plan: PlanRow): number | undefined {
  return lookedAt(engine, timedPlan(engine, plan)).dueMs
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
      waitFor: [...(plan.waitFor ?? [])],
      lastBackupAt: last && isoTime(last.createdMs),
      lastBackupId: last?.id,
      nextRunAt: due === undefined ? undefined : isoTime(Math.max(due, engine.env.clock.now())),
    }
  })
}
