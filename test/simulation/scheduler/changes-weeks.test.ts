import { expect, test } from 'vitest'
import { createFakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { type Changes, withChange } from '../../../main/engine/model/schedule/changes.ts'
import { type DueState, lookAtDue } from '../../../main/engine/model/schedule/due.ts'
import { parseSchedule, rhythmOf } from '../../../main/engine/model/schedule/schedule.ts'

/** Simulated weeks of one run: `WEEKS=50000` for a long one. */
const WEEKS = Number(process.env.WEEKS ?? 300)
const SEED = process.env.SEED ?? 'changes'
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/**
 * One week of a computer that sleeps, of files that change in bursts, and of a watcher that loses some of what it should hear. Gives what went wrong: a change
 * that was heard and not backed up in time, a start that nothing asked for, more than a day without any.
 */
function liveWeek(seed: string, week: number): string[] {
  const random = createFakeRandom(seed).fork(String(week))
  const schedule = parseSchedule(random.pick(['on-change', 'on-change:5m', 'on-change:30m', 'on-change:2h']))
  const rhythm = rhythmOf(schedule)
  if (rhythm.kind !== 'change') throw new Error(schedule)
  const hearing = random.pick([1, 0.5, 0])
  const stepMs = random.pick([10_000, MINUTE_MS])
  const faults: string[] = []
  let changes: Changes = {}
  let state: DueState | undefined
  let lastStartMs: number | undefined
  /** The first change that was heard and is not backed up yet, and the last. */
  let firstMs: number | undefined
  let lastMs = 0

  for (let nowMs = DAY_MS; nowMs < 8 * DAY_MS; nowMs += random.integer(12 * HOUR_MS)) {
    const sleepsMs = nowMs + random.integer(14 * HOUR_MS)
    let [burstMs, restMs] = [0, 0]
    for (; nowMs < sleepsMs; nowMs += stepMs) {
      if (nowMs > restMs) {
        burstMs = nowMs + random.integer(6 * HOUR_MS)
        restMs = burstMs + random.integer(HOUR_MS)
      }
      if (nowMs >= burstMs && random.chance(0.1) && random.chance(hearing)) {
        changes = withChange(changes, nowMs, lastStartMs)
        firstMs ??= nowMs
        lastMs = nowMs
      }
      const started = lastStartMs === undefined ? {} : { lastStartMs }
      state = lookAtDue(state, { schedule, nowMs, sinceMs: 0, changes, ...started })
      // A restart in between loses nothing.
      if (random.chance(0.01)) state = JSON.parse(JSON.stringify(state)) as DueState

      const isDue = state.dueMs !== undefined && state.dueMs <= nowMs
      const hasRested = firstMs !== undefined && nowMs - lastMs >= rhythm.quietMs
      const hasWaited = firstMs !== undefined && nowMs - firstMs >= rhythm.latestMs
      const isOld = lastStartMs === undefined || nowMs - lastStartMs >= DAY_MS
      if (isDue !== (hasRested || hasWaited || isOld))
        faults.push(`${isDue ? 'no reason to start' : 'not started'} at ${new Date(nowMs).toISOString()}`)
      if (!isDue) continue
      lastStartMs = nowMs
      firstMs = undefined
    }
  }
  return faults
}

test(`${WEEKS} weeks of changing files: backed up in time, and nothing without reason (SEED=${SEED})`, {
  timeout: 60_000 + WEEKS * 100,
}, () => {
  for (let week = 0; week < WEEKS; week++)
    expect(liveWeek(SEED, week), `SEED=${SEED}, week ${week}`).toEqual([])
})
