import { timesAfter } from '../schedule/due.ts'
import { nextTimeMs, rhythmOf, type Schedule } from '../schedule/schedule.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Two runs may be missed in a row before somebody is told. */
const INTERVALS = 2
/** A day in which a computer was off is no news. */
const LEAST_MS = DAY_MS
/** Clocks of places and computers differ by so much without anybody noticing. */
const AHEAD_MS = HOUR_MS

/** From here on a calendar is walked through; any week would do, and the same one always gives the same answer. */
const WALK_FROM_MS = Date.UTC(2026, 0, 1)
/** Two months have every weekday and the longest gap of a month; a calendar of years shows itself in a few times. */
const WALK_MS = 62 * DAY_MS
const FEWEST_TIMES = 4
const MOST_TIMES = 3_000

/** The longest time between two runs of a schedule; undefined for what a person starts. */
export function intervalMs(schedule: Schedule): number | undefined {
  const rhythm = rhythmOf(schedule)
  if (rhythm.kind === 'every') return rhythm.periodMs
  if (rhythm.kind !== 'calendar') return undefined
  const known = gaps.get(rhythm.pattern)
  if (known !== undefined) return known
  const gap = longestGapMs(schedule, rhythm.pattern)
  gaps.set(rhythm.pattern, gap)
  return gap
}

/** A person has a handful of schedules. */
const gaps = new Map<string, number>()

function longestGapMs(schedule: Schedule, pattern: string): number {
  let last = nextTimeMs(pattern, WALK_FROM_MS)
  let longest = 0
  for (let count = 0; count < MOST_TIMES; count++) {
    if (count >= FEWEST_TIMES && last - WALK_FROM_MS > WALK_MS) break
    const next = timesAfter(schedule, last, 1)[0] ?? last
    longest = Math.max(longest, next - last)
    last = next
  }
  return longest
}

/** From which age on a plan's newest proven copy is too old, in milliseconds; undefined where only a person knows. */
export function staleAfterMs(plan: {
  readonly schedule: Schedule
  readonly staleAfterHours?: number | undefined
}): number | undefined {
  if (plan.staleAfterHours !== undefined) return plan.staleAfterHours * HOUR_MS
  const interval = intervalMs(plan.schedule)
  return interval === undefined ? undefined : Math.max(LEAST_MS, interval * INTERVALS)
}

/**
 * Up to which time the making of a backup counts as proof of anything. What was made later than now was made by a clock that was wrong: it says nothing about
 * how old the data is, so it never makes a plan look fresh.
 */
export function newestCredibleMs(nowMs: number): number {
  return nowMs + AHEAD_MS
}
