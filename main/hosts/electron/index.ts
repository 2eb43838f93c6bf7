import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import electron from 'electron'
import type { AppContext, HostCapabilities } from '../../app/app-context.ts'
import { createApp } from '../../app/create-app.ts'
import { runElectronHost } from './host.ts'
import type { RunningApp } from './ports.ts'
import { homeFolder } from './system/home-folder.ts'
import { systemProxies, trustSystemCertificates } from './system/network.ts'
import { shippedCommand } from './system/shipped-command.ts'
import { type HostUpdater, hostUpdater, updatesItself } from './system/updates.ts'
import { windowMemory } from './window-place.ts'

/** The program is built to `dist/program`; everything else lies from two folders up. */
const root = path.resolve(import.meta.dirname, '../..')
/** A packaged program is its own first argument; otherwise the second one names what Electron runs. */
const args = process.argv.slice(electron.app.isPackaged ? 1 : 2)
const home = homeFolder(args, { platform: process.platform, env: process.env, userHome: homedir() })
const profileFolder = path.join(home, 'profile')
const logsFolder = path.join(home, 'logs')
mkdirSync(home, { recursive: true, mode: 0o700 })
for (const folder of [profileFolder, logsFolder]) mkdirSync(folder, { recursive: true, mode: 0o700 })

async function startApp(
  hostCan: HostCapabilities,
  lookAround: AppContext['lookAround'],
): Promise<RunningApp> {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
  const program = shippedCommand({
    isPackaged: electron.app.isPackaged,
    platform: process.platform,
    env: process.env,
    resourcesFolder: process.resourcesPath,
  })
  const app = await createApp({
    home,
    ...(program && { program }),
    host: 'electron',
    hostCan,
    lookAround,
    version,
    platform: process.platform,
    locale: electron.app.getLocale(),
    userHome: homedir(),
    proxyOf: systemProxies(electron.session.defaultSession, console),
    logDestination: path.join(logsFolder, 'everstow.log'),
    stays: true,
  })
  const { env } = app.context.engine
  const log = env.log.area('shell')
  return {
    server: app.server,
    clock: env.clock,
    log,
    memory: windowMemory(env.files, path.join(home, 'window.json')),
    lookForDue: () => app.lookForDue(),
    stop: () => app.stop(),
  }
}

trustSystemCertificates(tls, console)

/** Loaded only where it is used: everywhere else something other than Everstow brings newer versions. */
async function updaterOfProgram(): Promise<HostUpdater | undefined> {
  const program = {
    isPackaged: electron.app.isPackaged,
    platform: process.platform,
    env: process.env,
    fromStore: process.windowsStore === true || process.mas === true,
    has: (file: string) => existsSync(path.join(process.resourcesPath, file)),
  }
  if (!updatesItself(program)) return undefined
  const { default: updater } = await import('electron-updater')
  return hostUpdater(updater.autoUpdater, electron.app.getVersion())
}

// Not awaited: Electron becomes ready only after this module has run to its end.
runElectronHost({
  electron,
  startApp,
  args,
  platform: process.platform,
  profileFolder,
  openUpdater: updaterOfProgram,
  paths: {
    renderer: path.join(root, 'dist/renderer'),
    preload: path.join(root, 'dist/preload/preload.cjs'),
    icons: path.join(root, 'assets/icons'),
  },
  loginItem: {
    configFolder: process.env.XDG_CONFIG_HOME || path.join(homedir(), '.config'),
    // An AppImage runs from a mount that is gone by the next login; the variable names the file itself.
    command: electron.app.isPackaged ? [process.env.APPIMAGE ?? process.execPath] : [process.execPath, root],
  },
}).then(
  (shell) => {
    // A signal is the system's wish, and nobody may be there to answer a question.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => shell?.quitting.now())
  },
  (error: unknown) => {
    electron.dialog.showErrorBox('Everstow', String(error))
    electron.app.exit(1)
  },
)
