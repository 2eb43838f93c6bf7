import type { EverstowError } from '../../../model/errors.ts'
import type { DataJob } from './job.ts'

/** What a thread is told. Without `bytes` an input is at its end. */
export type ToThread =
  | { readonly type: 'job'; readonly job: DataJob; readonly inputs: number }
  | { readonly type: 'piece'; readonly bytes?: Uint8Array }

/** What it says: that it is there, that it wants the next piece of an input, how the job ended. */
export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'more'; readonly input: number }
  | { readonly type: 'done'; readonly result: string }
  | { readonly type: 'failed'; readonly code: EverstowError['code']; readonly data: EverstowError['data'] }
