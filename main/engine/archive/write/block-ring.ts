import { BLOCK_BYTES } from '../entry.ts'
import { SUM_BYTES } from '../index-layout.ts'

/** Stored deflate blocks cost a few bytes per 16 KiB; a slot holds a block before and after compression. */
const ROOM_BYTES = BLOCK_BYTES + 4096

/** Behind the room stands the SHA-256 of the block before compression. */
const SLOT_BYTES = ROOM_BYTES + SUM_BYTES

/** How long a wait lasts before it looks at `stop` again, should a wake-up ever be missed. */
const LONGEST_WAIT_MS = 250

// Layout of the control words. The turn and length words of the slots follow.
const STOP = 0
const NEXT_JOB = 1
const BLOCK_COUNT = 2
const CRC = 3
const FIRST_TURN = 4

/** Thrown in a thread whose run was stopped by another thread or the person; says nothing that is not known already. */
export class Stopped extends Error {}

/**
 * What the threads of one archive share: a ring of slots in shared memory. Block `n` uses slot `n mod slots`, and each slot goes round
 * `free → filled (packer) → compressed (a deflate thread) → free (output)`. A slot's turn word counts these steps from the start,
 * three per lap, so that a word's value names block and step at once and no thread can mistake an earlier lap for its own.
 * Everything waits with `Atomics.wait`, so it is for worker threads only; memory is bounded by the slots whatever the speeds.
 */
export class BlockRing {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array
  /** Bytes of gzip written so far; total bytes of tar. */
  readonly #totals: BigInt64Array
  readonly #slots: number
  readonly #slotsAt: number

  private constructor(buffer: SharedArrayBuffer, slots: number) {
    const wordBytes = wordBytesFor(slots)
    this.buffer = buffer
    this.#slots = slots
    this.#words = new Int32Array(buffer, 0, FIRST_TURN + 2 * slots)
    this.#totals = new BigInt64Array(buffer, wordBytes, 2)
    this.#slotsAt = wordBytes + 16
  }

  static create(slots: number): BlockRing {
    const ring = new BlockRing(new SharedArrayBuffer(wordBytesFor(slots) + 16 + slots * SLOT_BYTES), slots)
    Atomics.store(ring.#words, BLOCK_COUNT, -1)
    return ring
  }

  /** The same ring in another thread. */
  static open(buffer: SharedArrayBuffer): BlockRing {
    const slots = Math.floor((buffer.byteLength - 16) / SLOT_BYTES)
    return new BlockRing(buffer, slots)
  }

  /** Makes every thread leave with `Stopped`. May be called on any thread. */
  stop(): void {
    Atomics.store(this.#words, STOP, 1)
    this.#wakeAll()
  }

  get isStopped(): boolean {
    return Atomics.load(this.#words, STOP) !== 0
  }

  throwIfStopped(): void {
    if (this.isStopped) throw new Stopped()
  }

  /** Packer: waits until block `block` may be filled and gives its bytes (`BLOCK_BYTES` of them). */
  free(block: number): Uint8Array {
    this.#await(block, 0)
    return this.#bytes(block, BLOCK_BYTES)
  }

  /** Packer: hands over a filled block. */
  fill(block: number, lengthBytes: number): void {
    this.#advance(block, 1, lengthBytes)
  }

  /** Packer: no block follows. */
  end(blockCount: number, tarBytes: number, crc: number): void {
    Atomics.store(this.#words, CRC, crc | 0)
    Atomics.store(this.#totals, 1, BigInt(tarBytes))
    Atomics.store(this.#words, BLOCK_COUNT, blockCount)
    this.#wakeAll()
  }

  /** Deflate threads: the next block to compress, or `undefined` after the last. */
  takeFilled(): { readonly block: number; readonly bytes: Uint8Array } | undefined {
    const block = Atomics.add(this.#words, NEXT_JOB, 1)
    return this.#await(block, 1) ? { block, bytes: this.#bytes(block, this.#length(block)) } : undefined
  }

  /** Deflate threads: puts the compressed form (at most `ROOM_BYTES`) in the block's place, and what the block was before beside it. */
  compress(block: number, compressed: Uint8Array, sum: Uint8Array): void {
    this.#bytes(block, compressed.length).set(compressed)
    this.sumOf(block).set(sum)
    this.#advance(block, 2, compressed.length)
  }

  /** Output: the compressed bytes of block `block`, or `undefined` when there is no such block. */
  takeCompressed(block: number): Uint8Array | undefined {
    return this.#await(block, 2) ? this.#bytes(block, this.#length(block)) : undefined
  }

  /** Output: SHA-256 of a block before it was compressed, while its slot is held. */
  sumOf(block: number): Uint8Array {
    const at = this.#slotsAt + (block % this.#slots) * SLOT_BYTES + ROOM_BYTES
    return new Uint8Array(this.buffer, at, SUM_BYTES)
  }

  /** Output: the block is written and its slot free again. */
  release(block: number): void {
    this.#advance(block, 3, 0)
  }

  /** CRC-32 and length of the whole tar; valid once all blocks are taken. */
  get tarTotals(): { readonly crc: number; readonly bytes: number } {
    return {
      crc: Atomics.load(this.#words, CRC) >>> 0,
      bytes: Number(Atomics.load(this.#totals, 1)),
    }
  }

  get writtenBytes(): number {
    return Number(Atomics.load(this.#totals, 0))
  }

  set writtenBytes(bytes: number) {
    Atomics.store(this.#totals, 0, BigInt(bytes))
  }

  /** Waits for a block's step; false when the ring ended before that block. Throws `Stopped`. */
  #await(block: number, step: number): boolean {
    const word = FIRST_TURN + (block % this.#slots)
    const wanted = 3 * Math.floor(block / this.#slots) + step
    for (;;) {
      const turn = Atomics.load(this.#words, word)
      this.throwIfStopped()
      if (turn === wanted) return true
      const blockCount = Atomics.load(this.#words, BLOCK_COUNT)
      if (blockCount !== -1 && block >= blockCount) return false
      Atomics.wait(this.#words, word, turn, LONGEST_WAIT_MS)
    }
  }

  #advance(block: number, step: number, lengthBytes: number): void {
    const slot = block % this.#slots
    const turn = 3 * Math.floor(block / this.#slots) + step
    Atomics.store(this.#words, FIRST_TURN + this.#slots + slot, lengthBytes)
    Atomics.store(this.#words, FIRST_TURN + slot, turn)
    Atomics.notify(this.#words, FIRST_TURN + slot)
  }

  #length(block: number): number {
    return Atomics.load(this.#words, FIRST_TURN + this.#slots + (block % this.#slots))
  }

  #bytes(block: number, lengthBytes: number): Uint8Array {
    return new Uint8Array(this.buffer, this.#slotsAt + (block % this.#slots) * SLOT_BYTES, lengthBytes)
  }

  #wakeAll(): void {
    for (let slot = 0; slot < this.#slots; slot++) Atomics.notify(this.#words, FIRST_TURN + slot)
  }
}

/** Bytes of the control words, in whole 16s so that what follows is aligned. */
function wordBytesFor(slots: number): number {
  return Math.ceil(((FIRST_TURN + 2 * slots) * 4) / 16) * 16
}
