import { loadPack, type SegmentPack } from '../format/segment.ts'
import type { ChunkIndex } from '../index/chunk-index.ts'

/**
 * Adds the packs of a segment to the index, those that `isLive` says are still there. `b` is the session that brought it. What the index has already
 * stays: the same chunk may be in several packs, and the same pack in several segments.
 */
export function addSegment(
  index: ChunkIndex,
  packs: readonly SegmentPack[],
  b: number,
  isLive: (packId: Uint8Array) => boolean,
): void {
  for (const pack of packs) if (isLive(pack.packId)) loadPack(index, pack, b)
}
