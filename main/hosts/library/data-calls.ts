import type { CallOutput, DataFile, DataKind } from '../../contract/index.ts'
import type { Caller, Cancellable } from './caller.ts'
import { pagesOfFiles } from './pages.ts'
import type { BackupRange, FilesQuery } from './queries.ts'
import { type RestoredLatest, type RestoreLatest, restoreLatest } from './restore-latest.ts'

/** Which backups a value is followed through, and how much of it comes back. */
export interface SeriesOptions extends BackupRange, Cancellable {
  /** A JSON Pointer (`/prices/0`) or a JSONPath (`$.prices[*].eur`); absent: the whole value. */
  readonly select?: string
  readonly as?: DataKind
  /** The newest so many backups, up to 1,000; absent: 100. */
  readonly limit?: number
  /** Only the first of equal points. */
  readonly changesOnly?: boolean
}

/** Where a JSONPath is looked for. */
export interface QueryOptions extends Cancellable {
  /** Id of a backup, or the beginning of one; absent: the newest. */
  readonly backup?: string
  /** ISO 8601: the newest backup that was made up to then. */
  readonly at?: string
  readonly as?: DataKind
  /** At most so many matches, up to 10,000; absent: 100. */
  readonly limit?: number
}

/** Where a text is looked for. */
export interface SearchOptions extends BackupRange, Cancellable {
  /** `names` of files (absent), or `contents` of texts and data of one backup. */
  readonly in?: 'names' | 'contents'
  readonly backup?: string
  readonly at?: string
  /** Only in files of such names, as in `files`. */
  readonly name?: string
  /** At most so many hits, up to 1,000; absent: 50. */
  readonly limit?: number
}

/** Questions about the data of many backups. */
export interface DataCalls {
  /** Files by path, kind and date, over all backups; those that are equal come once, with the newest backup that holds them. */
  files(query?: FilesQuery): AsyncIterable<DataFile>
  /** How a value developed over backups, oldest first: one point a backup. What could not be read is a point that says so. */
  series(path: string, options?: SeriesOptions): Promise<CallOutput<'data.series'>>
  /** Everything that a JSONPath finds in a file of a backup, or in all files of a glob. `unread` names those that are not data. */
  query(path: string, select: string, options?: QueryOptions): Promise<CallOutput<'data.query'>>
  /** Files whose name or content has a text, whatever its case. */
  search(text: string, options?: SearchOptions): Promise<CallOutput<'data.search'>>
  /**
   * Brings the newest state back in one call and answers when it has ended. `failed` and `refused` of the answer name what did not come back.
   *
   * ```ts
   * const { restored, failed } = await everstow.restoreLatest({ into: '/srv/restored', plan: 'work' })
   * ```
   */
  restoreLatest(options: RestoreLatest): Promise<RestoredLatest>
}

/** These questions over a client. */
export function dataCallsOf(call: Caller): DataCalls {
  return {
    files: (query = {}) => pagesOfFiles(call, query),
    series: (path, { signal, ...options } = {}) => call('data.series', { ...options, path }, signal),
    query: (path, select, { signal, ...options } = {}) =>
      call('data.query', { ...options, path, select }, signal),
    search: (text, { signal, ...options } = {}) => call('data.search', { ...options, text }, signal),
    restoreLatest: (options) => restoreLatest(call, options),
  }
}
