import path from 'node:path'
import { connectInProcess } from '../../app/in-process-client.ts'
import { createTexts, localeOf } from '../../app/text.ts'
import { wireErrorOf } from '../../app/wire/wire-error.ts'
import {
  events,
  type Plan,
  type Run,
  type Settings,
  type Status,
  type SyncedFolder,
} from '../../contract/index.ts'
import { askToQuit } from './dialogs.ts'
import { applicationMenu, setApplicationMenu } from './menu.ts'
import { createFrameTransport } from './page/ipc.ts'
import { watchPage } from './page/page-health.ts'
import type { ElectronApi, RunningApp } from './ports.ts'
import { createQuitting, type Quitting } from './system/quit.ts'
import { createNotifier } from './tray/notifications.ts'
import { openPictures } from './tray/pictures.ts'
import { createPopover } from './tray/popover.ts'
import { createTaskbar } from './tray/taskbar.ts'
import { createTray } from './tray/tray.ts'
import { type Page, pauseEnd, type TrayAction, taskbarView, trayView } from './tray/tray-view.ts'
import { type CloseAnswer, createMainWindow, type MainWindow } from './window.ts'
import { createWords, type Words } from './words.ts'

/** Progress comes ten times a second; a tray that changed as often would be unusable. */
const TRAY_REFRESH_MS = 1_000
/** "12 min ago" must not stand still. */
const RELATIVE_TIME_MS = 30_000

/** An installer that starts ends the program within this time. */
const INSTALL_WITHIN_MS = 30_000

/** Where the shell's files lie. */
export interface ShellPaths {
  readonly renderer: string
  readonly preload: string
  readonly icons: string
}

export interface ShellOptions {
  readonly electron: ElectronApi
  readonly app: RunningApp
  readonly paths: ShellPaths
  readonly platform: NodeJS.Platform
  /** Starts the version that was loaded, once everything has stopped. */
  readonly installUpdate?: () => void
}

/** Everything a person sees of Everstow outside the page. */
export interface Shell {
  readonly window: MainWindow
  readonly quitting: Quitting
  show(page?: Page): void
  /** Ends the program, with a question where work runs, and starts the version that was loaded. */
  restart(): void
}

