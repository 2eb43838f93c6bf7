import { CHUNK_ID_BYTES } from '../crypto/chunk-id.ts'
import type { SegmentPack } from '../format/segment.ts'
import type { ChunkIndex } from '../index/chunk-index.ts'

const ROW_BYTES = CHUNK_ID_BYTES + 4

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
  for (const pack of packs) {
    if (!isLive(pack.packId)) continue
    const { kind, epoch, salt, sizeBytes } = pack
    const isKnown = index.packs.find(pack.packId) >= 0
    // Brought again by a later session (healed): its key ends in the new `b`, its blocks are where they were.
    const number = index.packs.put(pack.packId, { beganAt: b, epoch, kind, sizeBytes, salt })
    if (!isKnown) addBlocks(index, number, pack)
  }
}

function addBlocks(index: ChunkIndex, pack: number, { blocks }: SegmentPack): void {
  const cursor = blocks.cursor()
  while (cursor.next()) {
    const { offset, storedLength, plainLength, chunkTable } = cursor
    const block = index.blocks.append(pack, offset, storedLength, plainLength)
    const view = new DataView(chunkTable.buffer, chunkTable.byteOffset, chunkTable.byteLength)
    let start = 0
    for (let row = 0; row < chunkTable.length; row += ROW_BYTES) {
      const length = view.getUint32(row + CHUNK_ID_BYTES, true)
      const claimed = index.claim(chunkTable, row)
      const slot = claimed < 0 ? ~claimed : claimed
      if (index.blockOf(slot) < 0) index.setLocation(slot, block, start, length)
      start += length
    }
  }
}
