import type { AppContext, HostCapabilities } from '../../app/app-context.ts'
import { createTexts, localeOf } from '../../app/text.ts'
import { lookAround } from '../../engine/engine.ts'
import { lentApi } from '../api/lent-api.ts'
import { openFolder, pickFolder } from './dialogs.ts'
import { LINK_SCHEME, pageOfArguments, pageOfLink } from './page/deep-link.ts'
import { openLink } from './page/links.ts'
import { serveUi } from './page/protocol.ts'
import { denyPermissions, guardContents, guardDownloads, secureBeforeReady } from './page/security.ts'
import type { ElectronApi, RunningApp } from './ports.ts'
import { createElectronShell, type Shell, type ShellPaths } from './shell.ts'
import { HIDDEN_FLAG, renewStartAtLogin, setStartAtLogin } from './system/login-item.ts'
import { onAwakening, onShutdown, surroundingsOf } from './system/power.ts'
import type { HostUpdater } from './system/updates.ts'
import type { Page } from './tray/tray-view.ts'

export interface HostOptions {
  readonly electron: ElectronApi
  /** Opens the engine; the abilities are what this host lends it, with its look at power and network. */
  readonly startApp: (
    abilities: HostCapabilities,
    lookAround: AppContext['lookAround'],
  ) => Promise<RunningApp>
  readonly paths: ShellPaths
  /** Electron's own files (caches, the lock of the single instance); one a home, so that two homes do not lock each other out. */
  readonly profileFolder: string
  readonly platform: NodeJS.Platform
  /** Arguments of this start, without the program. */
  readonly args: readonly string[]
  /** What updates the program; none where something else does. */
  readonly openUpdater?: () => Promise<HostUpdater | undefined>
  readonly loginItem: { readonly configFolder: string; readonly command: readonly string[] }
}

/**
 * The life of the desktop program. Must be called before Electron is ready. Resolves to the shell, or to undefined where
 * another instance has the lock (it shows its window instead) or the engine did not start.
 */
export async function runElectronHost(options: HostOptions): Promise<Shell | undefined> {
  const { electron } = options
  const { app } = electron
  app.setName('Everstow')
  // Windows ties notifications and the taskbar to this name.
  if (options.platform === 'win32') app.setAppUserModelId('app.everstow')
  app.setPath('userData', options.profileFolder)
  secureBeforeReady(electron)
  // Two engines over one home would each believe they were alone; the second start ends here.
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return undefined
  }

  let shell: Shell | undefined
  /** What is to be shown once the shell stands; `false`: nothing. */
  let wanted: Page | boolean = showOf(options.args)
  const open = (show: Page | boolean): void => {
    if (show === false) return
    if (shell) shell.show(show === true ? undefined : show)
    else wanted = show
  }
  app.on('second-instance', (_event, argv) => open(showOf(argv)))
  // macOS hands links over as events, the first one before the program is ready.
  app.on('open-url', (event, link) => {
    event.preventDefault()
    open(pageOfLink(link) ?? false)
  })
  await app.whenReady()
  // Only an installed program is there when the link is opened. What follows `--` is never read as an option.
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME, process.execPath, ['--'])
  if (options.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin) wanted = false
  const session = electron.session.defaultSession
  denyPermissions(session)
  serveUi(session, options.paths.renderer)

  const updater = await openUpdater(options)
  const running = await startOrTell(options, {
    pickFolder: (title) => pickFolder(electron.dialog, shell?.window.visible(), title),
    tray: true,
    showWindow: (page) => shell?.show(page),
    ...(updater && { updates: { ...updater.lent, restart: () => shell?.restart() } }),
    openFolder: (folder) => openFolder(electron.shell, folder),
    setStartAtLogin: (on) => setStartAtLogin(on, { app, platform: options.platform, ...options.loginItem }),
    ...lentApi,
  })
  if (!running) return undefined
  const { log } = running
  onAwakening(electron, running.lookForDue)
  guardDownloads(session, log)
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    // Electron starts it anew by itself.
    if (reason !== 'clean-exit') log.warn('a process of Electron ended', { type, reason, exitCode })
  })
  renewStartAtLogin({ platform: options.platform, ...options.loginItem }).catch((error: unknown) =>
    log.warn('the entry that starts the program at login was not renewed', { reason: String(error) }),
  )
  app.on('web-contents-created', (_event, contents) =>
    guardContents(contents, (id) => void openLink(electron.shell, id, log), log),
  )
  shell = createElectronShell({
    electron,
    app: running,
    paths: options.paths,
    platform: options.platform,
    ...(updater && { installUpdate: updater.install }),
  })
  const { quitting } = shell
  onShutdown(electron, () => quitting.now())
  open(wanted)
  return shell
}

/** What a start asks to be shown. A link that is none of ours shows nothing at all: anybody can make somebody follow one. */
function showOf(args: readonly string[]): Page | boolean {
  if (args.some((arg) => arg.toLowerCase().startsWith(`${LINK_SCHEME}:`)))
    return pageOfArguments(args) ?? false
  return !args.includes(HIDDEN_FLAG)
}

/** Protecting goes before updating: a program whose updater fails works without one. */
async function openUpdater({ openUpdater }: HostOptions): Promise<HostUpdater | undefined> {
  try {
    return await openUpdater?.()
  } catch {
    // The settings then say that nothing updates this program.
    return undefined
  }
}

/** The engine, or a dialog that says why there is none and the end of the program. */
async function startOrTell(
  options: HostOptions,
  abilities: HostCapabilities,
): Promise<RunningApp | undefined> {
  const { electron } = options
  try {
    return await options.startApp(abilities, surroundingsOf(electron, options.platform, lookAround))
  } catch (error) {
    const { text } = createTexts(localeOf('auto', electron.app.getLocale()))
    const reason = error instanceof Error ? error.message : String(error)
    electron.dialog.showErrorBox(text('tray.startFailed'), text('tray.startFailedDetail', { reason }))
    electron.app.exit(1)
    return undefined
  }
}
