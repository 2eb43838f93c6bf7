import { timingSafeEqual } from 'node:crypto'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { createChunkHasher } from '../crypto/chunk-id.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { openBlock } from '../format/pack-reader.ts'
import type { ChunkIndex } from '../index/chunk-index.ts'
import { keyOfPack } from './range-reader.ts'

/** Opens sealed blocks and proves the chunks in them. For one thread. */
export interface ChunkOpener {
  /** The plaintext of a block from its stored bytes. `data-damaged` with the pack and the block where they do not verify. */
  block(block: number, sealed: Uint8Array): Uint8Array
  /** The chunk of a slot out of its block's plaintext, proven by its id. `data-damaged` otherwise. */
  chunk(slot: number, plain: Uint8Array): Uint8Array
  /** Throws `data-damaged` unless these bytes are the chunk of the slot. */
  prove(slot: number, chunk: Uint8Array): void
}

/** An opener for the packs of an index. */
export function createChunkOpener(keys: RepoKeys, index: ChunkIndex): ChunkOpener {
  const { blocks, packs } = index
  const ordinals = createOrdinals(index)
  const hasher = createChunkHasher(keys)
  let salted: { pack: number; salt: Uint8Array } = { pack: -1, salt: new Uint8Array(32) }

  function damaged(block: number, reason: string, cause?: unknown): EverstowError {
    const name = keyOfPack(packs, blocks.packOf(block))
    const data = { name, block: ordinals.of(block), offset: blocks.offsetOf(block), reason }
    return new EverstowError('data-damaged', { data, cause })
  }

  function prove(slot: number, chunk: Uint8Array): void {
    const good =
      chunk.length === index.lengthOf(slot) && timingSafeEqual(hasher.idOf(chunk), index.idAt(slot))
    if (!good) throw damaged(index.blockOf(slot), 'chunk-id')
  }

  return {
    block(block, sealed) {
      const pack = blocks.packOf(block)
      if (salted.pack !== pack) salted = { pack, salt: packs.saltOf(pack) }
      const facts = { kind: packs.kindOf(pack), epoch: packs.epochOf(pack), salt: salted.salt }
      try {
        return openBlock(keys, facts, ordinals.of(block), sealed, blocks.plainBytesOf(block))
      } catch (error) {
        const { code } = asEverstowError(error)
        if (code !== 'data-damaged') throw error
        throw damaged(block, 'seal', error)
      }
    },
    chunk(slot, plain) {
      const start = index.offsetOf(slot)
      const chunk = plain.subarray(start, start + index.lengthOf(slot))
      prove(slot, chunk)
      return chunk
    },
    prove,
  }
}

/**
 * Which block of its pack each block is. The table of blocks keeps the blocks of one pack in the order in which they were written, maybe with
 * those of other packs between.
 */
function createOrdinals({ blocks, packs }: ChunkIndex) {
  let known = new Uint32Array(0)
  return {
    of(block: number): number {
      if (block >= known.length) {
        const { count } = blocks
        const next = new Uint32Array(packs.numbers)
        known = new Uint32Array(count)
        for (let each = 0; each < count; each++) {
          const pack = blocks.packOf(each)
          known[each] = next[pack]!
          next[pack] = next[pack]! + 1
        }
      }
      return known[block]!
    },
  }
}
