import type { Sentence } from '../../contract/index.ts'
import { conditionState, quietUntilMs, type Surroundings } from '../../engine/model/conditions.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { isoTime } from '../views/backup-view.ts'

/** What keeps a plan that is due from being started; undefined: nothing. What nobody can tell keeps nothing from running. */
export function obstacleOf(plan: Plan, surroundings: Surroundings, nowMs: number): Sentence | undefined {
  const quietMs = plan.quietHours === undefined ? undefined : quietUntilMs(plan.quietHours, nowMs)
  if (quietMs !== undefined) return { key: 'whyNot.quiet', params: { until: isoTime(quietMs) } }
  const unmet = plan.waitFor?.find((condition) => conditionState(condition, surroundings) === 'unmet')
  return unmet && { key: `whyNot.wait.${unmet}` }
}
