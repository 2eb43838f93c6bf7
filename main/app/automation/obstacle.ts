import type { Sentence } from '../../contract/index.ts'
import { conditionState, quietUntilMs, type Surroundings } from '../../engine/model/conditions.ts'
import type { Plan } from '../../engine/model/plan.ts'
import type { AppContext } from '../app-context.ts'
import { isoTime } from '../views/backup-view.ts'

/** What keeps a plan that is due from being started; undefined: nothing. What nobody can tell keeps nothing from running. */
export function obstacleOf(plan: Plan, surroundings: Surroundings, nowMs: number): Sentence | undefined {
  const quietMs = plan.quietHours === undefined ? undefined : quietUntilMs(plan.quietHours, nowMs)
  if (quietMs !== undefined) return { key: 'whyNot.quiet', params: { until: isoTime(quietMs) } }
  const unmet = plan.waitFor?.find((condition) => conditionState(condition, surroundings) === 'unmet')
  return unmet && { key: `whyNot.wait.${unmet}` }
}

/** What is known of power and network; finding out takes programs, so it is asked only where a plan wants to know. */
export async function surroundingsFor(
  app: AppContext,
  jobs: readonly { readonly plan?: Plan }[],
): Promise<Surroundings> {
  return jobs.some(({ plan }) => plan?.waitFor?.length) ? app.lookAround() : {}
}
