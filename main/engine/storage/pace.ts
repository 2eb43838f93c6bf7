import type { Clock } from '../env/clock.ts'
import type { Random } from '../env/random.ts'
import { asEverstowError, type ErrorCode, type EverstowError } from '../model/errors.ts'
import { throwIfCancelled } from './cancel.ts'

export interface PaceOptions {
  readonly clock: Clock
  readonly random: Random
  /** Longest pause after the first failure. Default 200 ms; doubles with every failure. */
  readonly baseMs?: number
  /** Longest pause. Default 30 s. */
  readonly capMs?: number
}

/** One try of one call, which ends in one of three ways. */
export interface Attempt {
  succeeded(): void
  failed(error: EverstowError): void
  /** Nobody knows what came of it. */
  unclear(): void
}

/** How often a place is asked while it fails. */
export interface Pace {
  /** Failures since the last success; those of tries that were under way together are one. */
  failures(): number
  /** When the first of them came. */
  sinceMs(): number | undefined
  lastError(): EverstowError | undefined
  /** When the next try may begin, by the monotonic clock, and how long it is until then. */
  nextMs(): number
  pauseMs(): number
  /** Whether a try is under way that began after the last failure. */
  isAsking(): boolean
  /** A random pause after so many failures, between half of the longest and the longest. */
  pauseAfter(failures: number): number
  /** Takes the turn: the next try begins a pause later, unless this one ends before. */
  begin(): Attempt
  /** Waits so long, or until a try ends, which is false; `cancelled` when the signal fires. */
  rest(ms: number, signal: AbortSignal | undefined): Promise<boolean>
  /** What fails now is another outage than what failed before; it still begins with one try, not with as many as there are calls. */
  beginAnew(): void
}

/** A place that says so is at work. */
const ANSWERS: readonly ErrorCode[] = ['object-missing', 'object-exists', 'precondition-failed']

/**
 * The pace of one place, shared by all its calls: while nothing succeeds, their tries begin one at a time, after pauses that double with each failure
 * (half of it fixed, half at random, so that each is longer than the one before); never sooner than the place asked. The first success ends it.
 */
export function createPace({ clock, random, baseMs = 200, capMs = 30_000 }: PaceOptions): Pace {
  const resting = new Set<() => void>()
  const asking = new Set<object>()
  let failures = 0
  let sinceMs: number | undefined
  let lastError: EverstowError | undefined
  let nextMs = 0

  function pauseAfter(count: number): number {
    return Math.min(capMs, baseMs * 2 ** (count - 1)) * (0.5 + random.float() / 2)
  }

  function setFailures(count: number): void {
    failures = count
    sinceMs = undefined
    nextMs = 0
  }

  function noteFailure(error: EverstowError): void {
    failures++
    sinceMs ??= clock.monotonicMs()
    lastError = error
    asking.clear()
    // Those who were told the same time come back a little apart.
    nextMs = Math.max(nextMs, clock.monotonicMs() + (error.retryAfterMs ?? 0) + pauseAfter(failures))
  }

  function begin(): Attempt {
    const begunAt = failures
    const attempt: Attempt = {
      succeeded: () => end(() => setFailures(0)),
      failed: (error) =>
        end(() => {
          if (ANSWERS.includes(error.code)) setFailures(0)
          else if (error.retry === 'retry' && failures <= begunAt) noteFailure(error)
        }),
      unclear: () => end(() => {}),
    }
    function end(note: () => void): void {
      asking.delete(attempt)
      note()
      for (const wake of resting) wake()
    }
    asking.add(attempt)
    if (failures > 0) nextMs = clock.monotonicMs() + pauseAfter(failures)
    return attempt
  }

  return {
    failures: () => failures,
    sinceMs: () => sinceMs,
    lastError: () => lastError,
    nextMs: () => nextMs,
    pauseMs: () => Math.max(0, nextMs - clock.monotonicMs()),
    isAsking: () => asking.size > 0,
    pauseAfter,
    begin,
    async rest(ms, signal) {
      throwIfCancelled(signal)
      const end = new AbortController()
      const wake = () => end.abort()
      resting.add(wake)
      signal?.addEventListener('abort', wake, { once: true })
      try {
        await clock.sleep(ms, end.signal)
        return true
      } catch (error) {
        throwIfCancelled(signal)
        if (!end.signal.aborted) throw asEverstowError(error)
        return false
      } finally {
        resting.delete(wake)
        signal?.removeEventListener('abort', wake)
      }
    },
    beginAnew: () => setFailures(Math.min(failures, 1)),
  }
}
