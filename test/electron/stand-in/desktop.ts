import { EventEmitter } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import type Electron from 'electron'
import type { StandInApp } from './app.ts'

/** `nativeImage`: the file's name and size; empty where there is no picture. */
export class StandInImage implements Pick<Electron.NativeImage, 'isEmpty'> {
  readonly file: string
  readonly sizePixels: number
  readonly hasDenseVersion: boolean

  constructor(file: string) {
    this.file = file
    // Width, 4 bytes big-endian at offset 16 of a PNG.
    this.sizePixels = existsSync(file) ? readFileSync(file).readUInt32BE(16) : 0
    this.hasDenseVersion = existsSync(file.replace(/\.png$/, '@2x.png'))
  }

  isEmpty(): boolean {
    return this.sizePixels === 0
  }
}

const ROLES = new Set(
  'about hide hideOthers unhide undo redo cut copy paste selectAll zoomIn zoomOut resetZoom togglefullscreen minimize close'.split(
    ' ',
  ),
)
const ACCELERATOR = /^(CmdOrCtrl|Shift|Alt)(\+(Shift|Alt))?\+([A-Z0-9,])$/

/** One line of a menu, as it was built. */
export interface StandInItem {
  readonly label: string
  readonly enabled: boolean
  readonly type: 'normal' | 'separator' | 'submenu'
  readonly role: string | undefined
  readonly accelerator: string | undefined
  readonly submenu: readonly StandInItem[]
  press(): void
}

/** `Menu`: checked as Electron checks a template. */
export class StandInMenu {
  readonly items: readonly StandInItem[]

  constructor(template: readonly Electron.MenuItemConstructorOptions[]) {
    this.items = template.map(item)
  }

  /** Presses the item at a path of labels. */
  press(...labels: readonly string[]): void {
    let items = this.items
    for (const [depth, label] of labels.entries()) {
      const found = items.find((candidate) => candidate.label === label)
      if (!found) throw new Error(`no menu item ${labels.slice(0, depth + 1).join(' ▸ ')}`)
      if (depth === labels.length - 1) found.press()
      items = found.submenu
    }
  }
}

function item(options: Electron.MenuItemConstructorOptions): StandInItem {
  if (options.type !== 'separator' && !options.label && !options.role)
    throw new TypeError('A MenuItem must have a label, a role or a type')
  if (options.role && !ROLES.has(options.role)) throw new TypeError(`unknown role ${options.role}`)
  const accelerator = options.accelerator as string | undefined
  if (accelerator && !ACCELERATOR.test(accelerator)) throw new TypeError(`unknown accelerator ${accelerator}`)
  const submenu = Array.isArray(options.submenu) ? options.submenu.map(item) : []
  return {
    label: options.label ?? '',
    enabled: options.enabled ?? true,
    type: options.type === 'separator' ? 'separator' : submenu.length > 0 ? 'submenu' : 'normal',
    role: options.role,
    accelerator,
    submenu,
    press() {
      if (options.enabled === false) throw new Error(`${options.label} is disabled`)
      if (!options.click) throw new Error(`${options.label} does nothing`)
      options.click({} as Electron.MenuItem, undefined, {} as Electron.KeyboardEvent)
    },
  }
}

type TrayMembers = Pick<Electron.Tray, 'destroy' | 'getBounds' | 'isDestroyed' | 'setToolTip'>

/** `Tray`: what a person would see of it. */
export class StandInTray extends EventEmitter implements TrayMembers {
  readonly images: StandInImage[] = []
  tooltip = ''
  menu: StandInMenu | undefined
  poppedUp: StandInMenu | undefined
  menusSet = 0
  /** Where the system says that the icon lies. */
  bounds: Electron.Rectangle = { x: 1500, y: 1040, width: 24, height: 40 }
  private readonly platform: NodeJS.Platform
  private destroyed = false

  constructor(image: StandInImage, app: StandInApp) {
    super()
    this.platform = app.platform
    if (!app.isReady()) throw new Error('Cannot create Tray before app is ready')
    this.setImage(image)
  }

  get image(): string {
    return this.images.at(-1)?.file ?? ''
  }

  setImage(image: StandInImage): void {
    this.refuseWhenDestroyed()
    if (image.isEmpty()) throw new Error(`the tray has no picture: ${image.file}`)
    this.images.push(image)
  }

  setToolTip(text: string): void {
    this.refuseWhenDestroyed()
    this.tooltip = text
  }

  getBounds(): Electron.Rectangle {
    this.refuseWhenDestroyed()
    if (this.platform === 'linux') throw new Error('tray.getBounds() is for macOS and Windows')
    return this.bounds
  }

  popUpContextMenu(menu?: StandInMenu): void {
    this.refuseWhenDestroyed()
    if (this.platform === 'linux') throw new Error('tray.popUpContextMenu() is for macOS and Windows')
    this.poppedUp = menu ?? this.menu
  }

