import type { CallParsed, PlanCondition, SchedulePreview } from '../../main/contract/index.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { comingRuns } from '../../main/engine/model/schedule/coming-runs.ts'
import { parseQuietHours } from '../../main/engine/model/schedule/conditions.ts'
import { lookAtDue } from '../../main/engine/model/schedule/due.ts'
import { parseSchedule, rhythmOf } from '../../main/engine/model/schedule/schedule.ts'
import type { Answered } from './window-double-world.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

/** What the double's computer knows of itself: it is plugged in, cannot tell what its network costs, and reaches none of its places. */
const STATES: Readonly<Record<PlanCondition, SchedulePreview['conditions'][number]['state']>> = {
  mains: 'met',
  unmetered: 'unknown',
  online: 'met',
  reachable: 'unmet',
}

/** What the double says of a schedule that is tried: the engine's own rules, on a plan that never ran. */
export function scheduleAnswers() {
  return {
    'schedule.preview': ({
      schedule: text,
      waitFor = [],
      quietHours,
    }: CallParsed<'schedule.preview'>): Answered => {
      try {
        const schedule = parseSchedule(text)
        if (quietHours !== undefined) parseQuietHours(quietHours)
        const nowMs = Date.now()
        const { dueMs } = lookAtDue(undefined, { schedule, nowMs, sinceMs: nowMs })
        const runs = dueMs === undefined ? [] : comingRuns(schedule, quietHours, dueMs, 5)
        const output: SchedulePreview = {
          kind: rhythmOf(schedule).kind,
          runs: runs.map((run) => ({
            dueAt: iso(run.dueMs),
            ...(run.startMs > run.dueMs ? { startsAt: iso(run.startMs) } : {}),
          })),
          timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          why: waitFor.includes('reachable')
            ? { key: 'whyNot.wait.reachable' }
            : { key: 'whyNot.notYet', params: { at: iso(dueMs ?? nowMs) } },
          conditions: waitFor.map((condition) => ({ condition, state: STATES[condition] })),
        }
        return { output }
      } catch (error) {
        if (!(error instanceof EverstowError)) throw error
        return { error: { code: error.code, data: { field: String(error.data.field) }, retry: 'never' } }
      }
    },
  }
}
