/** Randomness: cryptographic in production, seeded in tests. */
export interface Random {
  bytes(count: number): Uint8Array
  /** Uniform in [0, 1). For jitter and sampling, never for keys. */
  float(): number
}

/** Lower-case hex of `bytes` random bytes. */
export function randomHex(random: Random, bytes: number): string {
  return Buffer.from(random.bytes(bytes)).toString('hex')
}
