import type { Readable } from 'node:stream'
import { EverstowError } from '../model/errors.ts'

/** Throws `cancelled` once the signal has fired, whatever reason it was given. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EverstowError('cancelled', { cause: signal.reason })
}

/** Breaks a stream with `cancelled` when the signal fires. */
export function destroyOnCancel<Stream extends Readable>(
  stream: Stream,
  signal: AbortSignal | undefined,
): Stream {
  if (!signal) return stream
  const cancel = () => stream.destroy(new EverstowError('cancelled', { cause: signal.reason }))
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  stream.once('close', () => signal.removeEventListener('abort', cancel))
  return stream
}
