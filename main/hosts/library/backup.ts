import type { CallOutput, DataBackup, DataFile, DataKind } from '../../contract/index.ts'
import type { Caller, Cancellable } from './caller.ts'
import { type DataSources, lazySources, type Source, sourceMap } from './data-sources.ts'
import { pagesOfFiles } from './pages.ts'
import type { FileQuery } from './queries.ts'
import { type DataOptions, readData, streamData } from './read-data.ts'

/** What of a file is compared. */
export interface DiffOptions extends Cancellable {
  /** Where it is in the other backup, if that is elsewhere. */
  readonly toPath?: string
  /** A JSON Pointer: only what is below it. */
  readonly pointer?: string
  readonly as?: DataKind
  /** At most so many changes, up to 10,000; absent: 500. */
  readonly limit?: number
}

/** A backup whose data can be read. It holds nothing open: a backup is what it is, and each question is answered anew. */
export interface Backup extends Readonly<Omit<DataBackup, 'files' | 'sizeBytes'>> {
  readonly fileCount: number
  /** What its files hold. */
  readonly sizeBytes: number
  /** Files in it by path, read page by page as they are gone through. */
  files(query?: FileQuery): AsyncIterable<DataFile>
  /**
   * What a file holds. `name` is its path, or the shortest name that only it has (`prices` for `data/prices.json`); of several: `name-ambiguous`.
   *
   * By kind: JSON is its value; NDJSON and CSV are an async iterable of records, which of CSV are objects by column name; text is a string, anything else bytes.
   * A value, a text or bytes are in memory as a whole; `stream` and records are for what is larger.
   *
   * Rejects with `data-unreadable` for what is not what it should be, `data-too-large` for JSON beyond 256 MiB or a part beyond 4 MiB.
   */
  data(name: string, options: DataOptions & { readonly as: 'text' }): Promise<string>
  data(name: string, options: DataOptions & { readonly as: 'bytes' }): Promise<Uint8Array>
  data<R = Record<string, unknown>>(
    name: string,
    options: DataOptions & { readonly as: 'ndjson' | 'csv'; readonly select?: undefined },
  ): Promise<AsyncIterable<R>>
  data<T = unknown>(name: string, options?: DataOptions): Promise<T>
  /** The bytes of a file of any size, read as they are taken. */
  stream(path: string, options?: Cancellable): ReadableStream<Uint8Array>
  /** All that can be parsed in it, by name. Nothing of it is read yet. */
  dataSources(options?: Cancellable): Promise<ReadonlyMap<string, Source>>
  /**
   * The same as plain properties, as the older `data_sources` had them: `const { prices } = await backup.data_sources()`, then `await prices`. A property is read
   * when it is asked for, and once.
   */
  data_sources(options?: Cancellable): Promise<DataSources>
  /** What changed in a file from this backup to another one: values by path in JSON and records, lines in texts. */
  diff(
    other: string | Pick<DataBackup, 'id'>,
    path: string,
    options?: DiffOptions,
  ): Promise<CallOutput<'data.diff'>>
  /** The versions of a file that differ, over all backups of where it comes from, newest first. */
  versions(
    path: string,
    options?: Cancellable & { readonly limit?: number },
  ): Promise<CallOutput<'data.versions'>>
}

/** A backup over its facts. The owner's calls always tell how much there is. */
export function backupOf(
  call: Caller,
  { files: fileCount = 0, sizeBytes = 0, ...facts }: DataBackup,
): Backup {
  const backup = facts.id
  const read = (path: string, options: DataOptions = {}) => readData(call, { backup, path }, options)
  const sources = (options: Cancellable = {}) =>
    sourceMap(call, backup, (path, how) => read(path, how), options.signal)
  return {
    ...facts,
    fileCount,
    sizeBytes,
    files: (query = {}) => pagesOfFiles(call, { ...query, backup }),
    // What comes out is what the overloads say of what went in.
    data: read as Backup['data'],
    stream: (path, { signal } = {}) => streamData(call, { backup, path }, signal),
    dataSources: sources,
    data_sources: async (options) => lazySources(await sources(options)),
    diff: (other, path, { signal, ...options } = {}) =>
      call(
        'data.diff',
        { ...options, from: backup, to: typeof other === 'string' ? other : other.id, path },
        signal,
      ),
    versions: (path, { signal, ...options } = {}) =>
      call('data.versions', { ...options, backup, path }, signal),
  }
}
