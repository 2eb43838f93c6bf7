import type { Clock } from '../../env/clock.ts'
import type { BackupRow } from '../../model/backup.ts'

/** A file in a listing; of a hard link what it is a name of. */
export interface ListedFile {
  readonly path: string
  readonly sizeBytes: number
  readonly mtimeMs: number
  readonly linkTo?: string
}

/** Listings of backups, which never change: whoever asks for one page of a long one asks for the next. */
export interface Listings {
  /** What `list` gives for a folder of a backup, while it is kept without asking for it again. */
  of(
    backup: Pick<BackupRow, 'id' | 'sha256'>,
    folder: string,
    list: () => Promise<readonly ListedFile[]>,
  ): Promise<readonly ListedFile[]>
  close(): void
}

/** Files in all of them together: some 200 bytes each. */
const MOST_FILES = 300_000
/** Nobody asks for a page any more. */
const IDLE_MS = 60_000

/** Keeps those that were asked for last, as long as somebody goes on asking. */
export function createListings(clock: Clock, mostFiles = MOST_FILES): Listings {
  const kept = new Map<string, readonly ListedFile[]>()
  let stopSweeping: (() => void) | undefined

  function keep(key: string, files: readonly ListedFile[]): void {
    kept.delete(key)
    kept.set(key, files)
    let total = kept.values().reduce((sum, { length }) => sum + length, 0)
    for (const [oldest, { length }] of kept) {
      if (total <= mostFiles) break
      kept.delete(oldest)
      total -= length
    }
    stopSweeping?.()
    stopSweeping = clock.every(IDLE_MS, close)
  }

  function close(): void {
    stopSweeping?.()
    kept.clear()
  }

  return {
    async of({ id, sha256 }, folder, list) {
      const key = JSON.stringify([id, sha256, folder])
      const files = kept.get(key) ?? (await list())
      keep(key, files)
      return files
    },
    close,
  }
}
