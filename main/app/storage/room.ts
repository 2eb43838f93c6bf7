import type { StoragePlace } from '../../contract/index.ts'
import type { StorageSample } from '../../engine/model/keeping/thin-samples.ts'
import { isoTime } from '../wire/backup-view.ts'

const DAY_MS = 86_400_000
/** The pace of today is that of the last three months. */
const PACE_MS = 92 * DAY_MS
/** Less shows how a week went, not how a place fills. */
const LEAST_SAMPLES = 4
const LEAST_SPAN_MS = 7 * DAY_MS
/** Nobody plans for what is farther away. */
const FARTHEST_MS = 5 * 365 * DAY_MS

/**
 * Bytes a day by which a place grows: the middle one of the slopes between all pairs of samples, so that one clean-up or one large backup does not decide
 * it (the Theil–Sen estimator). Undefined where too little was measured.
 */
export function paceOf(samples: readonly StorageSample[], nowMs: number): number | undefined {
  const recent = samples.filter(({ atMs }) => atMs >= nowMs - PACE_MS && atMs <= nowMs)
  const [first, last] = [recent[0], recent.at(-1)]
  if (!first || !last || recent.length < LEAST_SAMPLES || last.atMs - first.atMs < LEAST_SPAN_MS)
    return undefined
  const slopes: number[] = []
  for (const [at, one] of recent.entries())
    for (const other of recent.slice(at + 1))
      if (other.atMs > one.atMs) slopes.push((other.bytes - one.bytes) / ((other.atMs - one.atMs) / DAY_MS))
  slopes.sort((a, b) => a - b)
  const middle = slopes.length / 2
  return ((slopes[Math.ceil(middle) - 1] ?? 0) + (slopes[Math.floor(middle)] ?? 0)) / 2
}

/** What bounds a place. */
export interface Bounds {
  readonly storedBytes: number | undefined
  readonly budgetBytes: number | undefined
  readonly freeBytes: number | undefined
  readonly pace: number | undefined
}

/** How much still fits into a place, by the nearer of its bounds, and until when at its pace. Undefined where nothing bounds it. */
export function roomOf(
  { storedBytes, budgetBytes, freeBytes, pace }: Bounds,
  nowMs: number,
): StoragePlace['room'] {
  const bounds = [
    ...(budgetBytes === undefined || storedBytes === undefined
      ? []
      : [{ by: 'budget' as const, leftBytes: Math.max(0, budgetBytes - storedBytes) }]),
    ...(freeBytes === undefined ? [] : [{ by: 'disk' as const, leftBytes: freeBytes }]),
  ]
  const nearest = bounds.toSorted((a, b) => a.leftBytes - b.leftBytes)[0]
  if (!nearest) return undefined
  if (pace === undefined || pace <= 0) return nearest
  const leftMs = (nearest.leftBytes / pace) * DAY_MS
  return leftMs > FARTHEST_MS ? nearest : { ...nearest, fullAt: isoTime(nowMs + leftMs) }
}
