import type Electron from 'electron'
import type { ContractServer } from '../../app/server/contract-server.ts'
import type { Clock, Log } from '../../engine/engine.ts'

/** The part of the `electron` module that the shell uses; the tests pass a stand-in of exactly this. */
export type ElectronApi = Pick<
  typeof Electron,
  | 'app'
  | 'BrowserWindow'
  | 'dialog'
  | 'ipcMain'
  | 'Menu'
  | 'nativeImage'
  | 'nativeTheme'
  | 'net'
  | 'Notification'
  | 'powerMonitor'
  | 'protocol'
  | 'screen'
  | 'session'
  | 'shell'
  | 'systemPreferences'
  | 'Tray'
>

/** Time, as the shell needs it. */
export type ShellClock = Pick<Clock, 'now' | 'every'>

/** Where the shell writes down what it refused and what failed. */
export type ShellLog = Pick<Log, 'info' | 'warn' | 'error'>

/** Keeps the window's size and place between starts. */
export interface WindowMemory {
  /** The text that was saved last; undefined when there is none. */
  load(): Promise<string | undefined>
  save(text: string): Promise<void>
}

/** A running engine with its contract server, and the ports that the shell shares with it. */
export interface RunningApp {
  readonly server: ContractServer
  readonly clock: ShellClock
  readonly log: ShellLog
  readonly memory: WindowMemory
  /** Looks at once for what is due. */
  lookForDue(): void
  stop(): Promise<void>
}
