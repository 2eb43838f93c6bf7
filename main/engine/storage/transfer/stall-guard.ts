import type { Clock } from '../../env/clock.ts'
import { EverstowError } from '../../model/errors.ts'

/** Watches one exchange with a place. */
export interface StallGuard {
  /** Fires when the caller cancels or nothing moved for too long. Hand it to the request. */
  readonly signal: AbortSignal
  /** Bytes moved. */
  touch(): void
  /** Why the signal fired; undefined while it did not, so that other errors keep their own meaning. */
  reason(): EverstowError | undefined
  /** Ends the watch; the signal will not fire any more. */
  release(): void
}

export interface StallGuardOptions {
  readonly clock: Clock
  /** How long nothing may move. */
  readonly stallTimeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** True while it is us, not the place, who does not go on (for example a reader that takes its time). */
  readonly excused?: () => boolean
}

/** Starts to watch. Every guard must be released, or its timer beats on. */
export function guardAgainstStall(options: StallGuardOptions): StallGuard {
  const { clock, stallTimeoutMs, signal } = options
  const controller = new AbortController()
  let movedMs = clock.monotonicMs()
  let reason: EverstowError | undefined
  const fire = (error: EverstowError): void => {
    if (reason) return
    reason = error
    release()
    controller.abort(error)
  }
  const onAbort = (): void => fire(new EverstowError('cancelled', { cause: signal?.reason }))
  const stop = clock.every(Math.max(10, stallTimeoutMs / 8), () => {
    if (options.excused?.()) movedMs = clock.monotonicMs()
    else if (clock.monotonicMs() - movedMs >= stallTimeoutMs)
      fire(new EverstowError('timed-out', { data: { timeoutMs: stallTimeoutMs } }))
  })
  const release = (): void => {
    stop()
    signal?.removeEventListener('abort', onAbort)
  }
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    touch: () => {
      movedMs = clock.monotonicMs()
    },
    reason: () => reason,
    release,
  }
}
