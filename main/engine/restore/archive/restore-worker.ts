import * as files from '../../env/node/sync-files.ts'
import { parentPort } from '../../env/node/threads.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { factsOfError } from '../error-facts.ts'
import { pumpClient } from './byte-pump.ts'
import type { RestoreJob } from './restore-job.ts'
import type { FromWorker, ToWorker } from './restore-messages.ts'
import { runRestore } from './run-restore.ts'

/** The worker's whole program: one restore, then the end. */
const port = parentPort
if (!port) throw new EverstowError('internal', { message: 'restore-worker runs only as a worker' })

const cancelling = new AbortController()
const pump = pumpClient(port, cancelling.signal)
const tell = (message: FromWorker) => port.postMessage(message)

port.on('message', (message: ToWorker) => {
  if (message.type === 'start') void run(message.job)
  else if (message.type === 'cancel') cancelling.abort()
  else pump.handle(message)
})

async function run(job: RestoreJob): Promise<void> {
  try {
    const onProgress = (progress: Extract<FromWorker, { type: 'progress' }>['progress']) =>
      tell({ type: 'progress', progress })
    const report = await runRestore(job, { files, open: pump.open, signal: cancelling.signal, onProgress })
    tell({ type: 'done', report })
  } catch (error) {
    tell({ type: 'failed', error: factsOfError(asEverstowError(error)) })
  }
  port?.close()
}
