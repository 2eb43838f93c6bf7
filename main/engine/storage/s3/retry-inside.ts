import { asEverstowError } from '../../model/errors.ts'
import type { S3Bucket } from './client.ts'

const TRIES = 5
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 20_000

/**
 * Repeats one request of a large upload, where giving up would cost all its other parts. Only transient failures; full-jitter back-off, or what
 * the place asks for when that is longer.
 */
export async function retryInside<T>(
  bucket: S3Bucket,
  signal: AbortSignal | undefined,
  message: string,
  facts: Readonly<Record<string, unknown>>,
  work: () => Promise<T>,
): Promise<T> {
  const { clock, random, log } = bucket.env
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const { code, retry, retryAfterMs = 0 } = asEverstowError(error)
      if (retry !== 'retry' || attempt >= TRIES || signal?.aborted) throw error
      const ceilingMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1))
      const pauseMs = Math.max(random.float() * ceilingMs, Math.min(retryAfterMs, LONGEST_PAUSE_MS))
      log.warn(message, { ...facts, code, attempt, pauseMs: Math.round(pauseMs) })
      await clock.sleep(pauseMs, signal)
    }
  }
}
