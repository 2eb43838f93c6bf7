import { EventEmitter } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { hostUpdater, type Updater, updatesItself } from '../../main/hosts/electron/system/updates.ts'
import { run, scriptedApp } from './scripted-app.ts'
import { english, type StartedShell, startShell, until } from './start-shell.ts'

/** `electron-updater` as far as it is used: tells of one newer version and loads it in two steps. */
class ScriptedUpdater extends EventEmitter implements Updater {
  autoDownload = true
  autoInstallOnAppQuit = false
  allowDowngrade = true
  allowPrerelease: boolean | undefined
  logger: unknown = console
  newest: string | undefined = '2.0.0'
  installs = 0
  onInstall = (): void => {}

  async checkForUpdates() {
    return { isUpdateAvailable: this.newest !== undefined, updateInfo: { version: this.newest ?? '1.0.0' } }
  }

  async downloadUpdate(): Promise<void> {
    for (const percent of [40, 100]) this.emit('download-progress', { percent })
  }

  quitAndInstall(_isSilent?: boolean, isForceRunAfter?: boolean): void {
    expect(isForceRunAfter).toBe(true)
    this.installs++
    this.onInstall()
  }
}

let started: StartedShell | undefined
afterEach(async () => {
  await started?.close()
  started = undefined
})

describe('whether the program updates itself', () => {
  const program = {
    isPackaged: true,
    platform: 'win32',
    env: {},
    fromStore: false,
    files: ['app-update.yml', '../Uninstall Everstow.exe'],
  } as const

  test.each([
    ['installed on Windows', {}, true],
    ['installed on macOS', { platform: 'darwin' }, true],
    ['an AppImage', { platform: 'linux', env: { APPIMAGE: '/home/ada/Everstow.AppImage' } }, true],
    ['a package of a Linux system', { platform: 'linux' }, false],
    ['from a store', { fromStore: true }, false],
    ['from its sources', { isPackaged: false }, false],
    ['installed on Windows by an administrator’s package', { files: ['app-update.yml'] }, false],
    ['built where nobody knew its home', { files: ['../Uninstall Everstow.exe'] }, false],
    ['built for macOS without a home', { platform: 'darwin', files: [] }, false],
  ] as const)('%s', (_what, change, itself) => {
    const { files, ...rest } = { ...program, ...change }
    expect(updatesItself({ ...rest, has: (file) => (files as readonly string[]).includes(file) })).toBe(
      itself,
    )
  })
})

describe('the updater', () => {
  test('does nothing by itself but install what was loaded when the program ends', () => {
    const updater = new ScriptedUpdater()
    hostUpdater(updater, '1.0.0')
    expect(updater).toMatchObject({
      autoDownload: false,
      autoInstallOnAppQuit: true,
      allowDowngrade: false,
      logger: null,
    })
  })

  test.each([
    ['1.0.0', false],
    ['1.1.0-beta.2', true],
    ['1.1.0+build-7', false],
  ])('who has %s is told of betas: %s', (version, betas) => {
    const updater = new ScriptedUpdater()
    hostUpdater(updater, version)
    expect(updater).toMatchObject({ allowPrerelease: betas, allowDowngrade: false })
  })

  test('says what is newer, and how far the load is', async () => {
    const updater = new ScriptedUpdater()
    const { lent } = hostUpdater(updater, '1.0.0')
    expect(await lent.check()).toBe('2.0.0')
    const shares: number[] = []
    await lent.load((share) => shares.push(share))
    expect(shares).toEqual([0.4, 1])
    expect(updater.listenerCount('download-progress')).toBe(0)
    updater.newest = undefined
    expect(await lent.check()).toBeUndefined()
  })
})

describe('restarting for an update', () => {
  async function start(stop = async (): Promise<void> => {}) {
    const updater = new ScriptedUpdater()
    const app = scriptedApp({ stop })
    const shell = await startShell({ app, openUpdater: async () => hostUpdater(updater, '1.0.0') })
    started = shell
    updater.onInstall = () => shell.standIn.app.quit()
    return { updater, shell, restart: () => shell.abilities?.updates?.restart() }
  }
  const hasEnded = (): boolean => started?.standIn.app.exitCode !== undefined

  test('stops the engine, then installs', async () => {
    const order: string[] = []
    const { updater, restart } = await start(async () => void order.push('stopped'))
    const install = updater.onInstall
    updater.onInstall = () => {
      order.push('installed')
      install()
    }
    restart()
    await until(hasEnded)
    expect(order).toEqual(['stopped', 'installed'])
  })

  test('asks where work runs; "Keep working" forgets the restart, and a later quit is only a quit', async () => {
    const { updater, shell, restart } = await start()
    shell.app.hub.set('runs', { r: run('r') })
    shell.standIn.dialog.buttons.push(english.text('tray.keepWorking'))
    restart()
    await until(() => shell.standIn.dialog.questions.length === 1)
    await new Promise((resolve) => setImmediate(resolve))
    expect([hasEnded(), updater.installs]).toEqual([false, 0])
    shell.app.hub.set('runs', {})
    shell.shell?.quitting.request()
    await until(hasEnded)
    expect(updater.installs).toBe(0)
  })

  test('an installer that does not take over leaves no program behind', async () => {
    const { updater, shell, restart } = await start()
    updater.onInstall = () => {}
    restart()
    await until(() => updater.installs === 1)
    expect(hasEnded()).toBe(false)
    shell.app.advance(30_000)
    expect(hasEnded()).toBe(true)
  })

  test('a program whose updater fails to load protects as before', async () => {
    started = await startShell({ openUpdater: () => Promise.reject(new Error('no such file')) })
    expect(started.abilities?.updates).toBeUndefined()
    expect(started.standIn.trays.length).toBe(1)
  })
})
