import type { PlanHealth } from '../../contract/index.ts'
import type { HistoryEntry } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import { localDay } from '../../engine/model/keeping/thin-samples.ts'
import { lastDays } from '../wire/last-days.ts'

const DAY_MS = 86_400_000

/** How a plan's backups ended within some days. What a person cancelled is neither good nor bad, so it does not count. */
export function ratesOf(runs: readonly HistoryEntry[], days: number, nowMs: number): PlanHealth['week'] {
  const recent = runs.filter(({ atMs }) => atMs >= nowMs - days * DAY_MS && atMs <= nowMs)
  const count = (outcome: HistoryEntry['outcome']) => recent.filter((run) => run.outcome === outcome).length
  const [done, incomplete, failed] = [count('done'), count('incomplete'), count('failed')]
  const ended = done + incomplete + failed
  return {
    days,
    runs: ended,
    done,
    incomplete,
    failed,
    successRate: ended === 0 ? null : (done + incomplete) / ended,
  }
}

/** The smallest value that so much of all values (0 to 1) does not exceed; null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}

/** How the backups of each of the last 30 days ended. */
export function daysOf(runs: readonly HistoryEntry[], nowMs: number): PlanHealth['days'] {
  const days = lastDays(nowMs, 30).map((date) => ({ date, done: 0, incomplete: 0, failed: 0 }))
  const byDate = new Map(days.map((day) => [day.date, day]))
  for (const { atMs, outcome } of runs) {
    const day = byDate.get(localDay(atMs))
    if (day && outcome !== 'cancelled') day[outcome]++
  }
  return days
}

/** What knowing the data already and compressing the rest saved, each as a part of what it had to work on; null where nothing tells. */
export function savingsOf(
  backups: readonly Pick<BackupRow, 'sourceBytes' | 'newBytes' | 'sizeBytes' | 'format'>[],
): Pick<PlanHealth, 'dedupSaved' | 'compressionSaved'> {
  let [source, fresh, stored] = [0, 0, 0]
  for (const { sourceBytes, newBytes, sizeBytes, format } of backups) {
    // An archive holds everything anew.
    const counted = format === 'archive' ? sourceBytes : newBytes
    if (counted === undefined) continue
    source += sourceBytes
    fresh += counted
    stored += sizeBytes
  }
  return { dedupSaved: savedPart(source, fresh), compressionSaved: savedPart(fresh, stored) }
}

/** Small data may grow by what surrounds it: then nothing was saved. */
function savedPart(before: number, after: number): number | null {
  return before === 0 ? null : Math.max(0, 1 - after / before)
}
