import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { createApp } from '../../app/create-app.ts'
import { connectInProcess } from '../../app/in-process-client.ts'
import type { CallInput, CallName, CallOutput, EventData, EventName } from '../../contract/index.ts'
import { Secret } from '../../engine/engine.ts'
import { type Backups, backupsOf } from './backups.ts'
import { cancellableCalls } from './caller.ts'
import { type DataCalls, dataCallsOf } from './data-calls.ts'

export type {
  CallInput,
  CallName,
  CallOutput,
  DataBackup,
  DataChange,
  DataFile,
  DataKind,
  DataSource,
  EventData,
  EventName,
  Place,
  Plan,
  Run,
  SeriesPoint,
  Statistics,
  Status,
} from '../../contract/index.ts'
export { type ErrorCode, EverstowError, type Retry } from '../../engine/model/errors.ts'
export type { Backup, DiffOptions } from './backup.ts'
export type { BackupQuery, Backups } from './backups.ts'
export type { Cancellable } from './caller.ts'
export type { DataCalls, QueryOptions, SearchOptions, SeriesOptions } from './data-calls.ts'
export type { DataSources, Source } from './data-sources.ts'
export type { BackupRange, FileQuery, FilesQuery } from './queries.ts'
export type { DataOptions } from './read-data.ts'
export type { RestoredLatest, RestoreLatest } from './restore-latest.ts'

/** How Everstow is opened. */
export interface OpenOptions {
  /** The data folder; made where it is not there. */
  readonly home: string
  /** Seals and opens the file of secrets where there is no keychain. */
  readonly passphrase?: string
  /** `off`: do not use the system's keychain. Default `auto`. */
  readonly keychain?: 'auto' | 'off'
  /** Start plans when they are due and send unfinished copies, as long as it is open. Default false. */
  readonly automatic?: boolean
}

/**
 * Everstow as a library: everything the window and the command line can do, under the same names, and the data inside backups. What is asked with an `AbortSignal`
 * rejects with `cancelled` as soon as it fires; every error is an `EverstowError`.
 */
export interface Everstow extends DataCalls, AsyncDisposable {
  /** The backups, and what is in each. */
  readonly backups: Backups
  /**
   * Makes a call of the contract, which is under all the rest and has more: plans, places, syncs, settings. Work that takes long answers at once with a `runId`;
   * `run.wait` answers when it has ended, `run.cancel` ends it. Rejects with an `EverstowError`: `code`, `data`, `retry`.
   */
  call<N extends CallName>(name: N, input: CallInput<N>, signal?: AbortSignal): Promise<CallOutput<N>>
  /** Hears of things that happen once. Returns what ends the listening. */
  onEvent<N extends EventName>(name: N, listener: (data: EventData<N>) => void): () => void
  /** Cancels what runs, waits until it has ended cleanly, and closes. `await using` does it by itself. */
  close(): Promise<void>
}

/**
 * Opens Everstow on a data folder. Several programs may have the same folder open at once.
 *
 * ```ts
 * await using everstow = await openEverstow({ home: '/var/lib/everstow' })
 * const { runId } = await everstow.call('backup.start', { paths: ['/etc'] })
 * await everstow.call('run.wait', { id: runId })
 *
 * const backup = await everstow.backups.latest()
 * const prices = await backup.data('prices')
 * const { points } = await everstow.series('prices.json', { select: '$.eur', limit: 100 })
 * ```
 */
export async function openEverstow(options: OpenOptions): Promise<Everstow> {
  const home = resolve(options.home)
  const app = await createApp({
    home,
    host: 'library',
    hostCan: {},
    version: packageVersion(),
    platform: process.platform,
    locale: 'en',
    userHome: homedir(),
    keychain: options.keychain ?? 'auto',
    logDestination: join(home, 'logs', 'everstow.log'),
    stays: options.automatic === true,
    ...(options.passphrase === undefined ? {} : { passphrase: new Secret(options.passphrase) }),
  })
  const client = connectInProcess(app.server, 'admin')
  const call = cancellableCalls(client)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    // Runs end while their waiters are still listening, so that those hear of it.
    closing ??= app.stop().then(() => client.close())
    return closing
  }
  return {
    ...dataCallsOf(call),
    backups: backupsOf(call),
    call,
    onEvent: client.onEvent,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Of the package that this file is in, built or not. */
function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(findPackageJSON('.', import.meta.filename)!, 'utf8')) as {
    version: string
  }
  return version
}
