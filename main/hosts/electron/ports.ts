import type Electron from 'electron'
import type { ContractServer } from '../../app/server/contract-server.ts'

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
  | 'Notification'
  | 'protocol'
  | 'screen'
  | 'session'
  | 'shell'
  | 'systemPreferences'
  | 'Tray'
>

/** A running engine with its contract server. */
export interface RunningApp {
  readonly server: ContractServer
  stop(): Promise<void>
}

/** Time, as the shell needs it. */
export interface ShellClock {
  now(): number
  /** Calls `run` every `ms` until the returned function is called. */
  every(ms: number, run: () => void): () => void
}

/** Where the shell writes down what it refused and what failed; messages are constants, fields vary. */
export interface ShellLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** Keeps the window's size and place between starts. */
export interface WindowMemory {
  /** The text that was saved last; undefined when there is none. */
  load(): Promise<string | undefined>
  save(text: string): Promise<void>
}

/** Looks a text up in `assets/locales` and fills its placeholders in. */
export type Translate = (key: string, params?: Readonly<Record<string, string | number>>) => string
