import { asEverstowError, hasCode } from '../model/errors.ts'
import { type Again, type RetryOptions, sleep } from './again.ts'
import type { ObjectStore, PutIfAbsentAnswer, PutOptions } from './object-store.ts'
import type { Attempt } from './pace.ts'
import { wholeBody } from './whole-body.ts'

/**
 * Tries identical bytes until it is known who won. After any try whose answer was lost, an object that is there is read: ours if it holds our bytes.
 * Caveat: two callers with identical bytes then both hear `created`; callers who must not share put something of their own in (a random id).
 * `ambiguous` comes back only when the budget is used up.
 */
export async function settledPutIfAbsent(
  inner: ObjectStore,
  again: Again,
  { clock, log }: RetryOptions,
  key: string,
  bytes: Uint8Array,
  putOptions: PutOptions,
): Promise<PutIfAbsentAnswer> {
  const { signal } = putOptions
  const budget = again.begin()
  try {
    for (let tries = 1; ; tries++) {
      const answer = await putOnce(await budget.try(signal), inner, key, bytes, putOptions)
      if (answer === 'created') return 'created'
      if (answer === 'exists' && tries === 1) return 'exists'
      const found = await again('settle', () => readBack(inner, key, bytes, signal), signal)
      if (found !== 'absent') return found
      const waitMs = budget.waitMs()
      if (waitMs === undefined) return 'ambiguous'
      log.warn('conditional put without answer, trying again', { key, tries, waitMs: Math.round(waitMs) })
      await sleep(clock, waitMs, signal)
    }
  } finally {
    budget.end()
  }
}

/** One try; a transient failure leaves open whether the object was made. */
async function putOnce(
  attempt: Attempt,
  inner: ObjectStore,
  key: string,
  bytes: Uint8Array,
  options: PutOptions,
): Promise<PutIfAbsentAnswer> {
  try {
    const answer = await inner.putIfAbsent(key, bytes, options)
    // Whether the place is in trouble or others write there too is seen when the key is read.
    if (answer === 'ambiguous') attempt.unclear()
    else attempt.succeeded()
    return answer
  } catch (cause) {
    const error = asEverstowError(cause)
    attempt.failed(error)
    if (error.retry !== 'retry') throw error
    return 'ambiguous'
  }
}

async function readBack(
  inner: ObjectStore,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<'created' | 'exists' | 'absent'> {
  try {
    const { info, body } = await inner.get(key, { signal })
    if (info.sizeBytes !== bytes.byteLength) {
      body.destroy()
      return 'exists'
    }
    const found = await wholeBody(key, body, bytes.byteLength)
    return found.equals(bytes) ? 'created' : 'exists'
  } catch (error) {
    if (hasCode(error, 'object-missing')) return 'absent'
    throw error
  }
}
