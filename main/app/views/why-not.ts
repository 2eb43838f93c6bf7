import type { Sentence } from '../../contract/index.ts'
import type { Engine } from '../../engine/engine.ts'
import { areChangesOpen } from '../../engine/model/schedule/changes.ts'
import type { DueState } from '../../engine/model/schedule/due.ts'
import { rhythmOf } from '../../engine/model/schedule/schedule.ts'
import type { AppContext } from '../app-context.ts'
import { type Obstructed, obstacleTo, type PlanSurroundings } from '../automation/obstacle.ts'
import type { Timed } from '../kept/due-times.ts'
import { mirrorEnd } from '../kept/mirror-end.ts'
import { pausedUntil } from '../kept/paused.ts'
import { isoTime } from '../wire/backup-view.ts'

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
  job: Timed & Obstructed,
  state: DueState,
  { isKept, surroundings, nowMs }: WhyFacts,
): Sentence {
  const { engine } = app
  const { plan, schedule } = job
  const { dueMs } = state
  const isRunning = app.runs
    .list()
    .some(
      (run) => run.state === 'running' && (plan ? run.planId === plan.id : run.aboutIds?.includes(job.id)),
    )
  if (isRunning) return { key: 'whyNot.running' }
  if (rhythmOf(schedule).kind === 'manual') return { key: 'whyNot.manual' }
  if (!isKept) return { key: 'whyNot.nobody' }
  const paused = pausedUntil(engine)
  if (paused === 'forever') return { key: 'whyNot.pausedForever' }
  if (paused !== undefined) return { key: 'whyNot.paused', params: { until: isoTime(paused) } }
  if (dueMs === undefined) return { key: 'whyNot.notConnected' }
  if (dueMs > nowMs) return { key: notYet(job, state), params: { at: isoTime(dueMs) } }
  const obstacle = obstacleTo(job, surroundings, dueMs, nowMs)
  if (obstacle) return obstacle
  const last = plan ? engine.history.lastOutcome(plan.id) : outcomeOf(engine, job.id)
  return { key: last === 'failed' ? 'whyNot.failed' : 'whyNot.soon' }
}

/** Of a mirror. What waits for a person's word did not fail. */
function outcomeOf(engine: Engine, id: string): string | undefined {
  const end = mirrorEnd(engine, id)
  return end?.held ? undefined : end?.outcome
}

function notYet({ schedule, changes }: Timed, { settledMs }: DueState): string {
  if (rhythmOf(schedule).kind !== 'change') return 'whyNot.notYet'
  return areChangesOpen(changes, settledMs) ? 'whyNot.resting' : 'whyNot.noChange'
}
