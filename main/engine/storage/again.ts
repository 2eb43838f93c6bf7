import type { Clock } from '../env/clock.ts'
import type { Log } from '../env/log.ts'
import type { Random } from '../env/random.ts'
import { asEverstowError } from '../model/errors.ts'
import { throwIfCancelled } from './cancel.ts'

export interface RetryOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Longest first wait. Default 200 ms; doubles with every try. */
  readonly baseMs?: number
  /** Longest wait. Default 30 s. */
  readonly capMs?: number
  /** Tries in all. Default 8. */
  readonly maxTries?: number
  /** No new try begins later than this after the first. Default 10 minutes. */
  readonly maxElapsedMs?: number
}

export const DEFAULT_MAX_TRIES = 8

/** Runs `act` until it succeeds, fails for good or the budget is used up. */
export type Again = <Result>(
  what: string,
  act: () => Promise<Result>,
  signal?: AbortSignal,
) => Promise<Result>

/** How long to wait after the given number of tries; `undefined` when the time is used up. */
export type Patience = (tries: number, retryAfterMs?: number) => number | undefined

/** Exponential back-off with full jitter (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter), never sooner than the other side asked. */
export function createAgain(options: RetryOptions): Again {
  const { clock, log, maxTries = DEFAULT_MAX_TRIES } = options
  return async (what, act, signal) => {
    const patience = createPatience(options)
    for (let tries = 1; ; tries++) {
      throwIfCancelled(signal)
      try {
        return await act()
      } catch (cause) {
        const error = asEverstowError(cause)
        const waitMs =
          error.retry === 'retry' && tries < maxTries ? patience(tries, error.retryAfterMs) : undefined
        if (waitMs === undefined) throw error
        log.warn('storage call failed, trying again', { what, tries, waitMs: Math.round(waitMs), error })
        await sleep(clock, waitMs, signal)
      }
    }
  }
}

/** The waits of one call, whose time begins now. */
export function createPatience(options: RetryOptions): Patience {
  const { clock, random, baseMs = 200, capMs = 30_000, maxElapsedMs = 600_000 } = options
  const startedMs = clock.monotonicMs()
  return (tries, retryAfterMs = 0) => {
    const jitterMs = random.float() * Math.min(capMs, baseMs * 2 ** (tries - 1))
    // Those who were told the same time come back a little apart.
    const waitMs = retryAfterMs > 0 ? retryAfterMs + jitterMs : jitterMs
    return clock.monotonicMs() - startedMs + waitMs > maxElapsedMs ? undefined : waitMs
  }
}

/** Waits; `cancelled` when the signal fires. */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(ms, signal)
  } catch (error) {
    throw asEverstowError(error)
  }
}
