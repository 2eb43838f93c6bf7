import type { CallOutput, EventData, EventName, Settings, ShownPage } from '../contract/index.ts'
import type { Engine } from '../engine/engine.ts'
import type { Surroundings } from '../engine/model/schedule/conditions.ts'
import type { Trail } from './audit/trail.ts'
import type { ContractServer } from './server/contract-server.ts'
import type { Runs } from './state/runs.ts'

/** What a host can do beyond the engine. What is absent, it cannot. */
export interface HostCapabilities {
  readonly pickFolder?: (title: string) => Promise<string | null>
  readonly openFolder?: (path: string) => Promise<boolean>
  readonly setStartAtLogin?: (on: boolean) => Promise<void>
  readonly tray?: boolean
  /** Brings the window to the front, at a page where one is named. */
  readonly showWindow?: (page?: ShownPage) => void
  readonly updates?: HostUpdates
  /** Serves the REST API to this computer. Throws `port-taken` where the port is not to be had. */
  readonly serveApi?: (app: ServableApp, port: number) => Promise<ServedApi>
}

/** How the program gets newer versions of itself. What to do when is decided in `updates.ts`. */
export interface HostUpdates {
  /** The newest version, where it is newer than this one. */
  check(): Promise<string | undefined>
  /** Loads what the last check found. `onShare`: how much of it is there, 0 to 1. */
  load(onShare: (share: number) => void): Promise<void>
  /** Ends the program, with a question where work runs, and starts the loaded version. */
  restart(): void
}

/** What of a running application an adapter of the contract works with. */
export interface ServableApp {
  readonly server: ContractServer
  readonly context: AppContext
}

/** A REST API that listens. */
export interface ServedApi {
  readonly port: number
  readonly url: string
  stop(): Promise<void>
}

/** What handlers and policies work with. */
export interface AppContext {
  readonly engine: Engine
  readonly runs: Runs
  /** Writes down who did what. */
  readonly trail: Trail
  readonly host: CallOutput<'app.info'>['host']
  readonly hostCan: HostCapabilities
  /** The host stays: what is due is started by itself. */
  readonly stays: boolean
  /** Somebody may look how far work is: what only says that is worth finding out. */
  readonly isWatched: boolean
  readonly version: string
  /** The words that start the command line from another program. */
  readonly program: readonly string[]
  readonly platform: string
  readonly locale: string
  /** The person's home folder: suggestions and browsing start there. */
  readonly userHome: string
  /** Makes the state that clients see current again, soon. */
  changed(): void
  /** Opens the store of secrets if it is not open yet, so that its kind is known; a store that fails is only logged. */
  openSecrets(): Promise<void>
  emit<N extends EventName>(name: N, data: EventData<N>): void
  settings(): Promise<Settings>
  /** What is known of power and network around the computer. */
  lookAround(): Promise<Surroundings>
}
