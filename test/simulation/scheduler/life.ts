import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { type DueState, lookAtDue } from '../../../main/engine/model/schedule/due.ts'
import type { Schedule } from '../../../main/engine/model/schedule/schedule.ts'
import { MARGIN_DAYS } from './calendar.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** Clocks are never more wrong than that. */
const FARTHEST_MS = (MARGIN_DAYS - 5) * DAY_MS
/** A host that stays looks this often. */
export const TICK_MS = 20_000

/** A stretch in which the computer was awake and its clock ran on. Times are those of its clock. */
export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
  /** What its clock is ahead of the truth. */
  readonly aheadMs: number
  /** How it began: the clock was moved by so much; 0: it woke. */
  readonly movedMs: number
  /** When work was started. */
  readonly starts: readonly number[]
}

/** Lives through a year: stretches in true order. `moments`: those the schedule names, at which somebody surely looks. */
export function liveYear(
  random: FakeRandom,
  schedule: Schedule,
  year: number,
  moments: readonly number[],
): Stretch[] {
  const beginMs = Date.UTC(year, 0, 1) + random.integer(DAY_MS)
  const endMs = Date.UTC(year + 1, 0, 1) - 3 * DAY_MS
  const sinceMs = beginMs
  const sleeps = random.chance(0.8)
  const isMoved = random.chance(0.4)
  let state: DueState | undefined
  let lastStartMs: number | undefined
  let lastLookMs = 0
  let aheadMs = 0
  let movedMs = 0
  const stretches: Stretch[] = []

  /** Somebody looks; what is due starts at once. */
  function look(nowMs: number, starts: number[]): void {
    lastLookMs = nowMs
    const facts = {
      schedule,
      nowMs,
      sinceMs,
      ...(lastStartMs === undefined ? {} : { lastStartMs }),
    }
    state = lookAtDue(state, facts)
    if (state.dueMs === undefined || state.dueMs > nowMs) return
    lastStartMs = nowMs
    starts.push(nowMs)
    state = lookAtDue(state, { ...facts, lastStartMs })
    // A restart in between loses nothing that matters.
    if (random.chance(0.05)) state = JSON.parse(JSON.stringify(state)) as DueState
  }

  for (let trueMs = beginMs; trueMs < endMs; ) {
    const awakeMs = sleeps ? random.integer(random.chance(0.1) ? 20 * DAY_MS : 18 * HOUR_MS) : 60 * DAY_MS
    const fromMs = trueMs + aheadMs
    const toMs = fromMs + Math.min(awakeMs, endMs - trueMs) + 1
    const starts: number[] = []
    look(fromMs, starts)
    let next = firstAfter(moments, fromMs)
    for (let nowMs = fromMs; ; ) {
      const named = moments[next] ?? Number.POSITIVE_INFINITY
      const told = state?.dueMs !== undefined && state.dueMs > nowMs ? state.dueMs : Number.POSITIVE_INFINITY
      const wanted = Math.min(named, told)
      nowMs = wanted + random.integer(TICK_MS)
      if (nowMs >= toMs) break
      while ((moments[next] ?? Number.POSITIVE_INFINITY) <= nowMs) next++
      look(nowMs, starts)
    }
    // Somebody looks all the time, also shortly before it falls asleep.
    look(Math.max(lastLookMs, toMs - 1 - random.integer(TICK_MS)), starts)
    stretches.push({ fromMs, toMs, aheadMs, movedMs, starts })
    trueMs += toMs - fromMs
    movedMs = 0
    if (isMoved && random.chance(0.1)) {
      movedMs = anyMove(random)
      // A wrong clock is put right some day.
      if (aheadMs !== 0 && random.chance(0.6)) movedMs = -aheadMs
      if (Math.abs(aheadMs + movedMs) > FARTHEST_MS) movedMs = -aheadMs
      aheadMs += movedMs
    } else if (sleeps) trueMs += random.integer(random.chance(0.05) ? 30 * DAY_MS : 14 * HOUR_MS)
  }
  return stretches
}

/** Minutes, hours, days or a month, forward or back. */
function anyMove(random: FakeRandom): number {
  const largest = [10 * MINUTE_MS, 3 * HOUR_MS, 3 * DAY_MS, 31 * DAY_MS][random.integer(4)]!
  return random.integer(2 * largest) - largest
}

/** The position of the first moment behind a time. */
export function firstAfter(moments: readonly number[], ms: number): number {
  let [low, high] = [0, moments.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (moments[middle]! <= ms) low = middle + 1
    else high = middle
  }
  return low
}
