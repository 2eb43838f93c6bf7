import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { createApp } from '../../app/create-app.ts'
import { connectInProcess } from '../../app/in-process-client.ts'
import type { CallInput, CallName, CallOutput, EventData, EventName } from '../../contract/index.ts'
import { Secret } from '../../engine/engine.ts'

export type {
  Backup,
  CallInput,
  CallName,
  CallOutput,
  EventData,
  EventName,
  Place,
  Plan,
  Run,
  Statistics,
  Status,
} from '../../contract/index.ts'
export { type ErrorCode, EverstowError, type Retry } from '../../engine/model/errors.ts'

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

/** Everstow as a library: everything the window and the command line can do, under the same names. */
export interface Everstow {
  /**
   * Makes a call of the contract (`main/contract/calls.ts` has them all, with their inputs and outputs). Work that takes long answers at once with a
   * `runId`; `run.wait` answers when it has ended, `run.cancel` ends it. Rejects with an `EverstowError`: `code`, `data`, `retry`.
   */
  call<N extends CallName>(name: N, input: CallInput<N>, signal?: AbortSignal): Promise<CallOutput<N>>
  /** Hears of things that happen once. Returns what ends the listening. */
  onEvent<N extends EventName>(name: N, listener: (data: EventData<N>) => void): () => void
  /** Cancels what runs, waits until it has ended cleanly, and closes. */
  close(): Promise<void>
}

/**
 * Opens Everstow on a data folder. Several programs may have the same folder open at once.
 *
 * ```ts
 * const everstow = await openEverstow({ home: '/var/lib/everstow' })
 * const { runId } = await everstow.call('backup.start', { paths: ['/etc'] })
 * const { backup } = await everstow.call('run.wait', { id: runId })
 * await everstow.close()
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
  return {
    call: client.call,
    onEvent: client.onEvent,
    async close() {
      // Runs end while their waiters are still listening, so that those hear of it.
      await app.stop()
      client.close()
    },
  }
}

function packageVersion(): string {
  const path = join(import.meta.dirname, '../../../package.json')
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}
