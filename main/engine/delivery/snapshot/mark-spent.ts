import type { Random } from '../../env/random.ts'
import { EverstowError } from '../../model/errors.ts'
import { spentKey } from '../../repository/format/keys-of-objects.ts'
import { readSmallObject } from '../../repository/log/log-home.ts'
import type { ObjectStore } from '../../storage/object-store.ts'

const CLAIM_BYTES = 16
const MOST_TRIES = 5

/** Says that an invite is used; whether this call was the first to say so. */
export async function markSpent(
  store: ObjectStore,
  slotId: string,
  random: Random,
  signal: AbortSignal,
): Promise<boolean> {
  const key = spentKey(slotId)
  const claim = random.bytes(CLAIM_BYTES)
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const answer = await store.putIfAbsent(key, claim, { signal, purpose: 'meta' })
    if (answer === 'created') return true
    // An answer may be lost, and a try before this one may have landed.
    const there = await readSmallObject(store, key, CLAIM_BYTES, signal)
    if (there) return Buffer.from(there).equals(claim)
  }
  throw new EverstowError('timed-out', { data: { key } })
}
