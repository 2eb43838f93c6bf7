const ALWAYS_BYTES = 16 * 1024 * 1024
/** What we keep is text with random ids in each of its entries, which shrinks to a third or so; names of hundreds of control characters make it a hundredth. */
const MOST_RATIO = 512

/** What may come out of a compressed frame at most: a small one can claim gigabytes. */
export function mostFromFrame(frameBytes: number, limitBytes: number): number {
  return Math.min(limitBytes, Math.max(ALWAYS_BYTES, frameBytes * MOST_RATIO))
}
