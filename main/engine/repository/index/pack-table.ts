import { createIdTable, FIRST_OWN_WORD, IdTable, type IdTableHandles } from './id-table.ts'

/** Own words of a pack's row. */
const BEGAN_AT = FIRST_OWN_WORD
const EPOCH = FIRST_OWN_WORD + 1
const KIND = FIRST_OWN_WORD + 2
const STATE = FIRST_OWN_WORD + 3
const SIZE = FIRST_OWN_WORD + 4
const SALT = FIRST_OWN_WORD + 5
const SALT_WORDS = 8
const OWN_WORDS = 5 + SALT_WORDS
export const PACK_ROW_BYTES = (FIRST_OWN_WORD + OWN_WORDS) * 4

const EXPECTED_PACKS = 4096
/** 4 million packs of 16 MiB and more: 64 TiB. */
const MOST_PACKS = 2 ** 22

/** What is in a pack; the number is its code in the format. */
export const PACK_KINDS = { data: 0, trees: 1 } as const
export type PackKind = keyof typeof PACK_KINDS

/** `swept`: may be deleted after the grace time. `gone`: purged, or found missing. */
export const PACK_STATES = { live: 0, swept: 1, gone: 2 } as const
export type PackState = keyof typeof PACK_STATES

/** What is known of a pack besides its id. */
export interface PackFacts {
  /** The log position of the session that wrote it: the end of its key. */
  readonly beganAt: number
  readonly epoch: number
  readonly kind: PackKind
  readonly sizeBytes: number
  /** 32 bytes. */
  readonly salt: Uint8Array
}

/** The packs of the repository by number, shared by threads without locks. */
export class PackTable {
  readonly #packs: IdTable

  constructor(packs: IdTable) {
    this.#packs = packs
  }

  get handles(): IdTableHandles {
    return this.#packs.handles
  }

  /** All numbers are below this; `isPresent` tells which are a pack's. */
  get numbers(): number {
    return this.#packs.slots
  }

  isPresent(pack: number): boolean {
    return this.#packs.isPresent(pack)
  }

  /** The number of the pack with this id, or −1. */
  find(id: Uint8Array, offset = 0): number {
    return this.#packs.find(id, offset)
  }

  /** Adds a live pack, or says anew what is known of it; its number. Tell it to other threads by what refers to it. */
  put(id: Uint8Array, facts: PackFacts): number {
    const claimed = this.#packs.claim(id)
    const pack = claimed < 0 ? ~claimed : claimed
    this.#packs.set(pack, BEGAN_AT, facts.beganAt)
    this.#packs.set(pack, EPOCH, facts.epoch)
    this.#packs.set(pack, KIND, PACK_KINDS[facts.kind])
    this.#packs.set(pack, SIZE, facts.sizeBytes)
    const salt = new DataView(facts.salt.buffer, facts.salt.byteOffset, SALT_WORDS * 4)
    for (let word = 0; word < SALT_WORDS; word++)
      this.#packs.set(pack, SALT + word, salt.getUint32(word * 4, true))
    this.#packs.set(pack, STATE, PACK_STATES.live)
    return pack
  }

  /** Takes over `count` rows whose words somebody put into the memory of a new table; before any other thread has the handles. */
  adopt(count: number): void {
    // Blocks name packs by number: empty rows stay where they are.
    this.#packs.adopt(count, false)
  }

  setState(pack: number, state: PackState): void {
    this.#packs.set(pack, STATE, PACK_STATES[state])
  }

  /** A copy of the pack's id. */
  idOf(pack: number): Uint8Array {
    return this.#packs.idAt(pack)
  }

  /** The log position of the session that wrote it. */
  beganAt(pack: number): number {
    return this.#packs.get(pack, BEGAN_AT)
  }

  epochOf(pack: number): number {
    return this.#packs.get(pack, EPOCH)
  }

  kindOf(pack: number): PackKind {
    return this.#packs.get(pack, KIND) === PACK_KINDS.data ? 'data' : 'trees'
  }

  stateOf(pack: number): PackState {
    const state = this.#packs.get(pack, STATE)
    if (state === PACK_STATES.live) return 'live'
    return state === PACK_STATES.swept ? 'swept' : 'gone'
  }

  sizeBytesOf(pack: number): number {
    return this.#packs.get(pack, SIZE)
  }

  /** A copy of the pack's salt, 32 bytes. */
  saltOf(pack: number): Uint8Array {
    const salt = Uint32Array.from({ length: SALT_WORDS }, (_, word) => this.#packs.get(pack, SALT + word))
    return new Uint8Array(salt.buffer)
  }
}

/** An empty table. */
export function createPackTable(expectedPacks = EXPECTED_PACKS): PackTable {
  return new PackTable(createIdTable(OWN_WORDS, expectedPacks, MOST_PACKS))
}

/** The same table in another thread. */
export function attachPackTable(handles: IdTableHandles): PackTable {
  return new PackTable(new IdTable(handles))
}
