import { freeBuffer } from '../../../env/node/free-buffer.ts'
import type { Random } from '../../../env/random.ts'
import { createChunkHasher } from '../../../repository/crypto/chunk-id.ts'
import type { RepoKeys } from '../../../repository/crypto/repo-keys.ts'
import { attachChunkIndex, type IndexHandles } from '../../../repository/index/chunk-index.ts'
import { type Answer, movable, type Order, type OrderName } from './content-orders.ts'
import { eachGathered } from './gather-chunks.ts'
import { type BuiltPack, chunkText, createPackBuilder } from './pack-builder.ts'
import { createBlockProver } from './prove-blocks.ts'
import { type ContentReader, createContentReader } from './read-content.ts'

/** Does what the thread of a space is ordered to, synchronously. */
export type ContentWork = { readonly [Name in OrderName]: (order: Order<Name>) => Answer<Name> }

export function createContentWork(
  keys: RepoKeys,
  handles: IndexHandles,
  known: Iterable<string>,
  random: Random,
): ContentWork {
  const reader = createContentReader(keys, createChunkHasher(keys))
  const builder = createPackBuilder(keys, random)
  const own = new Set(known)
  let index = attachChunkIndex(handles)
  let prover = createBlockProver(keys, index)
  let file: ReturnType<ContentReader['begin']> | undefined

  const isStored = (id: Uint8Array): boolean => {
    const slot = index.find(id)
    return slot >= 0 && index.blockOf(slot) >= 0
  }
  /** Bytes that it took. */
  function take(id: Uint8Array, chunk: Uint8Array, packs: BuiltPack[]): number {
    const text = chunkText(id)
    if (own.has(text)) return 0
    own.add(text)
    const full = builder.add(id, chunk)
    if (full) packs.push(full)
    return chunk.length
  }

  return {
    index(next) {
      index = attachChunkIndex(next)
      prover = createBlockProver(keys, index)
      return undefined
    },
    add(gathered) {
      const packs: BuiltPack[] = []
      eachGathered(gathered, (id, chunk) => take(id, chunk, packs))
      return { plain: gathered.plain, packs }
    },
    cut({ fd, isFirst, takes }) {
      if (isFirst || !file) file = reader.begin(fd)
      const packs: BuiltPack[] = []
      const ids: Uint8Array[] = []
      let newBytes = 0
      const more = file.next((id, chunk) => {
        ids.push(id)
        if (takes && !isStored(id)) newBytes += take(id, chunk, packs)
      })
      return { more, ids: Buffer.concat(ids), readBytes: file.readBytes, newBytes, packs }
    },
    finish() {
      const last = builder.finish()
      return { packs: last ? [last] : [] }
    },
    forget(chunks) {
      for (const chunk of chunks) own.delete(chunk)
      return undefined
    },
    open({ block, sealed }) {
      const { plain, unproven } = prover.open(block, sealed)
      freeBuffer(sealed)
      return { plain: movable(plain), unproven }
    },
  }
}
