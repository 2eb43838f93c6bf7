import { asEverstowError, EverstowError, hasCode } from '../model/errors.ts'
import { type Again, createPatience, DEFAULT_MAX_TRIES, type RetryOptions, sleep } from './again.ts'
import { throwIfCancelled } from './cancel.ts'
import type { ObjectStore, PutIfAbsentAnswer, PutOptions } from './object-store.ts'

/**
 * Tries identical bytes until it is known who won. After any try whose answer was lost, an object that is there is read: ours if it holds our bytes.
 * Caveat: two callers with identical bytes then both hear `created`; callers who must not share put something of their own in (a random id).
 * `ambiguous` comes back only when the budget is used up.
 */
export async function settledPutIfAbsent(
  inner: ObjectStore,
  again: Again,
  options: RetryOptions,
  key: string,
  bytes: Uint8Array,
  putOptions: PutOptions,
): Promise<PutIfAbsentAnswer> {
  const { signal } = putOptions
  const patience = createPatience(options)
  const maxTries = options.maxTries ?? DEFAULT_MAX_TRIES
  let lostAnswers = 0
  for (let tries = 1; ; tries++) {
    throwIfCancelled(signal)
    const { answer, retryAfterMs } = await putOnce(inner, key, bytes, putOptions)
    if (answer === 'created') return 'created'
    if (answer === 'exists' && lostAnswers === 0) return 'exists'
    lostAnswers += 1
    const found = await again('settle', () => readBack(inner, key, bytes, signal), signal)
    if (found !== 'absent') return found
    const waitMs = tries < maxTries ? patience(tries, retryAfterMs) : undefined
    if (waitMs === undefined) return 'ambiguous'
    options.log.warn('conditional put without answer, trying again', {
      key,
      tries,
      waitMs: Math.round(waitMs),
    })
    await sleep(options.clock, waitMs, signal)
  }
}

/** One try; a transient failure leaves open whether the object was made. */
async function putOnce(
  inner: ObjectStore,
  key: string,
  bytes: Uint8Array,
  options: PutOptions,
): Promise<{ answer: PutIfAbsentAnswer; retryAfterMs?: number }> {
  try {
    return { answer: await inner.putIfAbsent(key, bytes, options) }
  } catch (cause) {
    const error = asEverstowError(cause)
    if (error.retry !== 'retry') throw error
    return { answer: 'ambiguous', retryAfterMs: error.retryAfterMs }
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
    const found = Buffer.concat(await Array.fromAsync(body as AsyncIterable<Buffer>))
    if (found.byteLength !== bytes.byteLength) {
      throw new EverstowError('connection-lost', { data: { key, reason: 'download-ended-early' } })
    }
    return found.equals(bytes) ? 'created' : 'exists'
  } catch (error) {
    if (hasCode(error, 'object-missing')) return 'absent'
    throw error
  }
}
