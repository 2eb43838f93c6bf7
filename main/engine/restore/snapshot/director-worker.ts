import * as files from '../../env/node/sync-files.ts'
import { parentPort } from '../../env/node/threads.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { createChunkHasher } from '../../repository/crypto/chunk-id.ts'
import { restoreRepoKeys } from '../../repository/crypto/repo-keys.ts'
import { attachChunkIndex } from '../../repository/index/chunk-index.ts'
import { createBlockFetcher } from '../../repository/read/block-fetcher.ts'
import { withFallback } from '../../repository/read/with-fallback.ts'
import { factsOfError } from '../error-facts.ts'
import { askMain } from './ask-main.ts'
import { restoreCounters } from './restore-counters.ts'
import { runSnapshotRestore } from './run-snapshot-restore.ts'
import { sameChunks } from './same-chunks.ts'
import type { FromDirector, ToDirector } from './snapshot-messages.ts'
import { connectWriters } from './writers.ts'

/** The program of the thread that plans a restore, makes folders and links, and places the result. */
const port = parentPort
if (!port) throw new EverstowError('internal', { message: 'director-worker runs only as a worker' })

const main = askMain(port)
const tell = (message: FromDirector) => port.postMessage(message)
port.on('message', (message: ToDirector) => {
  if (message.type === 'start') void direct(message)
  else main.handle(message)
})

async function direct({ start, job, writers }: Extract<ToDirector, { type: 'start' }>): Promise<void> {
  try {
    const keys = restoreRepoKeys(start.keys)
    const index = attachChunkIndex(start.index)
    const reader = main.reader(start.source, index.packs)
    const hasher = createChunkHasher(keys)
    // The thread that answers for the others tells of every chunk they helped out with.
    const fetcher = withFallback([createBlockFetcher({ keys, index, reader }), main.others], () => {})
    const report = await runSnapshotRestore(job, {
      files,
      index,
      fetcher,
      writers: connectWriters(writers),
      counters: restoreCounters(start.counters),
      isSame: (path, ids) => sameChunks(files, index, hasher, path, ids),
      onPlacing: () => tell({ type: 'placing' }),
    })
    tell({ type: 'done', report })
  } catch (error) {
    tell({ type: 'failed', error: factsOfError(asEverstowError(error)) })
  }
}
