import { EventEmitter } from 'node:events'
import type Electron from 'electron'
import { preventable, type StandInApp } from './app.ts'

/** Events that Electron has, by platform: those of power and sessions are not told everywhere. */
const EVENTS: Readonly<Record<string, readonly NodeJS.Platform[]>> = {
  suspend: ['linux', 'darwin', 'win32'],
  resume: ['linux', 'darwin', 'win32'],
  'on-ac': ['darwin', 'win32'],
  'on-battery': ['darwin', 'win32'],
  shutdown: ['linux', 'darwin'],
  'lock-screen': ['darwin', 'win32'],
  'unlock-screen': ['darwin', 'win32'],
}

/** `powerMonitor`: usable once the app is ready; tells only what the real one tells on this platform. */
export class StandInPowerMonitor
  extends EventEmitter
  implements Pick<Electron.PowerMonitor, 'isOnBatteryPower'>
{
  /** Set by tests. */
  battery = false
  readonly #app: StandInApp

  constructor(app: StandInApp) {
    super()
    this.#app = app
  }

  isOnBatteryPower(): boolean {
    this.#refuseEarly()
    // Linux has no source for it.
    return this.#app.platform !== 'linux' && this.battery
  }

  override on(event: string, listener: (...args: unknown[]) => void): this {
    this.#refuseEarly()
    if (!Object.hasOwn(EVENTS, event)) throw new TypeError(`powerMonitor has no event ${event}`)
    return super.on(event, listener)
  }

  override emit(event: string, ...args: unknown[]): boolean {
    if (!EVENTS[event]?.includes(this.#app.platform))
      throw new TypeError(`${event} is not told on ${this.#app.platform}`)
    return super.emit(event, ...args)
  }

  /** The computer is to go off; whether somebody asked for a moment to end well. */
  shutDown(): boolean {
    const event = preventable({})
    this.emit('shutdown', event)
    return event.defaultPrevented
  }

  #refuseEarly(): void {
    if (!this.#app.isReady()) throw new Error('powerMonitor can only be used after app is ready')
  }
}
