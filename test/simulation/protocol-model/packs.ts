/** A set of chunks as bits: chunk 0 is bit 0. Chunks have no content here, only identity. */
export type ChunkSet = number

/** A pack of one chunk. The session is in its name, so that no name is ever used twice. */
export interface Pack {
  readonly id: number
  readonly chunk: number
  /** Slot of the session's `begin`; -1 in the variant whose names are made of content alone. */
  readonly session: number
}

/** A set of packs. Equal sets are one object, so `===` compares them and the id stands for them. */
export interface PackSet {
  readonly id: number
  /** Ascending by id. */
  readonly packs: readonly Pack[]
}

/** Where packs and their sets come from: asked twice for the same, it answers with the same object. */
export interface PackTable {
  readonly none: PackSet
  pack(chunk: number, session: number): Pack
  with(set: PackSet, pack: Pack): PackSet
  without(set: PackSet, pack: Pack): PackSet
  union(left: PackSet, right: PackSet): PackSet
  minus(left: PackSet, right: PackSet): PackSet
  of(packs: readonly Pack[]): PackSet
}

/** An empty table. */
export function createPackTable(): PackTable {
  const packs = new Map<number, Pack>()
  const sets = new Map<string, PackSet>()

  function intern(sorted: readonly Pack[]): PackSet {
    const key = sorted.map(({ id }) => id).join()
    let set = sets.get(key)
    if (!set) {
      set = { id: sets.size, packs: sorted }
      sets.set(key, set)
    }
    return set
  }

  const table: PackTable = {
    none: intern([]),
    pack(chunk, session) {
      const key = (session + 1) * 32 + chunk
      let pack = packs.get(key)
      if (!pack) {
        pack = { id: packs.size, chunk, session }
        packs.set(key, pack)
      }
      return pack
    },
    with: (set, pack) => (has(set, pack) ? set : table.of([...set.packs, pack])),
    without: (set, pack) => (has(set, pack) ? intern(set.packs.filter((each) => each !== pack)) : set),
    union: (left, right) => right.packs.reduce(table.with, left),
    minus: (left, right) => right.packs.reduce(table.without, left),
    of: (list) => intern([...new Set(list)].sort((a, b) => a.id - b.id)),
  }
  return table
}

export function has(set: PackSet, pack: Pack): boolean {
  return set.packs.includes(pack)
}

/** The chunks that these packs hold. */
export function chunksOf(set: PackSet): ChunkSet {
  let chunks = 0
  for (const { chunk } of set.packs) chunks |= 1 << chunk
  return chunks
}

/** `x@3 y@3`, as traces show it. */
export function packName({ chunk, session }: Pack): string {
  return session < 0 ? chunkName(chunk) : `${chunkName(chunk)}@${session}`
}

/** Chunk 0 is x, 1 is y, 2 is z. */
export function chunkName(chunk: number): string {
  return String.fromCharCode('x'.charCodeAt(0) + chunk)
}
