import type { CallOutput, ScheduledJob, Sentence } from '../../contract/index.ts'
import { areChangesOpen } from '../../engine/model/changes.ts'
import { conditionState } from '../../engine/model/conditions.ts'
import { type DueState, timesAfter } from '../../engine/model/due.ts'
import { rhythmOf } from '../../engine/model/schedule.ts'
import type { AppContext } from '../app-context.ts'
import { type Job, jobsOf } from '../automation/jobs.ts'
import { obstacleOf, surroundingsFor, surroundingsOf } from '../automation/obstacle.ts'
import { lastStartMs, lookedAt } from '../due-times.ts'
import { isoTime } from './backup-view.ts'
import { pausedUntil } from './status-view.ts'

const UPCOMING = 3

/** Everything that is started by itself, with its next times, and why it does not run at this moment. */
export async function scheduleView(app: AppContext): Promise<CallOutput<'schedule.list'>> {
  const { engine } = app
  const isKept = await engine.isAutomated()
  const now = engine.env.clock.now()
  const configuration = await engine.configuration.read()
  const jobs = jobsOf(app, configuration, await app.settings())
  const surroundings = await surroundingsFor(app, jobs, configuration.destinations)
  return { isKept, jobs: jobs.map(jobView) }

  function jobView(job: Job): ScheduledJob {
    const state = lookedAt(engine, job)
    const { dueMs } = state
    const deaf = job.changes?.deaf
    const started = lastStartMs(engine, job.id)
    const nextMs = dueMs === undefined ? undefined : Math.max(dueMs, now)
    return {
      id: job.id,
      ...(job.plan ? { planName: job.plan.name } : {}),
      schedule: job.schedule,
      ...(started === undefined ? {} : { lastStartAt: isoTime(started) }),
      ...(nextMs === undefined ? {} : { nextRunAt: isoTime(nextMs) }),
      upcoming: nextMs === undefined ? [] : timesAfter(job.schedule, nextMs, UPCOMING).map(isoTime),
      why: whyNot(job, state),
      ...(deaf ? { note: { key: `whyNot.deaf.${deaf}` } } : {}),
      conditions: (job.plan?.waitFor ?? []).map((condition) => ({
        condition,
        state: conditionState(condition, surroundingsOf(job.plan!, surroundings)),
      })),
    }
  }

  function whyNot(job: Job, state: DueState): Sentence {
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
    if (dueMs > now) return { key: notYet(job, state), params: { at: isoTime(dueMs) } }
    const obstacle = plan && obstacleOf(plan, surroundings, dueMs, now)
    if (obstacle) return obstacle
    const hasFailed = plan && engine.history.lastOutcome(plan.id) === 'failed'
    return { key: hasFailed ? 'whyNot.failed' : 'whyNot.soon' }
  }
}

function notYet({ schedule, changes }: Job, { settledMs }: DueState): string {
  if (rhythmOf(schedule).kind !== 'change') return 'whyNot.notYet'
  return areChangesOpen(changes, settledMs) ? 'whyNot.resting' : 'whyNot.noChange'
}
