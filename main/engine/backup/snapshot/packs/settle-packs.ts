import { join } from 'node:path'
import { type FileHandle, open, rename } from '../../../env/node/file-handles.ts'
import { encodePackRecord, type SessionPack } from './pack-journal.ts'
import type { Session } from './session-folder.ts'

/** Makes finished packs durable while the threads that compute go on. */
export interface Settler {
  /** `path`: where the pack lies complete. Settles when it is durable, has its name and stands in the journal. */
  settle(path: string, pack: SessionPack): Promise<void>
  /** After the last pack, also when one failed: makes the journal and the names durable. */
  end(): Promise<void>
}

/** Flush, final name, journal, in this order: what the journal names is there after a crash. */
export function createSettler({ packsFolder, packJournal }: Session): Settler {
  let journal: { readonly file: FileHandle; bytes: number } | undefined
  let last: Promise<unknown> = Promise.resolve()

  const openJournal = async () => {
    if (!journal) {
      const file = await open(packJournal, 'a', 0o600)
      journal = { file, bytes: (await file.stat()).size }
    }
    return journal
  }

  const nameAndNote = async (path: string, pack: SessionPack): Promise<void> => {
    await rename(path, join(packsFolder, pack.packId))
    const record = encodePackRecord(pack)
    const opened = await openJournal()
    try {
      await opened.file.appendFile(record)
    } catch (error) {
      // Half a record would hide all that come after it.
      await opened.file.truncate(opened.bytes)
      throw error
    }
    opened.bytes += record.length
  }

  return {
    settle(path, pack) {
      // The disk may write several at once.
      const flushed = flush(path)
      // Told below, when its turn has come.
      flushed.catch(() => {})
      // After a failure it goes on: the workers stop and free what they had half written, and other packs may be saved yet.
      const settled = last.then(() => flushed).then(() => nameAndNote(path, pack))
      last = settled.catch(() => {})
      return settled
    },
    async end() {
      await last
      if (!journal) return
      try {
        await journal.file.datasync()
      } finally {
        await journal.file.close()
      }
      const folder = await open(packsFolder, 'r')
      try {
        await folder.sync()
      } finally {
        await folder.close()
      }
    },
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.datasync()
  } finally {
    await file.close()
  }
}
