import { EventEmitter } from 'node:events'
import type Electron from 'electron'
import { preventable, type StandInApp } from './app.ts'
import { type ContentsWorld, StandInContents } from './contents.ts'
import type { StandInImage } from './desktop.ts'

type WindowMembers = Pick<
  Electron.BrowserWindow,
  | 'center'
  | 'close'
  | 'destroy'
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
  | 'setBounds'
  | 'setOverlayIcon'
  | 'setProgressBar'
  | 'setSize'
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
  private bounds: Electron.Rectangle
  progress = -1
  /** It was shown before there was anything to see in it. */
  wasShownEmpty = false
  private painted = false
  overlay: { readonly image: string | undefined; readonly description: string } | undefined

  constructor(options: Electron.BrowserWindowConstructorOptions, app: StandInApp, world: ContentsWorld) {
    super()
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    this.options = options
    this.app = app
    this.visible = options.show ?? true
    const { x = 100, y = 80, width = 800, height = 600 } = options
    this.bounds = { x, y, width, height }
    this.webContents = new StandInContents(options.webPreferences ?? {}, world)
    app.windows.add(this)
    app.emit('web-contents-created', {}, this.webContents)
  }

  async loadURL(address: string): Promise<void> {
    const loaded = this.webContents.loadURL(address)
    loaded.then(() => this.paint()).catch(() => this.emit('stand-in-load-failed'))
    return loaded
  }

  private paint(): void {
    this.painted = true
    this.emit('ready-to-show')
  }

  show(): void {
    this.refuseWhenDestroyed()
    this.wasShownEmpty ||= !this.painted
    this.visible = true
    this.emit('show')
  }

  hide(): void {
    this.refuseWhenDestroyed()
    this.visible = false
    this.emit('hide')
    this.blur()
  }

  focus(): void {
    this.refuseWhenDestroyed()
    this.focused = this.visible
  }

  /** The person turns to another program. */
  blur(): void {
    if (!this.focused) return
    this.focused = false
    this.emit('blur')
  }

  setBounds(bounds: Partial<Electron.Rectangle>): void {
    this.refuseWhenDestroyed()
    this.bounds = { ...this.bounds, ...bounds }
  }

  setSize(width: number, height: number): void {
    this.setBounds({ width, height })
  }

  center(): void {
    this.setBounds({ x: 400, y: 140 })
  }

  /** The person drags the window or its edge; Electron tells of it many times on the way. */
  drag(to: Partial<Electron.Rectangle>): void {
    this.setBounds(to)
    this.emit('move')
    this.emit('resize')
  }

  setProgressBar(progress: number): void {
    this.refuseWhenDestroyed()
    if (!Number.isFinite(progress)) throw new TypeError('conversion failure from progress')
    if (this.app.platform === 'linux' && progress > 1) throw new Error('Linux has no indeterminate bar')
    this.progress = progress
  }

  setOverlayIcon(overlay: Electron.NativeImage | null, description: string): void {
    this.refuseWhenDestroyed()
    if (this.app.platform !== 'win32') throw new Error('win.setOverlayIcon() is for Windows')
    if (overlay?.isEmpty()) throw new Error('the overlay has no picture')
    this.overlay = { image: (overlay as StandInImage | null)?.file, description }
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
    this.destroy()
  }

  /** Goes without asking. */
  destroy(): void {
    if (this.destroyed) return
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
    return this.bounds
  }

  private refuseWhenDestroyed(): void {
    if (this.destroyed) throw new TypeError('Object has been destroyed')
  }
}
