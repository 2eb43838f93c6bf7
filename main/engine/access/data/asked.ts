import type { Workspace } from '../../catalogue/workspace.ts'
import type { BackupRow } from '../../model/backup.ts'
import { EverstowError } from '../../model/errors.ts'
import { isInsidePath } from '../../model/path-pattern.ts'
import type { DataCache } from '../data-cache.ts'
import type { Readers } from '../versions.ts'
import type { DataGate } from './gate.ts'
import type { DataThreads } from './jobs/threads.ts'
import type { Listings } from './listings.ts'

export interface BackupsAsked extends BackupRange {
  readonly format?: BackupRow['format'] | undefined
  readonly search?: string | undefined
}

/** What reading data in backups works with. */
export interface DataDeps {
  readonly workspace: Workspace
  readonly readers: Readers
  readonly cache: DataCache
  readonly threads: DataThreads
  readonly listings: Listings
}

/** Who asks, as far as it matters here. */
export interface Asker {
  readonly gate: DataGate
  readonly signal: AbortSignal
}

/** Which backups are meant; times in milliseconds since 1970, inclusive. */
export interface BackupRange {
  /** Name or id. */
  readonly plan?: string | undefined
  /** Part of a source path. */
  readonly source?: string | undefined
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
}

/** One backup: its id, the beginning of one, or `latest`; that with `atMs` up to then. */
export interface Which {
  readonly backup: string
  readonly atMs?: number | undefined
}

/** What somebody may not see is not there either: both get this. */
export function notThere(path: string): EverstowError {
  return new EverstowError('invalid-input', { data: { field: 'path', value: path, reason: 'not-there' } })
}

/** Whether a path is one that listings show: names with `/` between them, from the top. */
export function isShownPath(path: string): boolean {
  return isInsidePath(path) && !path.includes('\\')
}

/** The reader of a backup's form. */
export function readerOf(
  { readers }: DataDeps,
  { format }: BackupRow,
): Readers['snapshots'] | Readers['archives'] {
  return format === 'snapshot' ? readers.snapshots : readers.archives
}
