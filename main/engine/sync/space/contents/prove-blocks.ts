import { hasCode } from '../../../model/errors.ts'
import type { RepoKeys } from '../../../repository/crypto/repo-keys.ts'
import type { ChunkIndex } from '../../../repository/index/chunk-index.ts'
import { createChunkOpener } from '../../../repository/read/open-chunks.ts'

/** Opens blocks and proves all chunks that the index has in them. */
export interface BlockProver {
  /** `data-damaged` where the block does not open; `unproven` are the slots of chunks that are not what they should be. */
  open(
    block: number,
    sealed: Uint8Array,
  ): { readonly plain: Uint8Array; readonly unproven: readonly number[] }
}

export function createBlockProver(keys: RepoKeys, index: ChunkIndex): BlockProver {
  const opener = createChunkOpener(keys, index)
  const slotsOf = createSlotsByBlock(index)
  const isProven = (slot: number, plain: Uint8Array): boolean => {
    try {
      opener.chunk(slot, plain)
      return true
    } catch (error) {
      if (hasCode(error, 'data-damaged')) return false
      throw error
    }
  }
  return {
    open(block, sealed) {
      const plain = opener.block(block, sealed)
      return { plain, unproven: slotsOf(block).filter((slot) => !isProven(slot, plain)) }
    },
  }
}

/** Which chunks the index has in each block. They are sorted anew when the index has grown. */
function createSlotsByBlock(index: ChunkIndex): (block: number) => readonly number[] {
  let starts = new Uint32Array(1)
  let sorted = new Uint32Array(0)
  let known = 0
  function sort(): void {
    known = index.slots
    starts = new Uint32Array(index.blocks.count + 1)
    const blockOf = (slot: number) => (index.isPresent(slot) ? index.blockOf(slot) : -1)
    for (let slot = 0; slot < known; slot++) if (blockOf(slot) >= 0) starts[blockOf(slot) + 1]!++
    for (let block = 1; block < starts.length; block++) starts[block]! += starts[block - 1]!
    sorted = new Uint32Array(starts.at(-1)!)
    const next = starts.slice()
    for (let slot = 0; slot < known; slot++) {
      const block = blockOf(slot)
      if (block >= 0) sorted[next[block]!++] = slot
    }
  }
  return (block) => {
    if (index.slots !== known || block + 1 >= starts.length) sort()
    return [...sorted.subarray(starts[block]!, starts[block + 1]!)]
  }
}
