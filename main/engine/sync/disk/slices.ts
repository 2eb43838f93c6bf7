import type { Clock } from '../../env/clock.ts'

/** So long the others wait at most while a folder is listed. */
const SLICE_MS = 10

/** Gives way to others once a slice of time is over. */
export function slices(clock: Clock): () => Promise<void> | undefined {
  let since = clock.monotonicMs()
  let count = 0
  return () => {
    if (++count % 32 !== 0 || clock.monotonicMs() - since < SLICE_MS) return undefined
    return clock.sleep(0).then(() => {
      since = clock.monotonicMs()
    })
  }
}
