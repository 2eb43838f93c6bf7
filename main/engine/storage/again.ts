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
  /** No new try begins later than this after the first, nor after the first failure since which nothing succeeded. Default 10 minutes. */
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

/** Nobody asked and nothing failed for so long: what fails then is another outage. */
const QUIET_MS = 60_000

/**
 * Exponential back-off with full jitter (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter), never sooner than the other side asked. Calls that
 * fail one after the other, with no success between, share one budget of time: work of many calls is given up when one of them would be.
 */
export function createAgain(options: RetryOptions): Again {
  const { clock, log, maxTries = DEFAULT_MAX_TRIES } = options
  /** When the first call failed since which none succeeded. */
  let failingSinceMs: number | undefined
  let lastFailureMs = 0
  let running = 0

  return async (what, act, signal) => {
    if (running === 0 && clock.monotonicMs() - lastFailureMs > QUIET_MS) failingSinceMs = undefined
    const patience = createPatience(options, failingSinceMs)
    running++
    try {
      for (let tries = 1; ; tries++) {
        throwIfCancelled(signal)
        try {
          const result = await act()
          failingSinceMs = undefined
          return result
        } catch (cause) {
          const error = asEverstowError(cause)
          if (error.retry !== 'retry') throw error
          lastFailureMs = clock.monotonicMs()
          failingSinceMs ??= lastFailureMs
          const waitMs = tries < maxTries ? patience(tries, error.retryAfterMs) : undefined
          if (waitMs === undefined) throw error
          log.warn('storage call failed, trying again', { what, tries, waitMs: Math.round(waitMs), error })
          await sleep(clock, waitMs, signal)
        }
      }
    } finally {
      running--
    }
  }
}

/** The waits of one call, whose time began when nothing succeeded any more, or begins now. */
export function createPatience(options: RetryOptions, sinceMs?: number): Patience {
  const { clock, random, baseMs = 200, capMs = 30_000, maxElapsedMs = 600_000 } = options
  const startedMs = sinceMs ?? clock.monotonicMs()
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
