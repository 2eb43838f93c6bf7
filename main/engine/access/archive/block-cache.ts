import { BLOCK_BYTES } from '../../archive/entry.ts'
import type { ByteRange } from '../../storage/object-store.ts'

/** Blocks of archives that were proven, in memory: whoever read a piece of a file reads it again, or the next. */
export interface BlockCache {
  /** What is held of the beginning of a range of an archive's tar. */
  beginning(backupId: string, range: ByteRange): Buffer[]
  keep(backupId: string, tarOffset: number, block: Uint8Array): void
}

/** 16 MiB; those that were not used for the longest time go first. */
const MOST_BLOCKS = 16

/** An empty cache. */
export function createBlockCache(): BlockCache {
  const blocks = new Map<string, Uint8Array>()
  const keyOf = (backupId: string, tarOffset: number) => `${backupId} ${tarOffset}`

  return {
    beginning(backupId, { start, end }) {
      const pieces: Buffer[] = []
      for (let at = start; at < end; ) {
        const tarOffset = at - (at % BLOCK_BYTES)
        const key = keyOf(backupId, tarOffset)
        const block = blocks.get(key)
        if (!block) break
        blocks.delete(key)
        blocks.set(key, block)
        const piece = Buffer.from(block.subarray(at - tarOffset, end - tarOffset))
        if (piece.length === 0) break
        pieces.push(piece)
        at += piece.length
      }
      return pieces
    },
    keep(backupId, tarOffset, block) {
      blocks.set(keyOf(backupId, tarOffset), block)
      const [oldest] = blocks.keys()
      if (blocks.size > MOST_BLOCKS && oldest !== undefined) blocks.delete(oldest)
    },
  }
}
