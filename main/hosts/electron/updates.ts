import type { HostUpdates } from '../../app/app-context.ts'

/** The part of `electron-updater` that is used. */
export interface Updater {
  autoDownload: boolean
  autoInstallOnAppQuit: boolean
  allowDowngrade: boolean
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

/**
 * Whether the program may replace itself: not where it runs from its sources, came from a store, or was installed by the system's
 * packages, which update it. Of the Linux forms only an AppImage is a file of the person's own.
 */
export function updatesItself(program: {
  readonly isPackaged: boolean
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly fromStore: boolean
}): boolean {
  if (!program.isPackaged || program.fromStore) return false
  return program.platform !== 'linux' || Boolean(program.env.APPIMAGE)
}

/** Nothing happens by itself: what is looked for, loaded and installed is decided outside. A loaded version is installed when the program ends. */
export function hostUpdater(updater: Updater): HostUpdater {
  updater.autoDownload = false
  updater.autoInstallOnAppQuit = true
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
