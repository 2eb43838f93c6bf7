import { CHUNK_ID_BYTES } from '../crypto/chunk-id.ts'
import type { ChunkIndex } from '../index/chunk-index.ts'
import { type BlockTable, CHUNK_ROW_BYTES, readBlockTable } from './block-table.ts'
import { damaged } from './damaged.ts'
import { KINDS, PACK_ID_BYTES, type PackHeader, SALT_BYTES } from './pack-layout.ts'

/** Before the first pack: how many there are. */
export const SEGMENT_COUNT_BYTES = 4
const FIXED_BYTES = PACK_ID_BYTES + 4 + 1 + 4 + SALT_BYTES

/** What a segment says of one pack. The byte arrays are views of the segment. */
export interface SegmentPack extends PackHeader {
  readonly packId: Uint8Array
  readonly sizeBytes: number
  readonly blocks: BlockTable
  /** Its bytes in the segment, to take over into another one. */
  readonly entry: Uint8Array
}

/** The plaintext of an index segment made of the entries of finished packs. */
export function encodeSegment(entries: readonly Uint8Array[]): Uint8Array {
  const count = Buffer.alloc(SEGMENT_COUNT_BYTES)
  count.writeUInt32LE(entries.length)
  return Buffer.concat([count, ...entries])
}

/** The packs of an index segment, in its order; all of it is checked before anything is returned. */
export function decodeSegment(plain: Uint8Array): readonly SegmentPack[] {
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength)
  if (plain.length < SEGMENT_COUNT_BYTES) throw damaged('index', 'cut')
  const count = view.getUint32(0, true)
  const packs: SegmentPack[] = []
  const ids = new Set<string>()
  let at = SEGMENT_COUNT_BYTES
  for (let i = 0; i < count; i++) {
    if (at + FIXED_BYTES > plain.length) throw damaged('index', 'cut')
    const packId = plain.subarray(at, at + PACK_ID_BYTES)
    const sizeBytes = view.getUint32(at + 32, true)
    const kind = KINDS[plain[at + 36]!]
    const epoch = view.getUint32(at + 37, true)
    const salt = plain.subarray(at + 41, at + FIXED_BYTES)
    if (!kind) throw damaged('index', 'pack-kind')
    const name = Buffer.from(packId).toString('latin1')
    if (ids.has(name)) throw damaged('index', 'pack-twice')
    ids.add(name)
    const blocks = readBlockTable(plain, at + FIXED_BYTES, sizeBytes, 'index')
    const end = at + FIXED_BYTES + blocks.bytes.length
    packs.push({ packId, sizeBytes, kind, epoch, salt, blocks, entry: plain.subarray(at, end) })
    at = end
  }
  if (at !== plain.length) throw damaged('index', 'trailing-bytes')
  return packs
}

/**
 * Puts the packs of a segment of session `b` into the index: all, or those that `isWanted` says are still there.
 * For one thread, before others use the index.
 */
export function loadSegment(
  index: ChunkIndex,
  plain: Uint8Array,
  b: number,
  isWanted: (packId: Uint8Array) => boolean = () => true,
): void {
  for (const pack of decodeSegment(plain)) if (isWanted(pack.packId)) loadPack(index, pack, b)
}

/**
 * Puts one pack into the index. A chunk that has a place keeps it. A pack that a later session brought again (healed) gets the `b` that its
 * key ends in now; its blocks are where they were.
 */
export function loadPack(index: ChunkIndex, pack: SegmentPack, b: number): void {
  const { packId, kind, epoch, salt, sizeBytes } = pack
  const isKnown = index.packs.find(packId) >= 0
  const number = index.packs.put(packId, { beganAt: b, epoch, kind, sizeBytes, salt })
  if (isKnown) return
  const blocks = pack.blocks.cursor()
  while (blocks.next()) {
    const block = index.blocks.append(number, blocks.offset, blocks.storedLength, blocks.plainLength)
    const rows = blocks.chunkTable
    let offsetInBlock = 0
    for (let at = 0; at < rows.length; at += CHUNK_ROW_BYTES) {
      const length = uint32At(rows, at + CHUNK_ID_BYTES)
      const claimed = index.claim(rows, at)
      const slot = claimed < 0 ? ~claimed : claimed
      if (claimed >= 0 || index.blockOf(slot) < 0) index.setLocation(slot, block, offsetInBlock, length)
      offsetInBlock += length
    }
  }
}

function uint32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
