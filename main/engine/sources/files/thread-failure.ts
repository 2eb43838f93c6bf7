import { asEverstowError, EverstowError } from '../../model/errors.ts'

/** An error on its way out of a worker thread: structured cloning would keep the text of an `EverstowError` and lose its code. */
export interface ThreadFailure {
  readonly code: EverstowError['code']
  readonly data: EverstowError['data']
  readonly retry: EverstowError['retry']
  readonly message: string
}

/** What a worker posts of an error. */
export function toThreadFailure(error: unknown): ThreadFailure {
  const { code, data, retry, message } = asEverstowError(error)
  return { code, data, retry, message }
}

/** The error again, on the thread that waits for the worker. */
export function fromThreadFailure({ code, ...options }: ThreadFailure): EverstowError {
  return new EverstowError(code, options)
}
