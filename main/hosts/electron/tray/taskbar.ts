import type Electron from 'electron'
import type { ElectronApi } from '../ports.ts'
import type { Pictures } from './pictures.ts'

/** What the dock or the taskbar shows. */
export interface TaskbarView {
  /** How many conflicts and problems wait for a person. */
  readonly waiting: number
  /** The same in words, for screen readers. */
  readonly waitingText: string
  /** How much of the running work is done, 0 to 1; `unknown` while nobody knows the whole, `none` while nothing runs. */
  readonly progress: number | 'unknown' | 'none'
}

/** Above 1 means "working, nobody knows how long". Linux has no such bar. */
const INDETERMINATE = 2

/**
 * Draws badge and progress, each only when it changed. macOS and Linux have a badge of the program; Windows lays a picture over the
 * button of the window, so that a new window gets it anew.
 */
export function createTaskbar(options: {
  readonly app: Pick<ElectronApi['app'], 'setBadgeCount'>
  readonly pictures: Pictures
  readonly platform: NodeJS.Platform
}): { show(view: TaskbarView, window: Electron.BrowserWindow | undefined): void } {
  const { app, pictures, platform } = options
  let shownBadge = 0
  let shownOver: Electron.BrowserWindow | undefined
  let shownProgress = -1

  function barOf(progress: TaskbarView['progress']): number {
    if (progress === 'none') return -1
    if (progress === 'unknown') return platform === 'linux' ? -1 : INDETERMINATE
    // Whole percents are all that anybody sees.
    return Math.round(Math.min(1, Math.max(0, progress)) * 100) / 100
  }

  return {
    show({ waiting, waitingText, progress }, window) {
      const isNew = window !== shownOver
      shownOver = window
      if (platform === 'win32') {
        if (window && (waiting !== shownBadge || isNew))
          window.setOverlayIcon(waiting > 0 ? pictures.badge(waiting) : null, waiting > 0 ? waitingText : '')
      } else if (waiting !== shownBadge) app.setBadgeCount(waiting)
      shownBadge = waiting

      const bar = barOf(progress)
      if (window && (bar !== shownProgress || isNew)) window.setProgressBar(bar)
      if (window) shownProgress = bar
    },
  }
}
