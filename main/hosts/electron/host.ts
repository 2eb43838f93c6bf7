import type { AppContext, HostCapabilities } from '../../app/app-context.ts'
import { createTexts, localeOf } from '../../app/text.ts'
import { lookAround } from '../../engine/engine.ts'
import { lentApi } from '../api/lent-api.ts'
import { openFolder, pickFolder } from './dialogs.ts'
import { openLink } from './links.ts'
import { HIDDEN_FLAG, setStartAtLogin } from './login-item.ts'
import type { ElectronApi, RunningApp } from './ports.ts'
import { onAwakening, surroundingsOf } from './power.ts'
import { serveUi } from './protocol.ts'
import { denyPermissions, guardContents, secureBeforeReady } from './security.ts'
import { createElectronShell, type Shell, type ShellPaths } from './shell.ts'

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
  let wantsWindow = !options.args.includes(HIDDEN_FLAG)
  app.on('second-instance', (_event, argv) => {
    if (argv.includes(HIDDEN_FLAG)) return
    wantsWindow = true
    shell?.show()
  })
  await app.whenReady()
  if (options.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin) wantsWindow = false
  const session = electron.session.defaultSession
  denyPermissions(session)
  serveUi(session, options.paths.renderer)

  const running = await startOrTell(options, {
    pickFolder: (title) => pickFolder(electron.dialog, shell?.window.visible(), title),
    tray: true,
    openFolder: (folder) => openFolder(electron.shell, folder),
    setStartAtLogin: (on) => setStartAtLogin(on, { app, platform: options.platform, ...options.loginItem }),
    ...lentApi,
  })
  if (!running) return undefined
  const { log } = running
  onAwakening(electron, running.lookForDue)
  app.on('web-contents-created', (_event, contents) =>
    guardContents(contents, (id) => void openLink(electron.shell, id, log), log),
  )
  shell = createElectronShell({ electron, app: running, paths: options.paths, platform: options.platform })
  if (wantsWindow) shell.show()
  return shell
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
