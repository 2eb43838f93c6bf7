import * as files from '../../env/node/sync-files.ts'
import { type MessagePort, parentPort } from '../../env/node/threads.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { restoreRepoKeys } from '../../repository/crypto/repo-keys.ts'
import { attachChunkIndex } from '../../repository/index/chunk-index.ts'
import { createChunkOpener } from '../../repository/read/open-chunks.ts'
import { factsOfError } from '../error-facts.ts'
import { askMain } from './ask-main.ts'
import { restoreCounters } from './restore-counters.ts'
import type { ThreadStart, ToWriter, WriteOrder, WriteOutcome } from './snapshot-messages.ts'
import { attachWindow } from './windows/restore-window.ts'
import { openWindowFiles } from './windows/window-files.ts'
import { writeWindow } from './windows/write-window.ts'

/** The program of a thread that writes files: window after window, in the order the director gives them. */
const port = parentPort
if (!port) throw new EverstowError('internal', { message: 'writer-worker runs only as a worker' })

const main = askMain(port)
port.on('message', (message: ToWriter) => {
  if (message.type === 'start') listen(message.start, message.director)
  else main.handle(message)
})

function listen(start: ThreadStart, director: MessagePort): void {
  const index = attachChunkIndex(start.index)
  const opener = createChunkOpener(restoreRepoKeys(start.keys), index)
  const reader = main.reader(start.source, index.packs)
  const counters = restoreCounters(start.counters)
  let turn: Promise<void> = Promise.resolve()

  async function write({ window: handles, tree, owner, created, budgetBytes }: WriteOrder): Promise<void> {
    const tell = (outcome: WriteOutcome) => director.postMessage(outcome)
    try {
      const window = attachWindow(handles)
      const own = openWindowFiles({ files, window, tree, owner, created, counters })
      const { rescue } = main
      const lost = await writeWindow({
        window,
        index,
        reader,
        opener,
        counters,
        files: own,
        budgetBytes,
        rescue,
      })
      tell({
        type: 'written',
        lost: lost.map(({ file, error }) => ({ file, code: error.code })),
        problems: own.problems,
      })
    } catch (error) {
      tell({ type: 'failed', error: factsOfError(asEverstowError(error)) })
    }
  }

  director.on('message', (order: WriteOrder) => {
    turn = turn.then(() => write(order))
  })
}
