import { EverstowError } from '../../model/errors.ts'
import type { RestoreProgress, RestoreReport } from '../restore-options.ts'
import type { PumpAnswer, PumpRequest } from './byte-pump.ts'
import type { RestoreJob } from './restore-job.ts'

/** What the main thread tells the restore worker. */
export type ToWorker =
  | { readonly type: 'start'; readonly job: RestoreJob }
  | { readonly type: 'cancel' }
  | PumpAnswer

/** What the worker tells the main thread. */
export type FromWorker =
  | { readonly type: 'progress'; readonly progress: RestoreProgress }
  | { readonly type: 'done'; readonly report: RestoreReport }
  | { readonly type: 'failed'; readonly error: ErrorFacts }
  | PumpRequest

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
