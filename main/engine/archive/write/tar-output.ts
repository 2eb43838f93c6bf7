import { crc32 } from 'node:zlib'
import { BLOCK_BYTES } from '../entry.ts'
import type { BlockRing } from './block-ring.ts'
import { paddingAfter } from './tar-header.ts'

/** Writes the tar into the ring, block after block, and keeps the CRC-32 that gzip ends with. */
export class TarOutput {
  readonly #ring: BlockRing
  #block = 0
  #bytes: Uint8Array
  #used = 0
  #crc = 0

  constructor(ring: BlockRing) {
    this.#ring = ring
    this.#bytes = ring.free(0)
  }

  /** Bytes of tar so far. */
  get offset(): number {
    return this.#block * BLOCK_BYTES + this.#used
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const room = this.room()
      const part = bytes.subarray(at, at + room.length)
      room.set(part)
      this.advance(part.length)
      at += part.length
    }
  }

  /** What is left of the current block, at least one byte: fill it from the front, then say with `advance` how far. */
  room(): Uint8Array {
    return this.#bytes.subarray(this.#used)
  }

  advance(lengthBytes: number): void {
    this.#used += lengthBytes
    if (this.#used < BLOCK_BYTES) return
    this.#hand()
    this.#bytes = this.#ring.free(this.#block)
  }

  zeros(lengthBytes: number): void {
    for (let left = lengthBytes; left > 0; ) {
      const room = this.room().subarray(0, left)
      room.fill(0)
      left -= room.length
      this.advance(room.length)
    }
  }

  /** Fills up to the next header after content of this size. */
  pad(sizeBytes: number): void {
    this.zeros(paddingAfter(sizeBytes))
  }

  /** Writes the end of the tar (two blocks of zeros) and tells the other threads that nothing follows. */
  end(): number {
    this.zeros(1024)
    const tarBytes = this.offset
    if (this.#used > 0) this.#hand()
    this.#ring.end(this.#block, tarBytes, this.#crc)
    return tarBytes
  }

  #hand(): void {
    this.#crc = crc32(this.#bytes.subarray(0, this.#used), this.#crc)
    this.#ring.fill(this.#block, this.#used)
    this.#block++
    this.#used = 0
  }
}
