import type { Plan } from '../../contract/index.ts'
import type { Configuration, Engine } from '../../engine/engine.ts'
import type { Plan as PlanRow } from '../../engine/model/plan.ts'
import { lookedAt, timed } from '../kept/due-times.ts'
import { isoTime } from '../wire/backup-view.ts'

/** When a plan is next due; in the past means now. */
export function planDueMs(engine: Engine, { id, schedule }: PlanRow): number | undefined {
  return lookedAt(engine, timed(engine, id, schedule)).dueMs
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
      copies: last && copiesOf(engine, last.id),
      nextRunAt: due === undefined ? undefined : isoTime(Math.max(due, engine.env.clock.now())),
    }
  })
}

function copiesOf(engine: Engine, backupId: string): NonNullable<Plan['copies']> {
  const copies = engine.backups.copies(backupId)
  return { current: copies.filter(({ state }) => state === 'synced').length, total: copies.length }
}
