import { EverstowError } from '../../model/errors.ts'

/** Stored bytes that are not what they should be. `what` is the kind of object, `reason` a constant for logs. */
export function damaged(what: string, reason: string, cause?: unknown): EverstowError {
  return new EverstowError('data-damaged', { data: { what, reason }, cause })
}
