import type Electron from 'electron'
import { UI_ORIGIN, WEB_PREFERENCES } from '../page/security.ts'
import type { ElectronApi, ShellClock, ShellLog } from '../ports.ts'
import { BACKGROUND } from '../window.ts'
import { POPOVER_SIZE, popoverPlace } from './popover-place.ts'

/** A click on the icon takes the focus away first: so soon after, it means "put it away". */
const SAME_CLICK_MS = 300

/** The small window at the tray's icon. */
export interface Popover {
  /** Shows it beside the icon, or puts it away; false where it cannot stand there. */
  toggle(icon: Electron.Rectangle): boolean
  hide(): void
}

/** Made at the first click, kept hidden afterwards. Goes when it loses the focus and with Escape. */
export function createPopover(options: {
  readonly electron: Pick<ElectronApi, 'BrowserWindow' | 'nativeTheme' | 'screen'>
  readonly preload: string
  readonly clock: ShellClock
  readonly log: ShellLog
  /** Called for each new window before its page loads. */
  readonly adopt: (contents: Electron.WebContents) => void
}): Popover {
  const { electron, clock, log } = options
  let popover: Electron.BrowserWindow | undefined
  let lostFocusMs = Number.NEGATIVE_INFINITY

  function make(place: Electron.Rectangle): Electron.BrowserWindow {
    const made = new electron.BrowserWindow({
      ...POPOVER_SIZE,
      ...place,
      title: 'Everstow',
      show: false,
      frame: false,
      resizable: false,
      movable: false,
      minimizable: false,
      maximizable: false,
      fullscreenable: false,
      skipTaskbar: true,
      alwaysOnTop: true,
      backgroundColor: electron.nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
      webPreferences: { ...WEB_PREFERENCES, preload: options.preload },
    })
    options.adopt(made.webContents)
    made.on('blur', () => {
      lostFocusMs = clock.now()
      hide()
    })
    made.on('closed', () => {
      if (popover === made) popover = undefined
    })
    made.webContents.on('before-input-event', (event, input) => {
      if (input.type !== 'keyDown' || input.key !== 'Escape') return
      event.preventDefault()
      hide()
    })
    // The next click makes a new one.
    made.webContents.on('render-process-gone', (_event, { reason }) => {
      log.warn('the popover ended unexpectedly', { reason })
      if (!made.isDestroyed()) made.destroy()
    })
    made.once('ready-to-show', () => reveal(made))
    made.loadURL(`${UI_ORIGIN}/popover.html`).catch((error: unknown) => {
      log.error('the popover did not load', { reason: String(error) })
      if (!made.isDestroyed()) made.destroy()
    })
    return made
  }

  function reveal(shown: Electron.BrowserWindow): void {
    if (shown.isDestroyed()) return
    shown.show()
    shown.focus()
  }

  function hide(): void {
    if (popover && !popover.isDestroyed() && popover.isVisible()) popover.hide()
  }

  return {
    hide,
    toggle(icon) {
      const place = popoverPlace(icon, electron.screen.getDisplayMatching(icon).workArea)
      if (!place) return false
      if (popover?.isVisible()) hide()
      else if (clock.now() - lostFocusMs < SAME_CLICK_MS) lostFocusMs = Number.NEGATIVE_INFINITY
      else if (popover && !popover.isDestroyed()) {
        popover.setBounds(place)
        reveal(popover)
      } else popover = make(place)
      return true
    },
  }
}