/** Puts the shell up around a running engine. Electron must be ready, its permissions denied and its scheme served. */
export function createElectronShell(options: ShellOptions): Shell {
  const { electron, app, platform } = options
  const { server, clock, log } = app
  const client = connectInProcess(server, 'admin')
  const state: { status?: Status; settings?: Settings; runs: Run[]; plans: Plan[]; syncs: SyncedFolder[] } = {
    runs: [],
    plans: [],
    syncs: [],
  }
  let words = wordsOf('auto')
  let pendingPage: Page | undefined
  let trayIsStale = false
  let shownSummary = ''
  let restarts = false
  let tellPage: ReturnType<typeof transport.adopt> = () => false

  const transport = createFrameTransport(electron.ipcMain, server, log)
  const pictures = openPictures(electron, options.paths.icons, platform)
  const taskbar = createTaskbar({ app: electron.app, pictures, platform })
  const window = createMainWindow({
    electron,
    preload: options.paths.preload,
    appIcon: path.join(options.paths.icons, 'app.png'),
    memory: app.memory,
    clock,
    log,
    adopt(made) {
      tellPage = transport.adopt(made.webContents, () => {
        if (pendingPage) sendPage(pendingPage)
      })
      made.on('session-end', () => quitting.now())
      watchPage(made, { dialog: electron.dialog, words: () => words, clock, log })
      trayIsStale = true
    },
    onClose,
  })
  const notifier = createNotifier({
    electron,
    words: () => words,
    wanted: () => state.settings?.notifications ?? true,
    windowHasFocus: window.hasFocus,
    runs: () => state.runs,
    onAction,
  })
  const popover = createPopover({
    electron,
    preload: options.paths.preload,
    clock,
    log,
    adopt: (contents) => void transport.adopt(contents),
  })
  const tray = createTray({
    electron,
    pictures,
    platform,
    clock,
    onAction,
    togglePopover: popover.toggle,
  })
  const quitting = createQuitting({
    app: electron.app,
    log,
    clock,
    workRuns: () => running().length > 0,
    async ask() {
      const answer = await askToQuit(electron.dialog, window.visible(), running(), words)
      restarts &&= answer
      return answer
    },
    stop,
    end() {
      if (!restarts || !options.installUpdate) return electron.app.quit()
      // An installer that does not take over must not leave a program behind that does nothing.
      clock.every(INSTALL_WITHIN_MS, () => electron.app.exit(0))
      options.installUpdate()
    },
  })
  const timers = [
    clock.every(TRAY_REFRESH_MS, () => trayIsStale && drawTray()),
    clock.every(RELATIVE_TIME_MS, () => {
      trayIsStale = true
    }),
  ]

  client.onState('settings', ({ current }) => {
    const before = state.settings
    state.settings = current
    electron.nativeTheme.themeSource = current.theme === 'auto' ? 'system' : current.theme
    if (before?.language !== current.language) speak(current.language)
  })
  client.onState('plans', (plans) => {
    state.plans = Object.values(plans).sort((a, b) => a.name.localeCompare(b.name))
    trayIsStale = true
  })
  client.onState('syncs', (syncs) => {
    state.syncs = Object.values(syncs)
    trayIsStale = true
  })
  client.onState('runs', (runs) => {
    state.runs = Object.values(runs)
    stateChanged()
  })
  client.onState('status', ({ current }) => {
    state.status = current
    if (current.problems.length === 0) notifier.endIncidents()
    stateChanged()
  })
  client.onEvent('notice', (notice) => notifier.notice(notice))
  client.onEvent('navigate', (data) => {
    const asked = events.navigate.safeParse(data)
    if (asked.success) show(asked.data.page)
  })

  // With the last window closed the tray goes on; without a listener Electron would quit.
  electron.app.on('window-all-closed', () => log.info('the last window is closed'))
  electron.app.on('activate', () => show())

  function running(): Run[] {
    return state.runs.filter((run) => run.state === 'running')
  }

  function wordsOf(language: Settings['language']): Words {
    return createWords(createTexts(localeOf(language, electron.app.getLocale())), clock.now)
  }

  function speak(language: Settings['language']): void {
    words = wordsOf(language)
    setApplicationMenu(electron, applicationMenu(words, { show, quit: () => quitting.request() }, platform))
    drawTray()
  }

  /** Draws at once when the verdict or the work changed, else with the next beat. */
  function stateChanged(): void {
    const summary = `${state.status?.level} ${running().map((run) => run.id)}`
    trayIsStale = true
    if (summary !== shownSummary) drawTray()
    shownSummary = summary
  }

  function drawTray(): void {
    if (!state.status) return
    trayIsStale = false
    const shown = { ...state, status: state.status }
    tray.show(trayView(shown, words))
    taskbar.show(taskbarView(shown, words), window.made())
  }

  function show(page?: Page): void {
    // Whoever starts the program while it ends would see a window onto nothing.
    if (quitting.decided) return
    popover.hide()
    window.show().catch((error: unknown) => log.error('the window did not open', { reason: String(error) }))
    if (page) sendPage(page)
  }

  function sendPage(page: Page): void {
    const sent = tellPage({ t: 'event', name: 'navigate', data: { page } })
    pendingPage = sent ? undefined : page
  }

  function onAction(action: TrayAction): void {
    if (action.do === 'show') show(action.page)
    else if (action.do === 'quit') quitting.request()
    else ask(commandOf(action))
  }

  function commandOf(action: Exclude<TrayAction, { do: 'show' | 'quit' }>): Promise<unknown> {
    switch (action.do) {
      case 'cancel':
        return client.call('run.cancel', { id: action.runId })
      case 'back-up':
        return client.call('backup.start', { plan: action.planId })
      case 'sync':
        return client.call('sync.run', {})
      case 'resume':
        return client.call('automation.resume', {})
      case 'pause': {
        const until = pauseEnd(action.until, clock.now())
        return client.call('automation.pause', until === undefined ? {} : { until })
      }
    }
  }

  /** Someone clicked and waits for something to happen: a refusal is told. */
  function ask(call: Promise<unknown>): void {
    call.catch((error: unknown) => {
      const wire = wireErrorOf(error)
      log.warn('the app refused a command of the tray', { code: wire.code })
      notifier.tell('Everstow', words.error(wire).what)
    })
  }

  function onClose(): CloseAnswer {
    if (quitting.decided) return 'close'
    if (state.settings?.closeToTray === false && platform !== 'darwin') {
      quitting.request()
      return 'stay'
    }
    if (state.settings?.trayHintShown === false) explainClosing(state.settings)
    return 'hide'
  }

  /** Once: closing keeps protecting. Said in a dialog where the system shows no notifications, or the person wants none. */
  function explainClosing({ notifications }: Settings): void {
    const title = words.text('tray.hintTitle')
    const text = words.text('notices.trayHint')
    if (!notifications || !notifier.tell(title, text))
      electron.dialog
        .showMessageBox({ type: 'info', title: 'Everstow', message: title, detail: text })
        .catch((error: unknown) => log.warn('the hint was not shown', { reason: String(error) }))
    ask(client.call('settings.update', { trayHintShown: true }))
  }

  async function stop(): Promise<void> {
    for (const stopTimer of timers) stopTimer()
    client.close()
    transport.close()
    notifier.close()
    tray.destroy()
    await Promise.all([window.saved(), app.stop()])
  }

  function restart(): void {
    restarts = true
    quitting.request()
  }

  return { window, quitting, show, restart }
}
