import type { Clock } from '../env/clock.ts'
import { throwIfCancelled } from './cancel.ts'

/** A budget of bytes a second that many streams share. */
export interface RateLimit {
  /** Waits until `bytes` may pass. First come, first served. Rejects when the signal fires. */
  take(bytes: number, signal?: AbortSignal): Promise<void>
  /** Changes the limit at once, also for those who wait; `undefined` lifts it. */
  set(bytesPerSecond: number | undefined): void
  /** The limit now; `undefined` when there is none. */
  bytesPerSecond(): number | undefined
}

/** How long one may save up what was not used. */
const BURST_SECONDS = 0.25

/**
 * A token bucket (en.wikipedia.org/wiki/Token_bucket) that may go into debt: a take passes as soon as the bucket is not empty, and whoever comes next waits
 * until the debt is paid. So takes larger than the bucket pass too, and over time never more than the limit plus one burst.
 */
export function createRateLimit(clock: Clock, bytesPerSecond: number | undefined): RateLimit {
  let rate = usable(bytesPerSecond)
  let tokens = (rate ?? 0) * BURST_SECONDS
  let filledMs = clock.monotonicMs()
  let changed = new AbortController()
  let queue: Promise<void> = Promise.resolve()

  function refill(): void {
    const nowMs = clock.monotonicMs()
    if (rate !== undefined) {
      tokens = Math.min(tokens + ((nowMs - filledMs) / 1000) * rate, rate * BURST_SECONDS)
    }
    filledMs = nowMs
  }

  async function takeInTurn(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      throwIfCancelled(signal)
      if (rate === undefined) return
      refill()
      if (tokens > 0) {
        tokens -= bytes
        return
      }
      const wake = changed.signal
      const waitMs = Math.max(1, ((1 - tokens) / rate) * 1000)
      await clock.sleep(waitMs, signal ? AbortSignal.any([signal, wake]) : wake).catch((error) => {
        // Woken by a new limit: look again. Anything else is the caller's.
        if (!wake.aborted || signal?.aborted) throw error
      })
    }
  }

  return {
    take(bytes, signal) {
      const turn = queue.then(() => takeInTurn(bytes, signal))
      queue = turn.catch(() => {
        // Whoever gave up makes room for the next.
      })
      return turn
    },
    set(next) {
      refill()
      rate = usable(next)
      tokens = Math.min(tokens, (rate ?? 0) * BURST_SECONDS)
      changed.abort()
      changed = new AbortController()
    },
    bytesPerSecond: () => rate,
  }
}

/** Nothing, zero and what is no number mean no limit. */
function usable(bytesPerSecond: number | undefined): number | undefined {
  return bytesPerSecond !== undefined && bytesPerSecond > 0 ? bytesPerSecond : undefined
}
