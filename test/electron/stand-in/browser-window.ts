import { EventEmitter } from 'node:events'
import type Electron from 'electron'
import { preventable, type StandInApp } from './app.ts'
import { type ContentsWorld, StandInContents } from './contents.ts'

type WindowMembers = Pick<
  Electron.BrowserWindow,
  | 'close'
  | 'focus'
  | 'getNormalBounds'
  | 'hide'
  | 'isDestroyed'
  | 'isFocused'
  | 'isMaximized'
  | 'isMinimized'
  | 'isVisible'
  | 'maximize'
  | 'restore'
  | 'show'
>

/** `BrowserWindow`: its frame is made up, its contents are a real page. */
export class StandInWindow extends EventEmitter implements WindowMembers {
  readonly options: Electron.BrowserWindowConstructorOptions
  readonly webContents: StandInContents
  private readonly app: StandInApp
  private visible: boolean
  private focused = false
  private minimized = false
  private maximized = false
  private destroyed = false

  constructor(options: Electron.BrowserWindowConstructorOptions, app: StandInApp, world: ContentsWorld) {
    super()
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    this.options = options
    this.app = app
    this.visible = options.show ?? true
    this.webContents = new StandInContents(options.webPreferences ?? {}, world)
    app.windows.add(this)
    app.emit('web-contents-created', {}, this.webContents)
  }

  async loadURL(address: string): Promise<void> {
    const loaded = this.webContents.loadURL(address)
    loaded.then(() => this.emit('ready-to-show')).catch(() => this.emit('stand-in-load-failed'))
    return loaded
  }

  show(): void {
    this.refuseWhenDestroyed()
    this.visible = true
    this.emit('show')
  }

  hide(): void {
    this.refuseWhenDestroyed()
    this.visible = false
    this.focused = false
    this.emit('hide')
  }

  focus(): void {
    this.refuseWhenDestroyed()
    this.focused = this.visible
  }

  /** The person turns to another program. */
  blur(): void {
    this.focused = false
  }

  minimize(): void {
    this.minimized = true
    this.focused = false
  }

  restore(): void {
    this.minimized = false
  }

  maximize(): void {
    this.maximized = true
  }

  /** The close button, or the program on its way out. */
  close(): void {
    if (this.destroyed) return
    const event = preventable({})
    this.emit('close', event)
    if (event.defaultPrevented) return
    this.destroyed = true
    this.visible = false
    void this.webContents.destroy()
    this.emit('closed')
    this.app.windowClosed(this)
  }

  isDestroyed(): boolean {
    return this.destroyed
  }

  isFocused(): boolean {
    return this.focused
  }

  isMaximized(): boolean {
    return this.maximized
  }

  isMinimized(): boolean {
    return this.minimized
  }

  isVisible(): boolean {
    return this.visible
  }

  getNormalBounds(): Electron.Rectangle {
    this.refuseWhenDestroyed()
    const { x = 100, y = 80, width = 800, height = 600 } = this.options
    return { x, y, width, height }
  }

  private refuseWhenDestroyed(): void {
    if (this.destroyed) throw new TypeError('Object has been destroyed')
  }
}
