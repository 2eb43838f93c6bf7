import type { Random } from '../random.ts'

/** Randomness that a seed decides. */
export interface FakeRandom extends Random {
  /** A whole number in [0, below). */
  integer(below: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** A generator of its own, decided by this seed and the label alone: using one does not shift the other. */
  fork(label: string): FakeRandom
}

/** sfc32 by Chris Doty-Humphrey (PractRand): small, fast, passes its tests. The same seed gives the same numbers for ever. */
export function createFakeRandom(seed: number | string): FakeRandom {
  const state = seedState(String(seed))
  let [a, b, c, counter] = state

  const word = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  // The first numbers still resemble the seed.
  for (let round = 0; round < 12; round++) word()

  const random: FakeRandom = {
    bytes(count) {
      const bytes = new Uint8Array(count)
      for (let index = 0; index < count; index++) bytes[index] = word() >>> 24
      return bytes
    },
    float: () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53,
    integer: (below) => Math.floor(random.float() * below),
    chance: (probability) => random.float() < probability,
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new RangeError('Nothing to pick from')
      return list[random.integer(list.length)] as T
    },
    fork: (label) => createFakeRandom(`${seed}/${label}`),
  }
  return random
}

/** Four words of FNV-1a over the text, each from another start. */
function seedState(text: string): [number, number, number, number] {
  const word = (start: number): number => {
    let hash = start
    for (let index = 0; index < text.length; index++)
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
    return hash | 0
  }
  return [word(0x811c9dc5), word(0x9e3779b9), word(0x85ebca6b), 1]
}
