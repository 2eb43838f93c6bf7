import { type Changes, dueByChanges } from './changes.ts'
import { type Connection, dueByConnection } from './connection.ts'
import { nextTimeMs, rhythmOf, type Schedule } from './schedule.ts'

/** When something is due next, kept over restarts. Times are milliseconds since 1970. */
export interface DueState {
  /** What it was worked out for; another schedule begins anew. */
  readonly schedule: string
  /** In the past: now. Undefined for what a person starts. */
  readonly dueMs?: number
  /** Up to here everything is settled, as far as the clock was right. */
  readonly settledMs?: number
  /** The last start that was taken into account. */
  readonly startMs?: number
  /** By so much in all the clock was set back since that start. */
  readonly setBackMs?: number
  /** When this was last looked at: a clock that shows less was set back. */
  readonly seenMs: number
}

/** What is known when somebody looks. */
export interface DueFacts {
  readonly schedule: Schedule
  readonly nowMs: number
  /** When it last started, by whomever. */
  readonly lastStartMs?: number
  /** From when calendar times count where it never ran. */
  readonly sinceMs: number
  /** What was heard of its files, where its schedule wants to know. */
  readonly changes?: Changes
  /** Whether its drives are there, where its schedule wants to know. */
  readonly connection?: Connection
}

/** Clocks are corrected by seconds all the time. */
const SLACK_MS = 60_000

/**
 * When it is due, seen from now. However many times passed while the computer slept, they are one run: a start at or after a due time settles it and all
 * before it. A clock that was set back neither brings a time again that was settled nor puts the next one off for as long as it was wrong.
 */
export function lookAtDue(before: DueState | undefined, facts: DueFacts): DueState {
  const { schedule, nowMs, lastStartMs, sinceMs } = facts
  const rhythm = rhythmOf(schedule)
  const known = before?.schedule === schedule ? before : undefined
  // One that lies ahead was noted by a clock that was wrong; one that was taken into account says nothing new, whatever the clock shows meanwhile.
  const isNew = lastStartMs !== undefined && lastStartMs !== known?.startMs
  const startMs = isNew && lastStartMs <= nowMs + SLACK_MS ? lastStartMs : undefined
  const seen = { schedule, seenMs: nowMs }

  if (rhythm.kind === 'every') {
    const dueMs = startMs === undefined ? (known?.dueMs ?? nowMs) : startMs + rhythm.periodMs
    const taken = startMs ?? known?.startMs
    return { ...withStart(taken), ...seen, dueMs: Math.min(dueMs, nowMs + rhythm.periodMs) }
  }
  if (rhythm.kind === 'manual') return seen
  if (rhythm.kind !== 'calendar') {
    // A clock that was set back finds that what was settled was settled by now.
    const keptMs = known?.settledMs === undefined ? undefined : Math.min(known.settledMs, nowMs)
    const settledMs = startMs ?? keptMs
    const dueMs =
      rhythm.kind === 'change'
        ? dueByChanges(rhythm, facts.changes, settledMs, known?.dueMs, nowMs)
        : dueByConnection(facts.connection, settledMs, nowMs)
    return {
      ...withStart(startMs ?? known?.startMs),
      ...seen,
      ...(settledMs === undefined ? {} : { settledMs }),
      ...(dueMs === undefined ? {} : { dueMs }),
    }
  }

  const after = (ms: number) => nextTimeMs(rhythm.pattern, ms)
  if (known?.dueMs === undefined) {
    // A schedule that was changed counts from now on; one that nobody kept (a lost catalogue) from the last start.
    return { ...withStart(startMs), ...seen, dueMs: after(before ? nowMs : (startMs ?? sinceMs)) }
  }
  if (nowMs < known.seenMs - SLACK_MS)
    return { ...withStart(known.startMs), ...setBack(known, nowMs, after), ...seen }
  if (startMs !== undefined && startMs >= known.dueMs)
    return { ...seen, startMs, settledMs: startMs, dueMs: after(startMs) }
  return { ...known, ...seen }
}

function withStart(startMs: number | undefined): Pick<DueState, 'startMs'> {
  return startMs === undefined ? {} : { startMs }
}

/** A clock that was set back by little finds settled what was; set back by much, it was another day's time that was settled. */
function setBack(
  known: DueState,
  nowMs: number,
  after: (ms: number) => number,
): Pick<DueState, 'dueMs' | 'settledMs' | 'setBackMs'> {
  const { settledMs, dueMs, seenMs } = known
  const setBackMs = (known.setBackMs ?? 0) + seenMs - nowMs
  const kept = settledMs === undefined ? {} : { settledMs, setBackMs }
  // What is due already stays so.
  if (dueMs !== undefined && dueMs <= nowMs) return { dueMs, ...kept }
  const next = after(nowMs)
  if (settledMs === undefined || settledMs < next) return { dueMs: next, ...kept }
  const following = after(next)
  return setBackMs < (following - next) / 2 ? { dueMs: following, ...kept } : { dueMs: next }
}

/** The times after a due time, so many; none for what a person starts. */
export function timesAfter(schedule: Schedule, dueMs: number, count: number): number[] {
  const rhythm = rhythmOf(schedule)
  const times: number[] = []
  for (let last = dueMs; times.length < count; times.push(last)) {
    if (rhythm.kind === 'every') last += rhythm.periodMs
    else if (rhythm.kind === 'calendar') last = nextTimeMs(rhythm.pattern, last)
    // Nobody knows when files change or drives come.
    else break
  }
  return times
}

/** Settles what is due without a start: it came while the run before was still at it. */
export function settleDue(state: DueState, nowMs: number): DueState {
  const rhythm = rhythmOf(state.schedule as Schedule)
  if (rhythm.kind === 'every') return { ...state, dueMs: nowMs + rhythm.periodMs, settledMs: nowMs }
  // What waits for changes or a drive is not due before the next of them.
  if (rhythm.kind === 'change' || rhythm.kind === 'connect') return { ...state, settledMs: nowMs }
  if (rhythm.kind === 'manual') return state
  return { ...state, dueMs: nextTimeMs(rhythm.pattern, nowMs), settledMs: nowMs }
}
