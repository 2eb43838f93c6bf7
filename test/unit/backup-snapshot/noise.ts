import { createCipheriv, hash } from 'node:crypto'

/** Bytes that follow from a seed and cannot be compressed. */
export function noise(seed: string, sizeBytes: number): Buffer {
  const key = hash('sha256', seed, 'buffer')
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes))
}
