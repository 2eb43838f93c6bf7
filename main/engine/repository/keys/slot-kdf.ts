import { scrypt } from 'node:crypto'
import { EverstowError } from '../../model/errors.ts'
import { deriveKey } from '../crypto/repo-keys.ts'

/** What scrypt (RFC 7914) costs: 128·n·r bytes of memory, and time in proportion to n·r·p. */
export interface ScryptCost {
  readonly n: number
  readonly r: number
  readonly p: number
}

/** 128 MiB and a good quarter of a second on a computer of 2024: dear to a guesser, bearable for a person. */
export const DEFAULT_COST: ScryptCost = { n: 2 ** 17, r: 8, p: 1 }

const LEAST_N = 2 ** 15
const MOST_N = 2 ** 20
const ONLY_R = 8
const MOST_P = 4

/** What a secret becomes under one salt and cost. */
export interface SlotKeys {
  /** Opens the slot's seal. */
  readonly kek: Uint8Array
  /** Stands in the slot, so that a wrong secret is told from a damaged slot, and no slot opens under two secrets. */
  readonly commit: Uint8Array
}

/**
 * Fails with `kdf-refused` where a cost is below the floor (somebody weakened the slot) or above the ceiling (it would take all memory).
 * Whoever reads a slot calls this before any work is done.
 */
export function checkCost({ n, r, p }: ScryptCost): void {
  const bearable =
    Number.isInteger(Math.log2(n)) && n >= LEAST_N && n <= MOST_N && r === ONLY_R && p >= 1 && p <= MOST_P
  if (!bearable || !Number.isInteger(p)) throw new EverstowError('kdf-refused', { data: { n, r, p } })
}

/** Runs scrypt on a thread of the pool; the event loop stays free. */
export function deriveSlotKeys(input: Uint8Array, salt: Uint8Array, cost: ScryptCost): Promise<SlotKeys> {
  checkCost(cost)
  const { n: N, r, p } = cost
  // scrypt needs 128·N·r bytes and a little; Node refuses more than 32 MiB unless told.
  const options = { N, r, p, maxmem: 128 * r * (N + p + 2) + 1024 * 1024 }
  return new Promise((resolve, reject) => {
    scrypt(input, salt, 64, options, (error, bytes) => {
      if (error) return reject(error)
      const commit = deriveKey(bytes.subarray(32), new Uint8Array(), 'everstow/v1/slot-commit')
      resolve({ kek: bytes.subarray(0, 32), commit })
    })
  })
}
