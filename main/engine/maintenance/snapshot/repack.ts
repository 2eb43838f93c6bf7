import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { judgePacks } from '../../repository/upkeep/pack-usage.ts'
import type { Marker } from './marker.ts'
import { type Rewritten, rewritePacks, rootsAt } from './rewrite-packs.ts'

export interface RepackOptions {
  readonly maxUnused: number
  /** Snapshots forgotten for less than this count as needed. */
  readonly undoMs: number
  readonly signal?: AbortSignal
}

const NOTHING: Rewritten = { dropped: [], addedBytes: 0, damaged: [] }

/** Writes the needed chunks of packs with too much waste into new packs. */
export async function repack(
  place: UpkeepPlace,
  marker: Marker,
  { maxUnused, undoMs, signal }: RepackOptions,
): Promise<Rewritten> {
  const { repository } = place
  await repository.refresh(signal)
  const roots = rootsAt(place, repository.log.state, undoMs)
  await marker.include(roots, signal)
  const marks = marker.mark(roots)
  const { wasteful } = judgePacks(marker.index, marks, maxUnused)
  if (wasteful.length === 0) return NOTHING
  return rewritePacks(place, marker, { packs: wasteful, marks, undoMs, ...(signal && { signal }) })
}
