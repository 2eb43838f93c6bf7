import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../env/clock.ts'

/** So long the others wait at most while a folder is gone through. */
const SLICE_MS = 10
/** Looking at the clock costs, too. */
const STEPS_BETWEEN = 16

/** Gives way to others once a slice of time is over. */
export function slices(clock: Clock): () => Promise<void> | undefined {
  let since = clock.monotonicMs()
  let count = 0
  return () => {
    if (++count % STEPS_BETWEEN !== 0 || clock.monotonicMs() - since < SLICE_MS) return undefined
    return setImmediate().then(() => {
      since = clock.monotonicMs()
    })
  }
}
