import type { Clock } from '../env/clock.ts'
import type { Log } from '../env/log.ts'
import { asEverstowError } from '../model/errors.ts'
import { throwIfCancelled } from './cancel.ts'
import { type Attempt, createPace, type Pace, type PaceOptions } from './pace.ts'

export interface RetryOptions extends PaceOptions {
  readonly log: Log
  /** Tries of one call, and failures of all calls in a row. Default 8. */
  readonly maxTries?: number
  /** No new try begins later than this after the first, nor after the first failure since which nothing succeeded. Default 10 minutes. */
  readonly maxElapsedMs?: number
}

/** How long to wait after the given number of tries; `undefined` when the time is used up. */
export type Patience = (tries: number) => number | undefined

export interface Again {
  /** Runs `act` until it succeeds, fails for good or the budget is used up. */
  <Result>(what: string, act: () => Promise<Result>, signal?: AbortSignal): Promise<Result>
  /** The budget of one call that decides by itself what is a failure. */
  begin(): Budget
}

/** The budget of one call: its tries are its own, the time and the pauses those of the place. */
export interface Budget {
  /** Waits until a try may begin, and begins it. Throws what the place failed with last when that would be too late. */
  try(signal: AbortSignal | undefined): Promise<Attempt>
  /** How long this call is to wait by itself after its last try, which failed; `undefined` when tries or time are used up. */
  waitMs(): number | undefined
  end(): void
}

/** Nobody asked and nothing failed for so long: what fails then is another outage. */
const QUIET_MS = 600_000

/**
 * Exponential back-off with jitter (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter). Calls that fail one after the other, with no success between, share one budget of
 * tries and time: work of many calls is given up when one of them would be. Whoever comes after that asks once, and at once.
 */
export function createAgain(options: RetryOptions): Again {
  const { log } = options
  const pace = createPace(options)
  const begin = createBudgets(options, pace)

  const again = async <Result>(
    what: string,
    act: () => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> => {
    const budget = begin()
    try {
      for (let tries = 1; ; tries++) {
        const attempt = await budget.try(signal)
        try {
          const result = await act()
          attempt.succeeded()
          return result
        } catch (cause) {
          const error = asEverstowError(cause)
          attempt.failed(error)
          if (error.retry !== 'retry') throw error
          const waitMs = budget.waitMs()
          if (waitMs === undefined) throw error
          log.warn('storage call failed, trying again', { what, tries, waitMs: Math.round(waitMs), error })
          await sleep(options.clock, waitMs, signal)
        }
      }
    } finally {
      budget.end()
    }
  }
  return Object.assign(again, { begin })
}

function createBudgets(
  { clock, maxTries = 8, maxElapsedMs = 600_000 }: RetryOptions,
  pace: Pace,
): () => Budget {
  let running = 0
  let lastMs = 0

  return () => {
    if (running === 0 && clock.monotonicMs() - lastMs > QUIET_MS) pace.beginAnew()
    const startedMs = pace.sinceMs() ?? clock.monotonicMs()
    let tries = 0
    running++
    const isTooLate = (waitMs: number) =>
      pace.failures() >= maxTries || clock.monotonicMs() - startedMs + waitMs > maxElapsedMs
    return {
      async try(signal) {
        throwIfCancelled(signal)
        const failuresBefore = pace.failures()
        for (let rested: number | undefined; pace.pauseMs() > 0 && pace.nextMs() !== rested; ) {
          const waitMs = pace.pauseMs()
          // Nobody has asked since this call came.
          const isFirst = tries === 0 && pace.failures() === failuresBefore && !pace.isAsking()
          if (isTooLate(waitMs) && isFirst) break
          if (isTooLate(waitMs) && !pace.isAsking()) throw pace.lastError()
          const nextMs = pace.nextMs()
          if (await pace.rest(waitMs, signal)) rested = nextMs
        }
        tries++
        return pace.begin()
      },
      waitMs() {
        const waitMs = pace.pauseAfter(tries)
        return tries >= maxTries || isTooLate(Math.max(waitMs, pace.pauseMs())) ? undefined : waitMs
      },
      end() {
        running--
        lastMs = clock.monotonicMs()
      },
    }
  }
}

/** The waits of work that goes on where calls give up, whose time begins now. */
export function createPatience(options: Omit<RetryOptions, 'log'>): Patience {
  const { clock, random, baseMs = 200, capMs = 30_000, maxElapsedMs = 600_000 } = options
  const startedMs = clock.monotonicMs()
  return (tries) => {
    const waitMs = random.float() * Math.min(capMs, baseMs * 2 ** (tries - 1))
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
