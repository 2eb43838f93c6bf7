import type Electron from 'electron'
import { UI_ORIGIN, WEB_PREFERENCES } from './page/security.ts'
import type { ElectronApi, ShellClock, ShellLog, WindowMemory } from './ports.ts'
import {
  DEFAULT_SIZE,
  isReachable,
  MINIMUM_SIZE,
  recallPlace,
  rememberPlace,
  type WindowPlace,
} from './window-place.ts'

/** The page's own colours, so that nothing flashes before it has painted. */
export const BACKGROUND = { light: '#f4f7f6', dark: '#12191b' } as const
/** While a window is dragged its place changes many times a second; it is written down this often at most. */
const SAVE_EVERY_MS = 2_000

/** The one window of the app; made when it is first shown. */
export interface MainWindow {
  /** Shows it, in front; resolves once it stands. */
  show(): Promise<void>
  hasFocus(): boolean
  /** For dialogs that belong to it; undefined while it is hidden or not made. */
  visible(): Electron.BrowserWindow | undefined
  /** The window, shown or hidden; undefined while there is none. */
  made(): Electron.BrowserWindow | undefined
  /** Resolves when its place has been written down. */
  saved(): Promise<void>
}

/** What a press on the close button means at this moment. */
export type CloseAnswer = 'close' | 'hide' | 'stay'

export function createMainWindow(options: {
  readonly electron: Pick<ElectronApi, 'BrowserWindow' | 'nativeTheme' | 'screen'>
  readonly preload: string
  readonly appIcon: string
  readonly memory: WindowMemory
  readonly clock: ShellClock
  readonly log: ShellLog
  /** Called for each new window before its page loads. */
  readonly adopt: (window: Electron.BrowserWindow) => void
  readonly onClose: () => CloseAnswer
}): MainWindow {
  const { electron, memory, clock, log } = options
  let window: Electron.BrowserWindow | undefined
  let making: Promise<Electron.BrowserWindow> | undefined
  let saving = Promise.resolve()

  async function make(): Promise<Electron.BrowserWindow> {
    const screens = electron.screen.getAllDisplays().map((display) => display.workArea)
    const place = await recallPlace(memory, screens, log)
    const made = new electron.BrowserWindow({
      ...DEFAULT_SIZE,
      ...(place && { x: place.x, y: place.y, width: place.width, height: place.height }),
      minWidth: MINIMUM_SIZE.width,
      minHeight: MINIMUM_SIZE.height,
      title: 'Everstow',
      icon: options.appIcon,
      show: false,
      autoHideMenuBar: true,
      backgroundColor: electron.nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
      webPreferences: { ...WEB_PREFERENCES, preload: options.preload },
    })
    window = made
    if (place?.maximized) made.maximize()
    options.adopt(made)
    followPlace(made)
    made.on('close', (event) => closeRequested(event, made))
    made.on('closed', () => {
      window = undefined
      making = undefined
    })
    // A page must not be able to hold the program open.
    made.webContents.on('will-prevent-unload', (event) => event.preventDefault())
    const painted = new Promise<void>((resolve) => {
      made.once('ready-to-show', resolve)
      made.once('closed', resolve)
    })
    try {
      await made.loadURL(`${UI_ORIGIN}/index.html`)
      await painted
    } catch (error) {
      // Shown all the same: an empty window can be closed, an invisible one cannot.
      log.error('the page did not load', { reason: String(error) })
    }
    return made
  }

  /** A crash or a power cut forgets two seconds at most. */
  function followPlace(made: Electron.BrowserWindow): void {
    let isStale = false
    const changed = (): void => {
      isStale = true
    }
    made.on('move', changed)
    made.on('resize', changed)
    const stop = clock.every(SAVE_EVERY_MS, () => {
      if (!isStale || made.isDestroyed()) return
      isStale = false
      save(placeOf(made))
    })
    made.once('closed', stop)
  }

  function placeOf(window: Electron.BrowserWindow): WindowPlace {
    return { ...window.getNormalBounds(), maximized: window.isMaximized() }
  }

  function save(place: WindowPlace): void {
    saving = saving.then(() => rememberPlace(memory, place, log))
  }

  /** A screen may have gone while the window was hidden. */
  function bringOnScreen(made: Electron.BrowserWindow): void {
    const screens = electron.screen.getAllDisplays().map((display) => display.workArea)
    if (isReachable(made.getNormalBounds(), screens)) return
    made.setSize(DEFAULT_SIZE.width, DEFAULT_SIZE.height)
    made.center()
  }

  function closeRequested(event: { preventDefault(): void }, closing: Electron.BrowserWindow): void {
    save(placeOf(closing))
    const answer = options.onClose()
    if (answer === 'close') return
    event.preventDefault()
    if (answer === 'hide') closing.hide()
  }

  return {
    async show() {
      making ??= make()
      const made = await making
      if (made.isDestroyed()) return
      if (made.isMinimized()) made.restore()
      bringOnScreen(made)
      made.show()
      made.focus()
    },
    hasFocus: () => window?.isFocused() ?? false,
    visible: () => (window?.isVisible() ? window : undefined),
    made: () => window,
    saved: () => saving,
  }
}
