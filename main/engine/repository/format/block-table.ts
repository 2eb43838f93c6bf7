import { CHUNK_ID_BYTES } from '../crypto/chunk-id.ts'
import { damaged } from './damaged.ts'
import {
  BLOCK_OVERHEAD_BYTES,
  LARGEST_BLOCK_BYTES,
  misuse,
  PACK_HEADER_BYTES,
  packSizeOf,
} from './pack-layout.ts'

/** One row of a chunk table: `32 bytes chunkId ‖ u32 length`. */
export const CHUNK_ROW_BYTES = CHUNK_ID_BYTES + 4
const BLOCK_ROW_BYTES = 16
const COUNT_BYTES = 4

/** What a pack holds, block by block: a checked view of stored bytes. */
export interface BlockTable {
  readonly blockCount: number
  /** Where the last block ends in the pack. */
  readonly blocksEnd: number
  /** The table as stored. */
  readonly bytes: Uint8Array
  /** A cursor before the first block. */
  cursor(): BlockCursor
}

/** Walks the blocks of a table; its fields hold for the current block and are meaningless before the first `next`. */
export interface BlockCursor {
  next(): boolean
  readonly ordinal: number
  readonly offset: number
  /** With the tag. */
  readonly storedLength: number
  readonly plainLength: number
  readonly chunkCount: number
  /** The chunks of the block, one row of CHUNK_ROW_BYTES each, as a view. */
  readonly chunkTable: Uint8Array
}

/** Gathers the table of a pack that is being written. */
export interface BlockTableBuilder {
  readonly blockCount: number
  readonly sizeBytes: number
  /** `internal` unless the lengths of the chunks are those of the block. */
  add(offset: number, storedLength: number, plainLength: number, chunkTable: Uint8Array): void
  finish(): Uint8Array
}

/** A builder of one pack's table. */
export function createBlockTableBuilder(): BlockTableBuilder {
  let bytes = Buffer.allocUnsafe(16 * 1024)
  let end = COUNT_BYTES
  let blockCount = 0

  return {
    get blockCount() {
      return blockCount
    },
    get sizeBytes() {
      return end
    },
    add(offset, storedLength, plainLength, chunkTable) {
      const rows = chunkTable.length / CHUNK_ROW_BYTES
      if (!Number.isInteger(rows) || rows === 0 || totalLength(chunkTable) !== plainLength)
        throw misuse('the chunk table does not describe its block')
      const grown = end + BLOCK_ROW_BYTES + chunkTable.length
      if (grown > bytes.length) {
        const larger = Buffer.allocUnsafe(Math.max(grown, bytes.length * 2))
        larger.set(bytes.subarray(0, end))
        bytes = larger
      }
      bytes.writeUInt32LE(offset, end)
      bytes.writeUInt32LE(storedLength, end + 4)
      bytes.writeUInt32LE(plainLength, end + 8)
      bytes.writeUInt32LE(rows, end + 12)
      bytes.set(chunkTable, end + BLOCK_ROW_BYTES)
      end = grown
      blockCount++
    },
    finish() {
      bytes.writeUInt32LE(blockCount, 0)
      return bytes.subarray(0, end)
    },
  }
}

/** The sum of the lengths in a chunk table, or -1 when one of them is 0. */
function totalLength(chunkTable: Uint8Array): number {
  const view = new DataView(chunkTable.buffer, chunkTable.byteOffset, chunkTable.byteLength)
  let total = 0
  for (let at = CHUNK_ID_BYTES; at < chunkTable.length; at += CHUNK_ROW_BYTES) {
    const length = view.getUint32(at, true)
    if (length === 0) return -1
    total += length
  }
  return total
}

/**
 * Reads the table that starts at `start` of `bytes` and belongs to a pack of `packSizeBytes`. Everything is checked here, so that
 * cursors need not: blocks lie one after another from the header on, chunks fill their block, the pack has the size that follows.
 */
export function readBlockTable(
  bytes: Uint8Array,
  start: number,
  packSizeBytes: number,
  what: string,
): BlockTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (start + COUNT_BYTES > bytes.length) throw damaged(what, 'cut')
  const blockCount = view.getUint32(start, true)
  if (blockCount === 0) throw damaged(what, 'no-blocks')
  let at = start + COUNT_BYTES
  let blocksEnd = PACK_HEADER_BYTES

  for (let i = 0; i < blockCount; i++) {
    if (at + BLOCK_ROW_BYTES > bytes.length) throw damaged(what, 'cut')
    const storedLength = view.getUint32(at + 4, true)
    const plainLength = view.getUint32(at + 8, true)
    const chunkCount = view.getUint32(at + 12, true)
    if (view.getUint32(at, true) !== blocksEnd) throw damaged(what, 'block-offset')
    if (plainLength > LARGEST_BLOCK_BYTES) throw damaged(what, 'block-length')
    if (storedLength <= BLOCK_OVERHEAD_BYTES || storedLength > plainLength + BLOCK_OVERHEAD_BYTES)
      throw damaged(what, 'block-length')
    blocksEnd += storedLength
    if (blocksEnd > packSizeBytes) throw damaged(what, 'block-offset')
    at += BLOCK_ROW_BYTES
    if (chunkCount === 0 || at + chunkCount * CHUNK_ROW_BYTES > bytes.length) throw damaged(what, 'cut')
    const rowsEnd = at + chunkCount * CHUNK_ROW_BYTES
    let sum = 0
    for (; at < rowsEnd; at += CHUNK_ROW_BYTES) {
      const length = view.getUint32(at + CHUNK_ID_BYTES, true)
      if (length === 0) throw damaged(what, 'chunk-length')
      sum += length
    }
    if (sum !== plainLength) throw damaged(what, 'chunk-length')
  }
  if (packSizeOf(blocksEnd, at - start) !== packSizeBytes) throw damaged(what, 'pack-size')
  const table = bytes.subarray(start, at)
  return { blockCount, blocksEnd, bytes: table, cursor: () => new TableCursor(table) }
}

class TableCursor implements BlockCursor {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #count: number
  #at = COUNT_BYTES
  #end = COUNT_BYTES
  ordinal = -1

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#count = this.#view.getUint32(0, true)
  }

  next(): boolean {
    if (this.ordinal + 1 >= this.#count) return false
    this.ordinal++
    this.#at = this.#end
    this.#end = this.#at + BLOCK_ROW_BYTES + this.chunkCount * CHUNK_ROW_BYTES
    return true
  }

  get offset(): number {
    return this.#view.getUint32(this.#at, true)
  }

  get storedLength(): number {
    return this.#view.getUint32(this.#at + 4, true)
  }

  get plainLength(): number {
    return this.#view.getUint32(this.#at + 8, true)
  }

  get chunkCount(): number {
    return this.#view.getUint32(this.#at + 12, true)
  }

  get chunkTable(): Uint8Array {
    return this.#bytes.subarray(this.#at + BLOCK_ROW_BYTES, this.#end)
  }
}
