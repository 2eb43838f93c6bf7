import { EverstowError } from '../../model/errors.ts'
import { createRows, type GrowableRows, growRows, rowWords } from './growable-rows.ts'

/** Words of a row. */
const PACK = 0
const OFFSET = 1
const STORED_LENGTH = 2
const PLAIN_LENGTH = 3
const WIDTH = 4
export const BLOCK_ROW_BYTES = WIDTH * 4

/** 67 million blocks of about 1 MiB: 64 TiB. */
const MOST_ROWS = 2 ** 26
/** 64 KiB at a time. */
const ROWS_A_STEP = 4096

/** What another thread needs to use the same table. */
export interface BlockTableHandles {
  /** One word: how many blocks there are. */
  readonly count: SharedArrayBuffer
  readonly rows: GrowableRows
}

/** Where each block is: pack, place and lengths, by the number of the block. Shared by threads without locks; rows never change. */
export class BlockTable {
  readonly handles: BlockTableHandles
  readonly #count: Int32Array
  #words: Uint32Array

  constructor(handles: BlockTableHandles) {
    this.handles = handles
    this.#count = new Int32Array(handles.count)
    this.#words = rowWords(handles.rows)
  }

  /** How many blocks there are. */
  get count(): number {
    return Atomics.load(this.#count, 0)
  }

  /** Adds a block and returns its number. Tell it to other threads by `ChunkIndex.setLocation`, or a message. */
  append(pack: number, offsetInPack: number, storedBytes: number, plainBytes: number): number {
    const block = Atomics.add(this.#count, 0, 1)
    if (block >= MOST_ROWS) throw new EverstowError('internal', { message: 'the table of blocks is full' })
    growRows(this.handles.rows, Math.ceil((block + 1) / ROWS_A_STEP) * ROWS_A_STEP)
    const words = this.#wordsWith(block)
    words[block * WIDTH + PACK] = pack
    words[block * WIDTH + OFFSET] = offsetInPack
    words[block * WIDTH + STORED_LENGTH] = storedBytes
    words[block * WIDTH + PLAIN_LENGTH] = plainBytes
    return block
  }

  /** The number of the pack in the table of packs. */
  packOf(block: number): number {
    return this.#wordsWith(block)[block * WIDTH + PACK] as number
  }

  /** Bytes before the block in its pack. */
  offsetOf(block: number): number {
    return this.#wordsWith(block)[block * WIDTH + OFFSET] as number
  }

  /** Bytes of the block as it is stored: sealed, with its tag. */
  storedBytesOf(block: number): number {
    return this.#wordsWith(block)[block * WIDTH + STORED_LENGTH] as number
  }

  /** Bytes of the block's chunks together. */
  plainBytesOf(block: number): number {
    return this.#wordsWith(block)[block * WIDTH + PLAIN_LENGTH] as number
  }

  /** Takes over `count` rows whose words somebody put into the memory of a new table; before any other thread has the handles. */
  adopt(count: number): void {
    Atomics.store(this.#count, 0, count)
  }

  #wordsWith(block: number): Uint32Array {
    if (block * WIDTH >= this.#words.length) this.#words = rowWords(this.handles.rows)
    return this.#words
  }
}

/** An empty table with memory for so many blocks; more is made when needed. */
export function createBlockTable(expectedBlocks = ROWS_A_STEP): BlockTable {
  const rows = Math.max(expectedBlocks, ROWS_A_STEP)
  return new BlockTable({ count: new SharedArrayBuffer(4), rows: createRows(WIDTH, rows, MOST_ROWS) })
}

/** The same table in another thread. */
export function attachBlockTable(handles: BlockTableHandles): BlockTable {
  return new BlockTable(handles)
}
