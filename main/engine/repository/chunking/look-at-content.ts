/** Whether all bytes are zero (an empty range is). */
export function isAllZero(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return true
  // All equal their neighbour, and one is zero. One native comparison, which ends at the first difference.
  return bytes[0] === 0 && Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0
}

/** Above this entropy, in bits a byte, compressing costs time and gains nothing. */
const INCOMPRESSIBLE_BITS = 7.95

/** What `looksIncompressible` should be shown: fewer random bytes than about 8 KiB look less random than they are. */
export const SAMPLE_BYTES = 16 * 1024

const counts = new Uint32Array(256)

/** Whether a sample (about 16 KiB) looks compressed or encrypted already: the entropy of its bytes is above 7.95 bits. */
export function looksIncompressible(sample: Uint8Array): boolean {
  counts.fill(0)
  for (let at = 0; at < sample.length; at++) {
    const byte = sample[at] as number
    counts[byte] = (counts[byte] as number) + 1
  }
  let sum = 0
  for (let value = 0; value < 256; value++) {
    const count = counts[value] as number
    if (count > 0) sum += count * Math.log2(count)
  }
  return sample.length > 0 && Math.log2(sample.length) - sum / sample.length > INCOMPRESSIBLE_BITS
}
