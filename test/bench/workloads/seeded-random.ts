import { createCipheriv, createHash } from 'node:crypto'

/** Chance that is the same for the same seed, on every machine. */
export interface SeededRandom {
  /** A whole number from 0 up to, not including, the limit. */
  below(limit: number): number
  /** Bytes that no compressor makes smaller. */
  bytes(count: number): Buffer
}

/** The keystream of AES-128 in counter mode under a key made of the seed. */
export function createSeededRandom(seed: string): SeededRandom {
  const key = createHash('sha256').update(`everstow bench ${seed}`).digest().subarray(0, 16)
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16))
  const bytes = (count: number): Buffer => cipher.update(Buffer.alloc(count))
  return { bytes, below: (limit) => bytes(6).readUIntBE(0, 6) % limit }
}

/** So many different items, in the order they were drawn. */
export function draw<T>(items: readonly T[], count: number, random: SeededRandom): T[] {
  const left = [...items]
  const drawn: T[] = []
  while (drawn.length < count && left.length > 0) {
    const at = random.below(left.length)
    const last = left.pop() as T
    if (at === left.length) drawn.push(last)
    else {
      drawn.push(left[at] as T)
      left[at] = last
    }
  }
  return drawn
}
