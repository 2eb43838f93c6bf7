import { CHUNK_ID_BYTES } from '../../../repository/crypto/chunk-id.ts'
import { CHUNK_ROW_BYTES } from '../../../repository/format/block-table.ts'
import type { SegmentPack } from '../../../repository/format/segment.ts'
import type { ChunkIndex } from '../../../repository/index/chunk-index.ts'
import { isLinkContent, sizeOfContent, withoutMode } from '../../content-text.ts'
import { EMPTY_CONTENT, idOfContent } from './content-name.ts'

/** How long the chunk is whose id stands at this offset; −1 where it is not known. */
export type LengthAt = (ids: Uint8Array, at: number) => number

export function lengthsIn(index: ChunkIndex): LengthAt {
  return (ids, at) => {
    const slot = index.find(ids, at)
    return slot < 0 || index.blockOf(slot) < 0 ? -1 : index.lengthOf(slot)
  }
}

/** As an index will be that takes these packs in, too. */
export function lengthsWith(index: ChunkIndex, packs: readonly SegmentPack[]): LengthAt {
  const known = lengthsIn(index)
  if (packs.length === 0) return known
  const brought = new Map<string, number>()
  for (const { blocks } of packs) {
    const cursor = blocks.cursor()
    while (cursor.next()) {
      const rows = cursor.chunkTable
      const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength)
      for (let at = 0; at < rows.length; at += CHUNK_ROW_BYTES) {
        const id = idText(rows, at)
        if (!brought.has(id)) brought.set(id, view.getUint32(at + CHUNK_ID_BYTES, true))
      }
    }
  }
  return (ids, at) => {
    const length = known(ids, at)
    return length < 0 ? (brought.get(idText(ids, at)) ?? -1) : length
  }
}

const idText = (ids: Uint8Array, at: number): string =>
  Buffer.from(ids.buffer, ids.byteOffset + at, CHUNK_ID_BYTES).toString('latin1')

/** The ids of a content's chunks, if all of them are known. The lists say what contents of several chunks are made of. */
export function chunksOfContent(
  lengthAt: LengthAt,
  content: string,
  ...lists: readonly ReadonlyMap<string, Uint8Array>[]
): Uint8Array | undefined {
  const inside = withoutMode(content)
  // What a link holds stands in the batch itself.
  if (inside === EMPTY_CONTENT || isLinkContent(inside)) return new Uint8Array(0)
  const ids = lists.find((each) => each.has(inside))?.get(inside) ?? idOfContent(inside)
  return ids.length > 0 && lengthOf(lengthAt, ids) === sizeOfContent(inside) ? ids : undefined
}

/** Bytes of these chunks together; −1 where one of them is not known. */
export function lengthOf(lengthAt: LengthAt, ids: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < ids.length; at += CHUNK_ID_BYTES) {
    const length = lengthAt(ids, at)
    if (length < 0) return -1
    sum += length
  }
  return sum
}
