import type { RecoveryTime } from '../../contract/index.ts'
import type { RestoreMeasure } from '../../engine/engine.ts'
import { isoTime } from '../wire/backup-view.ts'

/** The newest so many restores or drills count. */
const MOST_MEASURES = 5
/** What is less than this, and less than a tenth of all, says how long a place takes to answer rather than how fast it gives. */
const ENOUGH_BYTES = 16 * 1024 * 1024
const ENOUGH_SHARE = 0.1

/**
 * How long it takes to get a plan's newest backup from a place, by what was really brought back from there: restores go before drills, this plan's before
 * those of others. Nothing measured, nothing said.
 */
export function recoveryTime(
  planId: string,
  placeId: string,
  sourceBytes: number | undefined,
  measures: readonly RestoreMeasure[],
): RecoveryTime {
  if (sourceBytes === undefined) return { state: 'unknown', reason: 'no-backup' }
  const here = measures.filter(({ destinationId }) => destinationId === placeId)
  if (here.length === 0) return { state: 'unknown', reason: 'never-tried' }
  const own = here.filter((measure) => measure.planId === planId)
  const enough = Math.min(ENOUGH_BYTES, sourceBytes * ENOUGH_SHARE)
  for (const group of [own, here])
    for (const kind of ['restore', 'drill'] as const) {
      const newest = group.filter((measure) => measure.kind === kind).slice(0, MOST_MEASURES)
      const bytes = sum(newest.map((measure) => measure.bytes))
      const durationMs = sum(newest.map((measure) => measure.durationMs))
      const [latest] = newest
      if (!latest || durationMs <= 0 || bytes < enough) continue
      const bytesPerSecond = (bytes / durationMs) * 1_000
      return {
        state: 'known',
        durationMs: Math.round((sourceBytes / bytesPerSecond) * 1_000),
        bytes: sourceBytes,
        bytesPerSecond,
        basis: kind,
        measuredAt: isoTime(latest.atMs),
        measuredBytes: bytes,
      }
    }
  return { state: 'unknown', reason: 'too-little' }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
