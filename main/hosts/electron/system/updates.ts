import type { HostUpdates } from '../../../app/app-context.ts'

/** The part of `electron-updater` that is used. */
export interface Updater {
  autoDownload: boolean
  autoInstallOnAppQuit: boolean
  allowDowngrade: boolean
  allowPrerelease: boolean | undefined
  logger: unknown
  checkForUpdates(): Promise<{
    readonly isUpdateAvailable: boolean
    readonly updateInfo: { readonly version: string }
  } | null>
  downloadUpdate(): Promise<unknown>
  quitAndInstall(isSilent?: boolean, isForceRunAfter?: boolean): void
  on(event: 'download-progress', listener: (progress: { readonly percent: number }) => void): unknown
  removeListener(
    event: 'download-progress',
    listener: (progress: { readonly percent: number }) => void,
  ): unknown
}

/** How this host updates itself: what is lent to the application, and the last step. */
export interface HostUpdater {
  readonly lent: Omit<HostUpdates, 'restart'>
  /** Installs what was loaded and starts it; the program ends by it. */
  readonly install: () => void
}

/** Written by the build, where the project's home on the network is known: it says where newer versions lie. */
const HOME_FILE = 'app-update.yml'
/** Laid down by the installer that the updater can start anew; a package of an administrator has none. */
const WINDOWS_INSTALLED_FILE = '../Uninstall Everstow.exe'

/**
 * Whether the program may replace itself: not where it runs from its sources, came from a store, or was installed by an administrator or the system's
 * packages, which update it; nor where it was built without knowing where newer versions lie. Of the Linux forms only an AppImage is a file of the
 * person's own.
 */
export function updatesItself(program: {
  readonly isPackaged: boolean
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly fromStore: boolean
  /** Whether there is such a file, seen from the folder of the application's resources. */
  readonly has: (file: string) => boolean
}): boolean {
  const { platform } = program
  if (!program.isPackaged || program.fromStore || !program.has(HOME_FILE)) return false
  if (platform === 'win32') return program.has(WINDOWS_INSTALLED_FILE)
  return platform !== 'linux' || Boolean(program.env.APPIMAGE)
}

/**
 * Nothing happens by itself: what is looked for, loaded and installed is decided outside. A loaded version is installed when the program ends.
 * Who runs a beta (`version`) is told of betas, and of the final version that they lead to.
 */
export function hostUpdater(updater: Updater, version: string): HostUpdater {
  updater.autoDownload = false
  updater.autoInstallOnAppQuit = true
  updater.allowPrerelease = /^[^+]*-/.test(version)
  updater.allowDowngrade = false
  // Its own lines name files and addresses of this computer.
  updater.logger = null
  return {
    lent: {
      async check() {
        const found = await updater.checkForUpdates()
        return found?.isUpdateAvailable ? found.updateInfo.version : undefined
      },
      async load(onShare) {
        const follow = ({ percent }: { readonly percent: number }): void => onShare(percent / 100)
        updater.on('download-progress', follow)
        try {
          await updater.downloadUpdate()
        } finally {
          updater.removeListener('download-progress', follow)
        }
      },
    },
    install: () => updater.quitAndInstall(false, true),
  }
}
