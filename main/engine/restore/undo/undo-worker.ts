import * as files from '../../env/node/sync-files.ts'
import { parentPort } from '../../env/node/threads.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { type ErrorFacts, factsOfError } from '../error-facts.ts'
import { runUndo, type UndoJob, type UndoReport } from './run-undo.ts'

/** What the thread says. */
export type FromUndo =
  | { readonly type: 'progress'; readonly items: number }
  | { readonly type: 'done'; readonly report: UndoReport }
  | { readonly type: 'failed'; readonly error: ErrorFacts }

/** Of so many one is told. */
const TELL_EVERY = 256

/** The worker's whole program: one undo, then the end. */
const port = parentPort
if (!port) throw new EverstowError('internal', { message: 'undo-worker runs only as a worker' })

port.once('message', (job: UndoJob) => {
  let items = 0
  try {
    const report = runUndo(job, files, () => {
      if (++items % TELL_EVERY === 0) port.postMessage({ type: 'progress', items } satisfies FromUndo)
    })
    port.postMessage({ type: 'done', report } satisfies FromUndo)
  } catch (error) {
    port.postMessage({ type: 'failed', error: factsOfError(asEverstowError(error)) } satisfies FromUndo)
  }
})