  /** A press of the first button. On macOS a menu that is set takes it. */
  click(): void {
    if (this.platform === 'darwin' && this.menu) throw new Error('the menu opens instead')
    this.emit('click')
  }

  setContextMenu(menu: StandInMenu | null): void {
    this.refuseWhenDestroyed()
    this.menu = menu ?? undefined
    this.menusSet++
  }

  destroy(): void {
    this.destroyed = true
  }

  isDestroyed(): boolean {
    return this.destroyed
  }

  private refuseWhenDestroyed(): void {
    if (this.destroyed) throw new TypeError('Object has been destroyed')
  }
}

type NotificationMembers = Pick<Electron.Notification, 'body' | 'close' | 'show' | 'title'>

/** `Notification`: shown ones are kept for the tests. */
export class StandInNotification extends EventEmitter implements NotificationMembers {
  readonly title: string
  readonly body: string
  readonly actions: readonly string[]
  shown = false
  private readonly onShow: (notification: StandInNotification) => void

  constructor(
    options: Electron.NotificationConstructorOptions,
    onShow: (notification: StandInNotification) => void,
  ) {
    super()
    this.title = options.title ?? ''
    this.body = options.body ?? ''
    this.actions = (options.actions ?? []).map(({ type, text }) => {
      if (type !== 'button' || !text) throw new TypeError('an action is a button with a text')
      return text
    })
    this.onShow = onShow
  }

  show(): void {
    this.shown = true
    this.onShow(this)
  }

  /** The person presses one of its buttons. */
  press(label: string): void {
    const actionIndex = this.actions.indexOf(label)
    if (actionIndex < 0) throw new Error(`the notification has no button ${label}`)
    this.emit('action', { actionIndex, selectionIndex: -1 })
  }

  close(): void {
    if (!this.shown) return
    this.shown = false
    this.emit('close', {})
  }
}

/** `dialog`: a test gives the answers beforehand; a dialog without one fails. */
export class StandInDialog
  implements Pick<Electron.Dialog, 'showErrorBox' | 'showMessageBox' | 'showOpenDialog'>
{
  readonly folders: (string | null)[] = []
  readonly buttons: string[] = []
  readonly questions: Electron.MessageBoxOptions[] = []
  readonly openDialogs: Electron.OpenDialogOptions[] = []
  readonly errors: { readonly title: string; readonly content: string }[] = []
  private readonly app: StandInApp

  constructor(app: StandInApp) {
    this.app = app
  }

  async showOpenDialog(...args: unknown[]): Promise<Electron.OpenDialogReturnValue> {
    this.refuseBeforeReady()
    this.openDialogs.push(args.at(-1) as Electron.OpenDialogOptions)
    const answer = this.folders.shift()
    if (answer === undefined) throw new Error('nobody answers this dialog')
    return { canceled: answer === null, filePaths: answer === null ? [] : [answer] }
  }

  async showMessageBox(...args: unknown[]): Promise<Electron.MessageBoxReturnValue> {
    this.refuseBeforeReady()
    const question = args.at(-1) as Electron.MessageBoxOptions
    this.questions.push(question)
    if (question.signal?.aborted) return { response: question.cancelId ?? 0, checkboxChecked: false }
    const wanted = this.buttons.shift()
    if (wanted === undefined) throw new Error('nobody answers this dialog')
    if (wanted === 'later') return this.openUntilAborted(question)
    const response = wanted === 'escape' ? (question.cancelId ?? 0) : (question.buttons ?? []).indexOf(wanted)
    if (response < 0) throw new Error(`the dialog has no button ${wanted}`)
    return { response, checkboxChecked: false }
  }

  /** The dialog stands until its signal closes it, as if the person had cancelled. */
  private openUntilAborted({
    signal,
    cancelId,
  }: Electron.MessageBoxOptions): Promise<Electron.MessageBoxReturnValue> {
    return new Promise((resolve) =>
      signal?.addEventListener('abort', () => resolve({ response: cancelId ?? 0, checkboxChecked: false })),
    )
  }

  showErrorBox(title: string, content: string): void {
    this.errors.push({ title, content })
  }

  private refuseBeforeReady(): void {
    if (!this.app.isReady()) throw new Error('dialog module can only be used after app is ready')
  }
}

/** `shell`: what would have been opened outside. */
export class StandInShell implements Pick<Electron.Shell, 'openExternal' | 'openPath' | 'showItemInFolder'> {
  readonly openedAddresses: string[] = []
  readonly openedPaths: string[] = []
  readonly shownItems: string[] = []

  async openExternal(address: string): Promise<void> {
    if (!URL.canParse(address)) throw new Error('Invalid URL')
    this.openedAddresses.push(address)
  }

  async openPath(file: string): Promise<string> {
    this.openedPaths.push(file)
    return existsSync(file) ? '' : 'No such file'
  }

  showItemInFolder(file: string): void {
    this.shownItems.push(file)
  }
}
