import type { Fingerprint } from './fingerprint.ts'

/** The states that were met, each by its fingerprint and the state it was first reached from. 20 bytes a state. */
export interface SeenStates {
  count(): number
  /** Takes a state up; its number, or -1 if it was known. */
  add(fingerprint: Fingerprint, parent: number): number
  is(state: number, fingerprint: Fingerprint): boolean
  /** The states from the first one to this one. */
  pathTo(state: number): number[]
}

/** An empty set: a hash table with open addressing over flat arrays that double when they are half full. */
export function createSeenStates(): SeenStates {
  let capacity = 1 << 12
  let count = 0
  let high = new Int32Array(capacity / 2)
  let low = new Int32Array(capacity / 2)
  let parents = new Int32Array(capacity / 2)
  /** Number of a state plus one; 0 is free. */
  let table = new Int32Array(capacity)

  const matches = (state: number, fingerprint: Fingerprint) =>
    high[state] === fingerprint.high && low[state] === fingerprint.low

  function placeOf(fingerprint: Fingerprint): number {
    const mask = capacity - 1
    let place = fingerprint.low & mask
    for (;;) {
      const taken = table[place]!
      if (taken === 0 || matches(taken - 1, fingerprint)) return place
      place = (place + 1) & mask
    }
  }

  function grow(): void {
    capacity *= 2
    high = longer(high)
    low = longer(low)
    parents = longer(parents)
    table = new Int32Array(capacity)
    for (let state = 0; state < count; state++)
      table[placeOf({ high: high[state]!, low: low[state]! })] = state + 1
  }

  return {
    count: () => count,
    add(fingerprint, parent) {
      if (count * 2 >= capacity) grow()
      const place = placeOf(fingerprint)
      if (table[place] !== 0) return -1
      high[count] = fingerprint.high
      low[count] = fingerprint.low
      parents[count] = parent
      count++
      table[place] = count
      return count - 1
    },
    is: matches,
    pathTo(state) {
      const path: number[] = []
      for (let at = state; at >= 0; at = parents[at]!) path.push(at)
      return path.reverse()
    },
  }
}

function longer(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const result = new Int32Array(array.length * 2)
  result.set(array)
  return result
}
