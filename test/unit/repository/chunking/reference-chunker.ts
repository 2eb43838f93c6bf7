import { createHmac } from 'node:crypto'

export interface Sizes {
  readonly minBytes: number
  readonly averageBytes: number
  readonly maxBytes: number
}

/** Section 9 of docs/format/repository.md, word for word and without a thought for speed: the ends of all chunks of a whole file. */
export function referenceCuts(content: Uint8Array, gearKey: Uint8Array, sizes: Sizes): number[] {
  const { minBytes, averageBytes, maxBytes } = sizes
  const gear = Array.from({ length: 256 }, (_, byte) =>
    createHmac('sha256', gearKey).update(Uint8Array.of(byte)).digest().readBigUInt64LE(0),
  )
  const bits = Math.log2(averageBytes)
  const strict = mask(bits + 2)
  const loose = mask(bits - 2)

  const cuts: number[] = []
  let start = 0
  while (start < content.length) {
    let end = Math.min(start + maxBytes, content.length)
    if (content.length - start > minBytes) {
      // The hash of the 64 bytes before a place needs no more than those; this keeps it rolling instead of starting over for each place.
      let hash = 0n
      for (let place = start + minBytes - 63; place <= Math.min(start + maxBytes, content.length); place++) {
        hash = BigInt.asUintN(64, hash * 2n + (gear[content[place - 1] as number] as bigint))
        if (place < start + minBytes) continue
        if ((hash & (place <= start + averageBytes ? strict : loose)) === 0n) {
          end = place
          break
        }
      }
    }
    cuts.push(end)
    start = end
  }
  return cuts
}

function mask(bits: number): bigint {
  let ones = 0n
  for (let k = 0; k < bits; k++) ones |= 1n << BigInt(63 - Math.floor((k * 48) / bits))
  return ones
}
