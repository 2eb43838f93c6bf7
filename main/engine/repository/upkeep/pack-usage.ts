import type { ChunkIndex } from '../index/chunk-index.ts'

/** How much of each pack is needed, by the number of the pack. */
export interface PackUsage {
  /** Bytes of content that a mark reaches and that would be read from this pack. */
  readonly usedBytes: Float64Array
  /** Bytes of content in the pack. */
  readonly contentBytes: Float64Array
}

/**
 * What a mark (`Reachable.mark`) needs of each pack. A chunk that lies in several packs is needed only where the index reads it, so copies of it count as
 * unused.
 */
function packUsage(index: ChunkIndex, marks: Uint8Array): PackUsage {
  const { blocks, packs } = index
  const usedBytes = new Float64Array(packs.numbers)
  const contentBytes = new Float64Array(packs.numbers)
  for (let block = blocks.count - 1; block >= 0; block--) {
    const pack = blocks.packOf(block)
    contentBytes[pack] = contentBytes[pack]! + blocks.plainBytesOf(block)
  }
  for (let slot = Math.min(marks.length, index.slots) - 1; slot >= 0; slot--) {
    const block = marks[slot] === 1 ? index.blockOf(slot) : -1
    if (block < 0) continue
    const pack = blocks.packOf(block)
    usedBytes[pack] = usedBytes[pack]! + index.lengthOf(slot)
  }
  return { usedBytes, contentBytes }
}

/** What becomes of packs: those that nobody needs, and those of which more than a part is not needed. */
export interface PackVerdict {
  readonly dead: readonly number[]
  readonly wasteful: readonly number[]
  /** Bytes in the place that go with the dead ones, and by what the wasteful ones would shrink in proportion. */
  readonly freeableBytes: number
}

/** Less waste than this in a pack is not worth a session and new objects; it goes with the pack, once all of that is dead. */
const LEAST_WASTE_BYTES = 16 * 1024

/** `maxUnused`: packs stay as they are up to this part of unneeded content. */
export function judgePacks(index: ChunkIndex, marks: Uint8Array, maxUnused: number): PackVerdict {
  const { packs } = index
  const { usedBytes, contentBytes } = packUsage(index, marks)
  const dead: number[] = []
  const wasteful: number[] = []
  let freeableBytes = 0
  for (let pack = 0; pack < packs.numbers; pack++) {
    if (!packs.isPresent(pack) || packs.stateOf(pack) !== 'live') continue
    const used = usedBytes[pack]!
    const unused = 1 - used / Math.max(1, contentBytes[pack]!)
    const wasteBytes = Math.floor(packs.sizeBytesOf(pack) * unused)
    if (used === 0) dead.push(pack)
    else if (unused > maxUnused && wasteBytes >= LEAST_WASTE_BYTES) wasteful.push(pack)
    else continue
    freeableBytes += wasteBytes
  }
  return { dead, wasteful, freeableBytes }
}

/** Slots of the marked chunks that are read from the given packs, pack after pack and in each in the order in which they lie there. */
export function slotsInPacks(
  index: ChunkIndex,
  marks: Uint8Array,
  packNumbers: readonly number[],
): Map<number, Int32Array> {
  const { blocks } = index
  const found = new Map<number, number[]>(packNumbers.map((pack) => [pack, []]))
  for (let slot = 0; slot < Math.min(marks.length, index.slots); slot++) {
    const block = marks[slot] === 1 ? index.blockOf(slot) : -1
    if (block >= 0) found.get(blocks.packOf(block))?.push(slot)
  }
  const order = (one: number, other: number) =>
    blocks.offsetOf(index.blockOf(one)) - blocks.offsetOf(index.blockOf(other)) ||
    index.offsetOf(one) - index.offsetOf(other)
  return new Map([...found].map(([pack, slots]) => [pack, Int32Array.from(slots.sort(order))]))
}
