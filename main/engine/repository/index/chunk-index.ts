import { attachBlockTable, type BlockTable, type BlockTableHandles, createBlockTable } from './block-table.ts'
import {
  createIdTable,
  FIRST_OWN_WORD,
  FLAGS_WORD,
  IdTable,
  type IdTableHandles,
  PRESENT,
} from './id-table.ts'
import { attachPackTable, createPackTable, type PackTable } from './pack-table.ts'

/** Own words of a chunk's row. The block is stored plus one: 0 is "not known yet". */
const BLOCK = FIRST_OWN_WORD
const OFFSET = FIRST_OWN_WORD + 1
const LENGTH = FIRST_OWN_WORD + 2
/** How many words of its own a chunk's row has. */
export const CHUNK_WORDS = 3
export const CHUNK_ROW_BYTES = (FIRST_OWN_WORD + CHUNK_WORDS) * 4

/** Flags of a chunk's row, above the table's own. */
const LOST = 2
const USED_BY_SESSION = 4
const OWN = 8

/** What a worker needs to use the same index: pass it in `workerData` or a message. */
export interface IndexHandles {
  readonly chunks: IdTableHandles
  readonly blocks: BlockTableHandles
  readonly packs: IdTableHandles
}

/**
 * Which chunks the repository has and where, shared by all threads without locks. A slot is a number that stays the same while the
 * index is in memory; it means nothing after `loadIndex`.
 */
export class ChunkIndex {
  readonly blocks: BlockTable
  readonly packs: PackTable
  readonly #chunks: IdTable

  constructor(chunks: IdTable, blocks: BlockTable, packs: PackTable) {
    this.#chunks = chunks
    this.blocks = blocks
    this.packs = packs
  }

  /** What `attachChunkIndex` needs in another thread. */
  handles(): IndexHandles {
    return { chunks: this.#chunks.handles, blocks: this.blocks.handles, packs: this.packs.handles }
  }

  /** All slots are below this; `isPresent` tells which hold a chunk. */
  get slots(): number {
    return this.#chunks.slots
  }

  isPresent(slot: number): boolean {
    return this.#chunks.isPresent(slot)
  }

  /** The slot of the chunk whose id is at `id[offset, offset + 32)`, or −1. */
  find(id: Uint8Array, offset = 0): number {
    return this.#chunks.find(id, offset)
  }

  /**
   * The new slot when this call put the chunk in: the caller now owes it a location. `~slot` (negative) when it was there, be it
   * that another thread has not stored it yet (`blockOf` −1). Of all threads that claim an id exactly one is told a new slot.
   */
  claim(id: Uint8Array, offset = 0): number {
    return this.#chunks.claim(id, offset)
  }

  /** A copy of the chunk's id. */
  idAt(slot: number): Uint8Array {
    return this.#chunks.idAt(slot)
  }

  /**
   * Says where the chunk is. A known location is replaced only while no other thread reads locations: the three numbers are not
   * replaced as one.
   */
  setLocation(slot: number, block: number, offsetInBlock: number, lengthBytes: number): void {
    this.#chunks.set(slot, OFFSET, offsetInBlock)
    this.#chunks.set(slot, LENGTH, lengthBytes)
    // Last: whoever sees the block sees the rest.
    this.#chunks.set(slot, BLOCK, block + 1)
  }

  /** The number of the block in `blocks`, or −1 while it is not known. */
  blockOf(slot: number): number {
    return this.#chunks.get(slot, BLOCK) - 1
  }

  /** Bytes before the chunk in the block's plaintext. */
  offsetOf(slot: number): number {
    return this.#chunks.get(slot, OFFSET)
  }

  /** Bytes of the chunk. */
  lengthOf(slot: number): number {
    return this.#chunks.get(slot, LENGTH)
  }

  /** Whether the log says that no copy of the chunk is left. Whoever sees it again stores it again (`markOwn` decides who). */
  isLost(slot: number): boolean {
    return (this.#chunks.flags(slot) & LOST) !== 0
  }

  setLost(slot: number, lost: boolean): void {
    if (lost) this.#chunks.raise(slot, LOST)
    else this.#chunks.lower(slot, LOST)
  }

  /** Whether the running session refers to the chunk. */
  isUsedBySession(slot: number): boolean {
    return (this.#chunks.flags(slot) & USED_BY_SESSION) !== 0
  }

  /** True for the first call among all threads. */
  markUsedBySession(slot: number): boolean {
    return this.#chunks.raise(slot, USED_BY_SESSION)
  }

  /** Whether the running session stores the chunk itself. */
  isOwn(slot: number): boolean {
    return (this.#chunks.flags(slot) & OWN) !== 0
  }

  /** True for the first call among all threads: that caller stores the chunk. */
  markOwn(slot: number): boolean {
    return this.#chunks.raise(slot, OWN)
  }

  /** Forgets what the last session used and stored. Only between sessions. */
  endSession(): void {
    for (let slot = this.slots - 1; slot >= 0; slot--) this.#chunks.lower(slot, USED_BY_SESSION | OWN)
  }
}

/** An empty index with room for so many chunks; it grows by itself, but is fastest when told the truth. */
export function createChunkIndex(expectedChunks: number): ChunkIndex {
  return new ChunkIndex(createIdTable(CHUNK_WORDS, expectedChunks), createBlockTable(), createPackTable())
}

/**
 * Makes of a chunk's row what a later session may know: nothing of who used it, and nothing at all when its claimant never stored it.
 */
export function forgetSession(words: Uint32Array, row: number): void {
  const flags = words[row + FLAGS_WORD] as number
  words[row + FLAGS_WORD] = words[row + BLOCK] === 0 ? 0 : flags & (PRESENT | LOST)
}

/** The same index in another thread. */
export function attachChunkIndex(handles: IndexHandles): ChunkIndex {
  return new ChunkIndex(
    new IdTable(handles.chunks),
    attachBlockTable(handles.blocks),
    attachPackTable(handles.packs),
  )
}
