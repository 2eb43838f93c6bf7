import { looksIncompressible, SAMPLE_BYTES } from '../../../repository/chunking/look-at-content.ts'
import type { ChunkHasher } from '../../../repository/crypto/chunk-id.ts'
import { CHUNK_ROW_BYTES } from '../../../repository/format/block-table.ts'
import type { ChunkIndex } from '../../../repository/index/chunk-index.ts'
import type { CounterRow } from '../counters.ts'
import type { PackOutput } from './pack-output.ts'

/** What a block holds as a rule; docs/decisions/0006. */
const BLOCK_BYTES = 2 << 20
/** A chunk above this is a block alone, sealed from where it lies: copying it would cost more than a full block gains. */
const COPY_LIMIT_BYTES = 512 << 10
const ID_BYTES = 32

/** Chunks one after another, and what they are. */
export interface UnsealedBlock {
  readonly plain: Uint8Array
  /** `32 bytes id ‖ u32 length` for each chunk. */
  readonly table: Uint8Array
}

/** The block that is being filled, of one kind of pack. */
export class OpenBlock {
  /** One byte more than a block shows that a file has grown. */
  readonly buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES + 1)
  readonly #output: PackOutput
  readonly #counters: CounterRow
  readonly #sample = Buffer.allocUnsafeSlow(SAMPLE_BYTES)
  #fill = 0
  #table = Buffer.allocUnsafeSlow(64 * 1024)
  #rows = 0

  constructor(output: PackOutput, counters: CounterRow) {
    this.#output = output
    this.#counters = counters
  }

  /** Where so many bytes may be written, in `buffer`; they become a chunk by `keep` or are overwritten by the next. */
  roomFor(lengthBytes: number): number {
    if (this.#fill > 0 && this.#fill + lengthBytes > BLOCK_BYTES) this.flush()
    return this.#fill
  }

  /** Makes a chunk of what was written at the place that `roomFor` gave. */
  keep(id: Uint8Array, lengthBytes: number): void {
    this.#addRow(id, lengthBytes)
    this.#fill += lengthBytes
    if (this.#fill >= BLOCK_BYTES) this.flush()
  }

  /** Adds a chunk that lies elsewhere. */
  add(id: Uint8Array, chunk: Uint8Array): void {
    if (chunk.length > COPY_LIMIT_BYTES) {
      const row = Buffer.allocUnsafe(CHUNK_ROW_BYTES)
      row.set(id)
      row.writeUInt32LE(chunk.length, ID_BYTES)
      this.#seal(chunk, row)
      return
    }
    this.buffer.set(chunk, this.roomFor(chunk.length))
    this.keep(id, chunk.length)
  }

  flush(): void {
    const rest = this.takeRest()
    if (rest) this.addWhole(rest)
  }

  /** What is in the block so far, which is empty then; views. */
  takeRest(): UnsealedBlock | undefined {
    if (this.#fill === 0) return undefined
    const plain = this.buffer.subarray(0, this.#fill)
    const table = this.#table.subarray(0, this.#rows * CHUNK_ROW_BYTES)
    this.#fill = 0
    this.#rows = 0
    return { plain, table }
  }

  /** Seals a block that was gathered elsewhere. */
  addWhole({ plain, table }: UnsealedBlock): void {
    this.#seal(plain, table)
  }

  #addRow(id: Uint8Array, lengthBytes: number): void {
    const at = this.#rows * CHUNK_ROW_BYTES
    if (at + CHUNK_ROW_BYTES > this.#table.length) {
      const larger = Buffer.allocUnsafeSlow(this.#table.length * 2)
      larger.set(this.#table)
      this.#table = larger
    }
    this.#table.set(id, at)
    this.#table.writeUInt32LE(lengthBytes, at + ID_BYTES)
    this.#rows++
  }

  #seal(plain: Uint8Array, table: Uint8Array): void {
    const compress = !looksIncompressible(this.#sampleOf(plain))
    this.#counters.add('storedBytes', this.#output.addBlock(plain, table, compress))
  }

  /** Four pieces from all over the block: it may hold many files. */
  #sampleOf(plain: Uint8Array): Uint8Array {
    if (plain.length <= SAMPLE_BYTES) return plain
    const pieceBytes = SAMPLE_BYTES / 4
    for (let piece = 0; piece < 4; piece++) {
      const from = Math.floor(((plain.length - pieceBytes) * piece) / 3)
      this.#sample.set(plain.subarray(from, from + pieceBytes), piece * pieceBytes)
    }
    return this.#sample
  }
}

/** Which packs of the repository a worker has met: a bit for each number in the index's table of packs. */
class PackSet {
  #bits = new Uint8Array(1024)

  add(pack: number): void {
    const byte = pack >>> 3
    if (byte >= this.#bits.length) {
      const larger = new Uint8Array(Math.max(byte + 1, this.#bits.length * 2))
      larger.set(this.#bits)
      this.#bits = larger
    }
    this.#bits[byte] = (this.#bits[byte] as number) | (1 << (pack & 7))
  }

  toArray(): number[] {
    const packs: number[] = []
    this.#bits.forEach((bits, byte) => {
      for (let bit = 0; bit < 8; bit++) if (bits & (1 << bit)) packs.push(byte * 8 + bit)
    })
    return packs
  }
}

/** Gives chunks their ids and stores those that nobody has stored yet. One a worker. */
export class ChunkStore {
  readonly data: OpenBlock
  readonly trees: OpenBlock
  readonly #hasher: ChunkHasher
  readonly #index: ChunkIndex
  readonly #counters: CounterRow
  readonly #used = new PackSet()

  constructor(
    hasher: ChunkHasher,
    index: ChunkIndex,
    data: OpenBlock,
    trees: OpenBlock,
    counters: CounterRow,
  ) {
    this.#hasher = hasher
    this.#index = index
    this.data = data
    this.trees = trees
    this.#counters = counters
  }

  idOf(bytes: Uint8Array): Uint8Array {
    return this.#hasher.idOf(bytes)
  }

  /** A piece of a file that lies in the open data block, where `data.roomFor` said. */
  storeInPlace(at: number, lengthBytes: number): Uint8Array {
    const id = this.#hasher.idOf(this.data.buffer.subarray(at, at + lengthBytes))
    if (this.#claim(id)) {
      this.#counters.add('newBytes', lengthBytes)
      this.data.keep(id, lengthBytes)
    }
    return id
  }

  /** A piece of a file. */
  store(chunk: Uint8Array): Uint8Array {
    const id = this.#hasher.idOf(chunk)
    this.storeAs(id, chunk)
    return id
  }

  /** As `store`, where the id is known already. */
  storeAs(id: Uint8Array, chunk: Uint8Array): void {
    if (!this.#claim(id)) return
    this.#counters.add('newBytes', chunk.length)
    this.data.add(id, chunk)
  }

  /** A directory. */
  storeTree(id: Uint8Array, tree: Uint8Array): void {
    if (this.#claim(id)) this.trees.add(id, tree)
  }

  /** Whether the repository (or this backup) has all these chunks, 32 bytes each. */
  hasAll(ids: Uint8Array): boolean {
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      const slot = this.#index.find(ids, at)
      if (slot < 0 || !(this.#isStored(slot) || this.#index.isOwn(slot))) return false
      this.#use(slot)
    }
    return true
  }

  /** Numbers, in the index, of the packs that hold chunks this worker did not have to store. */
  usedPacks(): number[] {
    return this.#used.toArray()
  }

  /**
   * Whether this caller, of all threads, has to store the chunk: nobody has a copy (or what is in the index is the claim of a backup
   * that never stored it), and it is the first to mark it.
   */
  #claim(id: Uint8Array): boolean {
    const claimed = this.#index.claim(id)
    const slot = claimed < 0 ? ~claimed : claimed
    if (!this.#isStored(slot) && this.#index.markOwn(slot)) return true
    this.#use(slot)
    return false
  }

  #isStored(slot: number): boolean {
    return this.#index.blockOf(slot) >= 0 && !this.#index.isLost(slot)
  }

  #use(slot: number): void {
    // Otherwise this backup stores it.
    if (this.#isStored(slot)) this.#used.add(this.#index.blocks.packOf(this.#index.blockOf(slot)))
  }
}
