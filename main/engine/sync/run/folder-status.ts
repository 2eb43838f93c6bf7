import type { SyncBook } from '../../catalogue/sync-book.ts'
import type { StoredError } from '../../model/backup.ts'
import type { Skipped } from '../disk/node-disk.ts'

/** Many deletions that wait for a person's word. */
export interface HeldDeletions {
  readonly id: string
  readonly direction: 'out' | 'in'
  readonly files: number
  readonly of: number
  readonly examples: readonly string[]
}

/** What could not be synced. */
export interface SyncProblem {
  readonly path: string
  readonly error: StoredError
}

/** What lies in a synced folder and can be synced by nobody; the first of it by name. */
export interface LeftOut {
  readonly count: number
  readonly first: readonly Skipped[]
}

/** How a synced folder is, as other processes read it. */
export interface FolderStatus {
  readonly state: 'new' | 'synced' | 'pending' | 'syncing' | 'waiting' | 'held' | 'failed'
  /** When both sides were last the same, milliseconds since 1970. */
  readonly lastSyncMs?: number
  readonly files: number
  readonly bytes: number
  /** Changes here that the others do not have. */
  readonly pending: number
  readonly held?: HeldDeletions
  readonly problems: readonly SyncProblem[]
  readonly leftOut?: LeftOut
  readonly error?: StoredError
  readonly totals: SyncTotals
}

export interface SyncTotals {
  readonly uploadedBytes: number
  readonly downloadedBytes: number
  readonly syncs: number
  readonly failures: number
  readonly workedMs: number
  readonly conflicts: number
}

const NO_TOTALS: SyncTotals = {
  uploadedBytes: 0,
  downloadedBytes: 0,
  syncs: 0,
  failures: 0,
  workedMs: 0,
  conflicts: 0,
}

const NEW: FolderStatus = { state: 'new', files: 0, bytes: 0, pending: 0, problems: [], totals: NO_TOTALS }

/** The last known status; that of a new folder where nothing is known. */
export function readStatus(book: SyncBook, folderId: string): FolderStatus {
  const text = book.status(folderId)
  return text === undefined ? NEW : (JSON.parse(text) as FolderStatus)
}

export function writeStatus(book: SyncBook, folderId: string, status: FolderStatus): void {
  book.setStatus(folderId, JSON.stringify(status))
}
