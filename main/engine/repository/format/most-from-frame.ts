const ALWAYS_BYTES = 16 * 1024 * 1024
/** What we keep is text of random ids, which shrinks to a third or so. */
const MOST_RATIO = 64

/** What may come out of a compressed frame at most: a small one can claim gigabytes. */
export function mostFromFrame(frameBytes: number, limitBytes: number): number {
  return Math.min(limitBytes, Math.max(ALWAYS_BYTES, frameBytes * MOST_RATIO))
}
