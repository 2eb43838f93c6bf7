import { pipeline, type Readable, Transform } from 'node:stream'
import { EverstowError } from '../../model/errors.ts'
import type { StallGuard } from './stall-guard.ts'

/**
 * Passes a download on and releases its guard at the end. Ends with `connection-lost` when bytes are missing, with what
 * `mapError` makes of any other failure, and with the guard's reason when that is what cut it.
 */
export function countedBody(
  upstream: Readable,
  expectedBytes: number,
  guard: StallGuard,
  mapError: (error: unknown) => EverstowError,
): Readable {
  let receivedBytes = 0
  const counted = new Transform({
    highWaterMark: 256 * 1024,
    transform(piece: Buffer, _encoding, done) {
      guard.touch()
      receivedBytes += piece.length
      done(null, piece)
    },
    flush(done) {
      done(receivedBytes === expectedBytes ? null : lost(receivedBytes, expectedBytes))
    },
    destroy(error, done) {
      guard.release()
      // A reader that stops early gives no error; then the rest must not go on arriving either.
      upstream.destroy()
      done(error && (guard.reason() ?? (error instanceof EverstowError ? error : mapError(error))))
    },
  })
  pipeline(upstream, counted, () => {
    // The outcome shows on `counted`, which the caller holds; a pipeline without a callback would throw it a second time.
  })
  return counted
}

function lost(receivedBytes: number, expectedBytes: number): EverstowError {
  return new EverstowError('connection-lost', { data: { receivedBytes, expectedBytes } })
}
