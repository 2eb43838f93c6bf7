import { createHash } from 'node:crypto'

/** Bytes that follow from a seed, hard to compress. */
export function noise(seed: string, sizeBytes: number): Buffer {
  const pieces: Buffer[] = []
  for (let i = 0, left = sizeBytes; left > 0; i++, left -= 32)
    pieces.push(createHash('sha256').update(`${seed}:${i}`).digest())
  return Buffer.concat(pieces).subarray(0, sizeBytes)
}
