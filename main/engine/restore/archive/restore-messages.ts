import type { ErrorFacts } from '../error-facts.ts'
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
