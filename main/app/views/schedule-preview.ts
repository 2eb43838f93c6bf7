import type { CallOutput, CallParsed } from '../../contract/index.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { type ComingRun, comingRuns } from '../../engine/model/schedule/coming-runs.ts'
import { parseQuietHours } from '../../engine/model/schedule/conditions.ts'
import { parseSchedule, rhythmOf } from '../../engine/model/schedule/schedule.ts'
import type { AppContext } from '../app-context.ts'
import { surroundingsFor } from '../automation/obstacle.ts'
import { lookedAt, timed } from '../kept/due-times.ts'
import { isoTime } from '../wire/backup-view.ts'
import { awaitedBy } from './schedule-view.ts'
import { whyNot } from './why-not.ts'

/** So many runs are told. */
const RUNS = 5
/** Nothing was ever noted under this id. */
const NEW = 'new'

/** What a schedule would mean for a plan or a mirror if it were kept now. Throws `invalid-input` for what is none, `unknown-plan`. */
export async function schedulePreview(
  app: AppContext,
  { planId, mirrorId, schedule: text, waitFor = [], quietHours, placeIds }: CallParsed<'schedule.preview'>,
): Promise<CallOutput<'schedule.preview'>> {
  const { engine } = app
  const schedule = parseSchedule(text)
  const hours = quietHours === undefined ? {} : { quietHours: parseQuietHours(quietHours) }
  const before = planId === undefined ? undefined : await engine.plans.find(planId)
  const plan: Plan = {
    id: before?.id ?? NEW,
    name: before?.name ?? '',
    sources: before?.sources ?? [],
    format: before?.format ?? 'snapshot',
    exclude: [],
    excludePresets: [],
    destinationIds: placeIds,
    schedule,
    waitFor,
    ...hours,
  }
  const configuration = await engine.configuration.read()
  const mirror = mirrorId === undefined ? undefined : await engine.mirrors.find(mirrorId)
  const id = mirror?.id ?? plan.id
  const job = { ...timed(engine, id, schedule), ...(mirror ? { mirror: { ...mirror, schedule } } : { plan }) }
  const surroundings = await surroundingsFor(app, [job], configuration)
  const state = lookedAt(engine, job)
  const nowMs = engine.env.clock.now()
  const facts = { isKept: await engine.duties.isTaken('automation'), surroundings, nowMs }
  const firstMs = state.dueMs === undefined ? undefined : Math.max(state.dueMs, nowMs)
  return {
    kind: rhythmOf(schedule).kind,
    runs: firstMs === undefined ? [] : comingRuns(schedule, plan.quietHours, firstMs, RUNS).map(runView),
    timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    why: whyNot(app, job, state, facts),
    conditions: awaitedBy(plan, surroundings),
  }
}

function runView({ dueMs, startMs }: ComingRun): CallOutput<'schedule.preview'>['runs'][number] {
  return { dueAt: isoTime(dueMs), ...(startMs > dueMs ? { startsAt: isoTime(startMs) } : {}) }
}
