import { join } from 'node:path'
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
} from '../../env/node/sync-files.ts'
import { parentPort, workerData } from '../../env/node/threads.ts'
import { toThreadFailure } from '../../sources/files/thread-failure.ts'
import { encodePackRecord, type SessionPack } from './pack-journal.ts'
import type { SettlerMessage, SettlerOrder, SettlerStart } from './thread-messages.ts'
import { writeAll } from './tree-file.ts'

// Makes finished packs durable, off the threads that compute: flush, final name, journal. In this order, so that what the journal
// names is there after a crash.

const { packsFolder, journalPath } = workerData as SettlerStart
const journal = openSync(journalPath, 'a', 0o600)
let journalBytes = fstatSync(journal).size

function tell(message: SettlerMessage): void {
  parentPort?.postMessage(message)
}

function settle(path: string, pack: SessionPack): void {
  const file = openSync(path, 'r+')
  try {
    fdatasyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(path, join(packsFolder, pack.packId))
  const record = encodePackRecord(pack)
  try {
    writeAll(journal, record)
  } catch (error) {
    // Half a record would hide all that come after it.
    ftruncateSync(journal, journalBytes)
    throw error
  }
  journalBytes += record.length
  tell({ type: 'settled', pack })
}

function end(): void {
  fdatasyncSync(journal)
  closeSync(journal)
  const folder = openSync(packsFolder, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
  tell({ type: 'ended' })
}

// After a failure it goes on: the workers stop and free what they had half written, and other packs may be saved yet.
parentPort?.on('message', (order: SettlerOrder) => {
  try {
    if (order.type === 'pack') settle(order.path, order.pack)
    else end()
  } catch (error) {
    tell({ type: 'failed', failure: toThreadFailure(error) })
  }
  if (order.type === 'end') parentPort?.close()
})
