import type { CallInput, DataBackup } from '../../contract/index.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import { type Backup, backupOf } from './backup.ts'
import type { Caller, Cancellable } from './caller.ts'
import { pagesOfBackups } from './pages.ts'
import type { BackupRange } from './queries.ts'

/** Backups by when, what and where from. */
export interface BackupQuery extends BackupRange, Cancellable {
  readonly format?: 'archive' | 'snapshot'
  /** In id, plan, tag or sources. */
  readonly search?: string
  /** At most so many; absent: all. */
  readonly limit?: number
}

/** Backups as data. Those that are being made, or came to nothing, are none. */
export interface Backups {
  /** All of them, newest first, read page by page as they are gone through. */
  list(options?: Cancellable & { readonly limit?: number }): AsyncIterable<Backup>
  /** Those that fit, newest first, read page by page as they are gone through. */
  query(query: BackupQuery): AsyncIterable<Backup>
  /** The newest. Rejects with `unknown-backup` where there is none. */
  latest(which?: Pick<BackupRange, 'plan' | 'source'> & Cancellable): Promise<Backup>
  /** The newest that was made up to a time: how it stood then. Rejects with `unknown-backup` where there is none. */
  at(time: string | Date, which?: Pick<BackupRange, 'plan' | 'source'> & Cancellable): Promise<Backup>
  /** The one with this id, or with an id that begins so; `name-ambiguous` where several do. */
  get(id: string, options?: Cancellable): Promise<Backup>
}

/** The backups behind a client. */
export function backupsOf(call: Caller): Backups {
  async function* query(wanted: BackupQuery): AsyncGenerator<Backup> {
    for await (const facts of pagesOfBackups(call, wanted)) yield backupOf(call, facts)
  }
  const newest = async (
    { signal, ...wanted }: Omit<CallInput<'data.backups'>, 'limit'> & Cancellable,
    said: string,
  ): Promise<Backup> => backupOf(call, await newestOf(call, wanted, said, signal))
  return {
    list: (options = {}) => query(options),
    query,
    latest: (which = {}) => newest(which, 'latest'),
    at: (time, which = {}) => {
      const to = typeof time === 'string' ? time : time.toISOString()
      return newest({ ...which, to }, to)
    },
    get: (id, options = {}) => newest({ ...options, backup: id }, id),
  }
}

/** The newest backup that fits; `said`: how it was asked for. */
export async function newestOf(
  call: Caller,
  wanted: Omit<CallInput<'data.backups'>, 'limit'>,
  said: string,
  signal: AbortSignal | undefined,
): Promise<DataBackup> {
  const { backups } = await call('data.backups', { ...wanted, limit: 1 }, signal)
  const [newest] = backups
  if (!newest) throw new EverstowError('unknown-backup', { data: { id: said } })
  return newest
}
