/** The seed of this run: `SEED=… npm test` repeats one. */
export function seedOfTest(): number {
  const given = process.env.SEED
  return given === undefined ? Date.now() % 2 ** 31 : Number(given)
}

/** Numbers in [0, 1) that one seed decides (mulberry32, public domain by Tommy Ettinger). */
export function createSeededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
