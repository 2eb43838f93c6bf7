import * as files from '../../env/node/sync-files.ts'
import { parentPort } from '../../env/node/threads.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { type ErrorFacts, factsOfError } from '../error-facts.ts'
import type { Tally } from '../tally.ts'
import { lookAt, removeTree } from '../target/sync-files.ts'
import { type GatherJob, runGather } from './run-gather.ts'

/** What the thread is told: one piece of work, and that it should stop. */
export type ToGather =
  | { readonly type: 'gather'; readonly job: GatherJob }
  | { readonly type: 'discard'; readonly folder: string }
  | { readonly type: 'cancel' }

/** What it says. */
export type FromGather =
  | { readonly type: 'packing'; readonly bytes: number }
  | { readonly type: 'done'; readonly tally: Tally | undefined }
  | { readonly type: 'failed'; readonly error: ErrorFacts }

const port = parentPort
if (!port) throw new EverstowError('internal', { message: 'gather-worker runs only as a worker' })

/** Of so much one is told. */
const TELL_EVERY_BYTES = 4 * 1024 * 1024
const stopping = new AbortController()
const tell = (message: FromGather) => port.postMessage(message)

port.on('message', (message: ToGather) => {
  if (message.type === 'cancel') stopping.abort(new EverstowError('cancelled'))
  else void work(message)
})

async function work(message: Exclude<ToGather, { type: 'cancel' }>): Promise<void> {
  let bytes = 0
  let told = 0
  const onBytes = (more: number): void => {
    bytes += more
    if (bytes - told < TELL_EVERY_BYTES) return
    told = bytes
    tell({ type: 'packing', bytes })
  }
  try {
    if (message.type === 'discard') {
      if (lookAt(files, message.folder)) removeTree(files, message.folder)
      tell({ type: 'done', tally: undefined })
    } else
      tell({
        type: 'done',
        tally: await runGather(message.job, files, { signal: stopping.signal, onBytes }),
      })
  } catch (error) {
    tell({ type: 'failed', error: factsOfError(asEverstowError(error)) })
  }
}
