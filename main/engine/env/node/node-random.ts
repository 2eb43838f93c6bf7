import { randomBytes } from 'node:crypto'
import type { Random } from '../random.ts'

/** The system's cryptographic randomness; `float` is the fast, not cryptographic one. */
export const nodeRandom: Random = {
  bytes: (count) => new Uint8Array(randomBytes(count)),
  float: () => Math.random(),
}
