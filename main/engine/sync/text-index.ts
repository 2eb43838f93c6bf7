/**
 * Finds things by a text that they keep themselves: of each only its number is held here. A Map of many texts takes several times the memory. For texts that nobody
 * outside chooses: many with one hash would make it slow.
 */
export interface TextIndex {
  /** The number of a thing with this text; -1 where there is none. */
  find(text: string): number
  /** The numbers of all things with this text. */
  all(text: string): number[]
  add(text: string, at: number): void
  remove(text: string, at: number): void
  clear(): void
}

const EMPTY = -1
/** Something was here: whoever seeks goes on. */
const GONE = -2
const FIRST_PLACES = 64

/** `textAt` gives the text of a thing that was added. Open addressing, at most half full. */
export function createTextIndex(textAt: (at: number) => string): TextIndex {
  let things = new Int32Array(FIRST_PLACES).fill(EMPTY)
  let hashes = new Int32Array(FIRST_PLACES)
  /** Places that are not empty, and those of them where something is. */
  let used = 0
  let held = 0

  /** The next place from this one on where a thing with this text is; -1 where there is none. */
  const seek = (text: string, hash: number, from: number): number => {
    const mask = things.length - 1
    for (let place = from & mask; things[place] !== EMPTY; place = (place + 1) & mask) {
      const at = things[place] as number
      if (at !== GONE && hashes[place] === hash && textAt(at) === text) return place
    }
    return -1
  }
  const put = (hash: number, at: number): void => {
    const mask = things.length - 1
    let place = hash & mask
    while (things[place] !== EMPTY) place = (place + 1) & mask
    things[place] = at
    hashes[place] = hash
    used++
    held++
  }
  const makeRoom = (): void => {
    if ((used + 1) * 2 <= things.length) return
    const [before, hashesBefore] = [things, hashes]
    const places = held * 4 > before.length ? before.length * 2 : before.length
    things = new Int32Array(places).fill(EMPTY)
    hashes = new Int32Array(places)
    used = 0
    held = 0
    for (const [place, at] of before.entries()) if (at >= 0) put(hashesBefore[place] as number, at)
  }
  return {
    find(text) {
      const hash = hashOf(text)
      const place = seek(text, hash, hash)
      return place < 0 ? -1 : (things[place] as number)
    },
    all(text) {
      const hash = hashOf(text)
      const found: number[] = []
      for (let place = seek(text, hash, hash); place >= 0; place = seek(text, hash, place + 1))
        found.push(things[place] as number)
      return found
    },
    add(text, at) {
      makeRoom()
      put(hashOf(text), at)
    },
    remove(text, at) {
      const hash = hashOf(text)
      let place = seek(text, hash, hash)
      while (place >= 0 && things[place] !== at) place = seek(text, hash, place + 1)
      if (place < 0) return
      things[place] = GONE
      held--
    },
    clear() {
      things = new Int32Array(FIRST_PLACES).fill(EMPTY)
      hashes = new Int32Array(FIRST_PLACES)
      used = 0
      held = 0
    },
  }
}

/** FNV-1a, its high bits mixed into the low ones. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash ^ (hash >>> 15)
}
