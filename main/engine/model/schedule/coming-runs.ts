import { quietUntilMs } from './conditions.ts'
import { timesAfter } from './due.ts'
import type { Schedule } from './schedule.ts'

/** A run that is to come. Times are milliseconds since 1970. */
export interface ComingRun {
  readonly dueMs: number
  /** Later than it is due where quiet hours put it off. */
  readonly startMs: number
}

/** The runs from a due time on, so many at most, as far as clocks tell them. What falls due while one is put off is the same run. */
export function comingRuns(
  schedule: Schedule,
  quietHours: string | undefined,
  firstDueMs: number,
  count: number,
): ComingRun[] {
  const runs: ComingRun[] = []
  let dueMs: number | undefined = firstDueMs
  while (dueMs !== undefined && runs.length < count) {
    const startMs: number = (quietHours === undefined ? undefined : quietUntilMs(quietHours, dueMs)) ?? dueMs
    runs.push({ dueMs, startMs })
    ;[dueMs] = timesAfter(schedule, startMs, 1)
  }
  return runs
}
