import type { Rhythm } from './schedule.ts'

/** What was heard of the files of a plan. Times are milliseconds since 1970. */
export interface Changes {
  /** The first change since it last started, and the latest. */
  readonly firstMs?: number
  readonly lastMs?: number
  /** Nobody can hear of changes, and why: the system watches no more folders, or refuses. */
  readonly deaf?: Deafness
}

export type Deafness = 'limit' | 'refused'

const HOUR_MS = 3_600_000
/** Whoever listens may miss a change, so it runs this often whatever was heard. */
const LONGEST_MS = 24 * HOUR_MS
/** And this often where nobody can listen. */
const DEAF_MS = HOUR_MS

/** The changes with one more. `settledMs`: what came before it is backed up. */
export function withChange(before: Changes, atMs: number, settledMs: number | undefined): Changes {
  const { firstMs } = before
  const isFirst = firstMs === undefined || (settledMs !== undefined && firstMs <= settledMs) || firstMs > atMs
  return { ...before, firstMs: isFirst ? atMs : firstMs, lastMs: atMs }
}

/** Whether something changed that is not backed up yet. */
export function areChangesOpen(changes: Changes | undefined, settledMs: number | undefined): boolean {
  return changes?.lastMs !== undefined && (settledMs === undefined || changes.lastMs > settledMs)
}

/** When changes are to be backed up. `keptMs`: when it was due when somebody last looked. */
export function dueByChanges(
  { quietMs, latestMs }: Extract<Rhythm, { kind: 'change' }>,
  changes: Changes | undefined,
  settledMs: number | undefined,
  keptMs: number | undefined,
  nowMs: number,
): number {
  // What never ran is due.
  if (settledMs === undefined) return Math.min(keptMs ?? nowMs, nowMs)
  const anywayMs = settledMs + (changes?.deaf ? DEAF_MS : LONGEST_MS)
  const { firstMs = 0, lastMs = 0 } = changes ?? {}
  if (!areChangesOpen(changes, settledMs)) return anywayMs
  // A change that lies ahead was noted by a clock that was wrong.
  const restedMs = Math.min(lastMs, nowMs) + quietMs
  const waitedMs = Math.min(Math.max(firstMs, settledMs), nowMs) + latestMs
  return Math.min(restedMs, waitedMs, anywayMs)
}
