import type { Sentence } from '../../contract/index.ts'
import { areChangesOpen } from '../../engine/model/changes.ts'
import type { DueState } from '../../engine/model/due.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { rhythmOf } from '../../engine/model/schedule.ts'
import type { AppContext } from '../app-context.ts'
import { obstacleOf, type PlanSurroundings } from '../automation/obstacle.ts'
import type { Timed } from '../due-times.ts'
import { isoTime } from './backup-view.ts'
import { pausedUntil } from './paused.ts'

/** What is known when somebody asks. */
export interface WhyFacts {
  /** Some process is there to start what is due. */
  readonly isKept: boolean
  readonly surroundings: PlanSurroundings
  readonly nowMs: number
}

/** Why something with a schedule does not run at this moment. */
export function whyNot(
  app: AppContext,
  job: Timed & { readonly plan?: Plan },
  state: DueState,
  { isKept, surroundings, nowMs }: WhyFacts,
): Sentence {
  const { engine } = app
  const { plan, schedule } = job
  const { dueMs } = state
  const isRunning = plan && app.runs.list().some((run) => run.state === 'running' && run.planId === plan.id)
  if (isRunning) return { key: 'whyNot.running' }
  if (rhythmOf(schedule).kind === 'manual') return { key: 'whyNot.manual' }
  if (!isKept) return { key: 'whyNot.nobody' }
  const paused = pausedUntil(engine)
  if (paused === 'forever') return { key: 'whyNot.pausedForever' }
  if (paused !== undefined) return { key: 'whyNot.paused', params: { until: isoTime(paused) } }
  if (dueMs === undefined) return { key: 'whyNot.notConnected' }
  if (dueMs > nowMs) return { key: notYet(job, state), params: { at: isoTime(dueMs) } }
  const obstacle = plan && obstacleOf(plan, surroundings, dueMs, nowMs)
  if (obstacle) return obstacle
  const hasFailed = plan && engine.history.lastOutcome(plan.id) === 'failed'
  return { key: hasFailed ? 'whyNot.failed' : 'whyNot.soon' }
}

function notYet({ schedule, changes }: Timed, { settledMs }: DueState): string {
  if (rhythmOf(schedule).kind !== 'change') return 'whyNot.notYet'
  return areChangesOpen(changes, settledMs) ? 'whyNot.resting' : 'whyNot.noChange'
}
