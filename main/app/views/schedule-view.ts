import type { AwaitedCondition, CallOutput, ScheduledJob } from '../../contract/index.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { conditionState } from '../../engine/model/schedule/conditions.ts'
import { timesAfter } from '../../engine/model/schedule/due.ts'
import type { AppContext } from '../app-context.ts'
import { type Job, jobsOf } from '../automation/jobs.ts'
import { type PlanSurroundings, surroundingsFor, surroundingsOf } from '../automation/obstacle.ts'
import { lastStartMs, lookedAt } from '../kept/due-times.ts'
import { isoTime } from '../wire/backup-view.ts'
import { whyNot } from './why-not.ts'

const UPCOMING = 3

/** Everything that is started by itself, with its next times, and why it does not run at this moment. */
export async function scheduleView(app: AppContext): Promise<CallOutput<'schedule.list'>> {
  const { engine } = app
  const isKept = await engine.duties.isTaken('automation')
  const now = engine.env.clock.now()
  const configuration = await engine.configuration.read()
  const jobs = jobsOf(app, configuration, await app.settings())
  const surroundings = await surroundingsFor(app, jobs, configuration)
  const facts = { isKept, surroundings, nowMs: now }
  return { isKept, jobs: jobs.map(jobView) }

  function jobView(job: Job): ScheduledJob {
    const state = lookedAt(engine, job)
    const { dueMs } = state
    const name = (job.plan ?? job.mirror)?.name
    const deaf = job.changes?.deaf
    const started = lastStartMs(engine, job.id)
    const nextMs = dueMs === undefined ? undefined : Math.max(dueMs, now)
    return {
      id: job.id,
      ...(name === undefined ? {} : { planName: name }),
      schedule: job.schedule,
      ...(started === undefined ? {} : { lastStartAt: isoTime(started) }),
      ...(nextMs === undefined ? {} : { nextRunAt: isoTime(nextMs) }),
      upcoming: nextMs === undefined ? [] : timesAfter(job.schedule, nextMs, UPCOMING).map(isoTime),
      why: whyNot(app, job, state, facts),
      ...(deaf ? { note: { key: `whyNot.deaf.${deaf}` } } : {}),
      conditions: job.plan ? awaitedBy(job.plan, surroundings) : [],
    }
  }
}

/** What a plan waits for, and whether it holds. */
export function awaitedBy(plan: Plan, surroundings: PlanSurroundings): AwaitedCondition[] {
  const around = surroundingsOf(plan, surroundings)
  return (plan.waitFor ?? []).map((condition) => ({ condition, state: conditionState(condition, around) }))
}
