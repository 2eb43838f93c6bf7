import { Readable } from 'node:stream'
import type { StallGuard } from './stall-guard.ts'

/** Small enough that a slow but living connection is seen to move long before it counts as silent. */
const SLICE_BYTES = 64 * 1024

/** Bytes in memory as a stream of slices, each of which tells the guard that the socket took it. */
export function slicedStream(pieces: readonly Uint8Array[], guard: StallGuard): Readable {
  return Readable.from(slices(pieces, guard), { objectMode: false })
}

function* slices(pieces: readonly Uint8Array[], guard: StallGuard): Generator<Uint8Array> {
  for (const piece of pieces)
    for (let at = 0; at < piece.byteLength; at += SLICE_BYTES) {
      guard.touch()
      yield piece.subarray(at, at + SLICE_BYTES)
    }
}
