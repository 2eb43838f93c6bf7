import { EventEmitter } from 'node:events'
import path from 'node:path'
import type Electron from 'electron'

/** An event that a listener may prevent. */
export function preventable<T extends object>(
  details: T,
): T & { preventDefault(): void; defaultPrevented: boolean } {
  return {
    ...details,
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true
    },
  }
}

type AppMembers = Pick<
  Electron.App,
  | 'enableSandbox'
  | 'exit'
  | 'getLocale'
  | 'getLoginItemSettings'
  | 'isReady'
  | 'quit'
  | 'isPackaged'
  | 'requestSingleInstanceLock'
  | 'setAsDefaultProtocolClient'
  | 'setBadgeCount'
  | 'setAppUserModelId'
  | 'setLoginItemSettings'
  | 'setName'
  | 'setPath'
  | 'whenReady'
>

/** `app`: its life from start to exit, in the order in which Electron tells it. */
export class StandInApp extends EventEmitter implements AppMembers {
  readonly platform: NodeJS.Platform
  /** Set by tests before the shell starts. */
  hasLock = true
  locale = 'en-GB'
  openedAtLogin = false
  isPackaged = false
  badge = 0
  readonly protocolClients: { readonly scheme: string; readonly args: readonly string[] }[] = []
  sandboxEnabled = false
  loginItem: Electron.Settings | undefined
  exitCode: number | undefined
  named = ''
  userModelId = ''
  readonly paths = new Map<string, string>()
  readonly windows = new Set<{ close(): void; isDestroyed(): boolean }>()
  private ready = false
  private quitting = false

  constructor(platform: NodeJS.Platform) {
    super()
    this.platform = platform
  }

  isReady(): boolean {
    return this.ready
  }

  /** The system is done with its part of the start. */
  becomeReady(): void {
    this.ready = true
    this.emit('ready')
  }

  whenReady(): Promise<void> {
    return this.ready ? Promise.resolve() : new Promise((resolve) => this.once('ready', () => resolve()))
  }

  enableSandbox(): void {
    if (this.ready) throw new Error('app.enableSandbox() can only be called before app is ready')
    this.sandboxEnabled = true
  }

  setName(name: string): void {
    this.named = name
  }

  setAppUserModelId(id: string): void {
    if (this.platform !== 'win32') throw new Error('app.setAppUserModelId() is for Windows')
    this.userModelId = id
  }

  setPath(name: string, folder: string): void {
    if (this.ready) throw new Error('userData is in use once the app is ready')
    if (!path.isAbsolute(folder)) throw new Error('Path must be absolute')
    this.paths.set(name, folder)
  }

  requestSingleInstanceLock(): boolean {
    if (!this.paths.has('userData')) throw new Error('the lock lies in userData, which nobody chose')
    return this.hasLock
  }

  getLocale(): string {
    if (!this.ready && this.platform !== 'linux') throw new Error('app.getLocale() needs a ready app')
    return this.locale
  }

  setAsDefaultProtocolClient(scheme: string, _program?: string, args: string[] = []): boolean {
    if (scheme.includes(':')) throw new Error('a scheme is named without "://"')
    this.protocolClients.push({ scheme, args })
    return true
  }

  setBadgeCount(count?: number): boolean {
    if (this.platform === 'win32') throw new Error('app.setBadgeCount() is for Linux and macOS')
    if (!this.ready) throw new Error('app.setBadgeCount() needs a ready app')
    this.badge = count ?? 0
    return true
  }

  getLoginItemSettings(): Electron.LoginItemSettings {
    return {
      openAtLogin: this.loginItem?.openAtLogin ?? false,
      wasOpenedAtLogin: this.openedAtLogin,
      status: 'not-registered',
      executableWillLaunchAtLogin: false,
      launchItems: [],
    }
  }

  setLoginItemSettings(settings: Electron.Settings): void {
    if (this.platform === 'linux') throw new Error('app.setLoginItemSettings() does nothing on Linux')
    this.loginItem = settings
  }

  quit(): void {
    // Electron takes up a quit in the next turn of its loop.
    setImmediate(() => this.quitNow())
  }

  exit(code = 0): void {
    this.exitCode ??= code
    this.emit('stand-in-exit')
  }

  /** A window is gone; with the last one Electron quits, unless somebody listens. */
  windowClosed(window: { close(): void; isDestroyed(): boolean }): void {
    this.windows.delete(window)
    if (this.windows.size > 0 || this.quitting || this.exitCode !== undefined) return
    if (!this.emit('window-all-closed')) this.quit()
  }

  private quitNow(): void {
    if (this.exitCode !== undefined || this.quitting) return
    const before = preventable({})
    this.emit('before-quit', before)
    if (before.defaultPrevented) return
    this.quitting = true
    for (const window of [...this.windows]) window.close()
    this.quitting = false
    if (this.windows.size > 0) return
    const will = preventable({})
    this.emit('will-quit', will)
    if (will.defaultPrevented) return
    this.emit('quit', {}, 0)
    this.exit(0)
  }
}
