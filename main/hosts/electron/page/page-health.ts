import type Electron from 'electron'
import type { ElectronApi, ShellClock, ShellLog } from '../ports.ts'
import type { Words } from '../words.ts'

/** A page that keeps ending is loaded again by itself this often within this time; then a person is asked. */
const MAX_RELOADS = 3
const RELOADS_WITHIN_MS = 60_000

/**
 * Brings a page back whose process ended, and asks about one that does not answer. The engine runs in another process and goes on
 * through all of it, which is what a person is told first.
 */
export function watchPage(
  window: Electron.BrowserWindow,
  options: {
    readonly dialog: ElectronApi['dialog']
    readonly words: () => Words
    readonly clock: ShellClock
    readonly log: ShellLog
  },
): void {
  const { log, clock } = options
  let reloads: readonly number[] = []
  let question: AbortController | undefined

  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return
    log.error('the page ended unexpectedly', { reason })
    const now = clock.now()
    reloads = reloads.filter((at) => now - at < RELOADS_WITHIN_MS)
    if (reloads.length < MAX_RELOADS) {
      reloads = [...reloads, now]
      window.webContents.reload()
      return
    }
    ask('pageEnded', () => {
      reloads = []
      window.webContents.reload()
    })
  })

  window.on('unresponsive', () => {
    log.warn('the page does not answer')
    // Only a new process helps a page that is stuck; the end of the old one loads it again.
    ask('pageStuck', () => window.webContents.forcefullyCrashRenderer())
  })
  // It has found its way back by itself: nobody needs to answer any more.
  window.on('responsive', () => question?.abort())
  window.on('closed', () => question?.abort())

  /** Asks once at a time whether to load the page again; closing the question leaves everything as it is. */
  function ask(what: 'pageEnded' | 'pageStuck', again: () => void): void {
    if (question) return
    const asking = new AbortController()
    question = asking
    const { text } = options.words()
    options.dialog
      .showMessageBox(window, {
        type: 'warning',
        title: 'Everstow',
        message: text(`tray.${what}Message`),
        detail: text(`tray.${what}Detail`),
        buttons: [text('tray.loadAgain'), text(`tray.${what}Leave`)],
        defaultId: 0,
        cancelId: 1,
        noLink: true,
        signal: asking.signal,
      })
      .then(({ response }) => {
        if (response === 0 && !asking.signal.aborted && !window.isDestroyed()) again()
      })
      .catch((error: unknown) => log.warn('the question about the page failed', { reason: String(error) }))
      .finally(() => {
        question = undefined
      })
  }
}
