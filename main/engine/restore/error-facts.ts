import { EverstowError } from '../model/errors.ts'

/** An error between threads: a class instance would arrive as a plain object. */
export type ErrorFacts = Pick<EverstowError, 'code' | 'data' | 'retry' | 'retryAfterMs' | 'message' | 'stack'>

export function factsOfError({ code, data, retry, retryAfterMs, message, stack }: EverstowError): ErrorFacts {
  return { code, data, retry, retryAfterMs, message, ...(stack !== undefined && { stack }) }
}

export function errorOfFacts({ code, data, retry, retryAfterMs, message, stack }: ErrorFacts): EverstowError {
  const cause = Object.assign(new Error(message), { stack })
  return new EverstowError(code, {
    data,
    retry,
    message,
    cause,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}
