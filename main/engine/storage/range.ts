import { EverstowError } from '../model/errors.ts'
import type { ByteRange } from './object-store.ts'

/** The bytes of an object of `sizeBytes` that a range means: cut at the end; `invalid-input` when no byte of the object lies in it. */
export function rangeWithin(range: ByteRange | undefined, sizeBytes: number): ByteRange {
  if (!range) return { start: 0, end: sizeBytes }
  const { start, end } = range
  const sound = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end > start
  if (!sound || start >= sizeBytes) {
    throw new EverstowError('invalid-input', { data: { field: 'range', start, end, sizeBytes } })
  }
  return { start, end: Math.min(end, sizeBytes) }
}
