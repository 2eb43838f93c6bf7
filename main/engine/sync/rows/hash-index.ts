import { randomInt } from 'node:crypto'

/** Finds numbers by a hash of what they stand for. Only the numbers are held here. */
export interface HashIndex<Sought> {
  /** A number with this hash that is what is sought; -1 where there is none. */
  find(hash: number, sought: Sought): number
  add(hash: number, at: number): void
  remove(hash: number, at: number): void
}

const EMPTY = -1
/** Something was here: whoever seeks goes on. */
const GONE = -2
const FIRST_PLACES = 16

/** `hashAt` gives the hash of what was added, `is` says whether it is what is sought. Open addressing, at most two thirds full. */
export function createHashIndex<Sought>(
  hashAt: (at: number) => number,
  is: (at: number, sought: Sought) => boolean,
): HashIndex<Sought> {
  let things = new Int32Array(FIRST_PLACES).fill(EMPTY)
  /** Places that are not empty, and those of them where something is. */
  let used = 0
  let held = 0

  const put = (hash: number, at: number): void => {
    const mask = things.length - 1
    let place = hash & mask
    while (things[place] !== EMPTY) place = (place + 1) & mask
    things[place] = at
    used++
    held++
  }
  const makeRoom = (): void => {
    if ((used + 1) * 3 <= things.length * 2) return
    const before = things
    things = new Int32Array(held * 2 >= before.length ? before.length * 2 : before.length).fill(EMPTY)
    used = 0
    held = 0
    for (const at of before) if (at >= 0) put(hashAt(at), at)
  }
  return {
    find(hash, sought) {
      const mask = things.length - 1
      for (let place = hash & mask; things[place] !== EMPTY; place = (place + 1) & mask) {
        const at = things[place] as number
        if (at !== GONE && is(at, sought)) return at
      }
      return -1
    },
    add(hash, at) {
      makeRoom()
      put(hash, at)
    },
    remove(hash, at) {
      const mask = things.length - 1
      for (let place = hash & mask; things[place] !== EMPTY; place = (place + 1) & mask) {
        if (things[place] !== at) continue
        things[place] = GONE
        held--
        return
      }
    },
  }
}

const PRIME = 0x01000193
/** Another one in each process: names that all have one hash cannot be chosen beforehand. */
const SEED = randomInt(2 ** 32)

/** FNV-1a, its high bits mixed into the low ones, of which places are made. */
export function hashOfText(text: string, from = SEED): number {
  let hash = from
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME)
  return hash ^ (hash >>> 15)
}
