import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromPage, originOf, toPage } from './stand-in/addresses.ts'
import { createStandIn } from './stand-in/stand-in.ts'
import { iconsFolder } from './start-shell.ts'

const ready = (platform: NodeJS.Platform = 'linux') => {
  const standIn = createStandIn({ platform })
  standIn.app.becomeReady()
  return standIn
}

describe('it refuses what Electron refuses', () => {
  test('before ready', () => {
    const { electron } = createStandIn({})
    const { BrowserWindow, dialog, protocol, screen, session, Tray, nativeImage } = electron
    expect(() => new BrowserWindow({})).toThrow('before app is ready')
    expect(
      () => new Tray(nativeImage.createFromPath(path.join(iconsFolder, 'tray/light/failed.png'))),
    ).toThrow('before app is ready')
    expect(() => session.defaultSession).toThrow('after app is ready')
    expect(() => screen.getAllDisplays()).toThrow('after app is ready')
    expect(() => protocol.handle('app', () => new Response())).toThrow('ready')
    return expect(dialog.showMessageBox({ message: '?' })).rejects.toThrow('after app is ready')
  })

  test('after ready', () => {
    const { electron } = ready()
    expect(() => electron.app.enableSandbox()).toThrow('before app is ready')
    expect(() => electron.protocol.registerSchemesAsPrivileged([])).toThrow('before app is ready')
    expect(() => electron.app.setPath('userData', '/x')).toThrow('in use')
  })

  test('a scheme declared twice, handled twice, or cached without being standard', () => {
    const { electron } = createStandIn({})
    expect(() =>
      electron.protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { codeCache: true } }]),
    ).toThrow('standard')
    electron.protocol.registerSchemesAsPrivileged([{ scheme: 'app' }])
    expect(() => electron.protocol.registerSchemesAsPrivileged([{ scheme: 'b' }])).toThrow('once')
    const late = ready().electron
    late.protocol.handle('app', () => new Response())
    expect(() => late.protocol.handle('app', () => new Response())).toThrow('Failed to register')
  })

  test('an address of a scheme that nobody serves', async () => {
    const { electron } = ready()
    const window = new electron.BrowserWindow({})
    await expect(window.loadURL('app://ui/index.html')).rejects.toThrow('ERR_UNKNOWN_URL_SCHEME')
  })

  test('what only another system has', () => {
    const image = (electron: ReturnType<typeof ready>['electron']) =>
      electron.nativeImage.createFromPath(path.join(iconsFolder, 'badge/1.png'))
    const linux = ready('linux').electron
    const tray = new linux.Tray(
      linux.nativeImage.createFromPath(path.join(iconsFolder, 'tray/light/hold.png')),
    )
    expect(() => tray.getBounds()).toThrow('macOS and Windows')
    expect(() => tray.popUpContextMenu()).toThrow('macOS and Windows')
    expect(() => linux.nativeTheme.shouldUseDarkColorsForSystemIntegratedUI).toThrow('macOS and Windows')
    const window = new linux.BrowserWindow({})
    expect(() => window.setOverlayIcon(image(linux), '1')).toThrow('Windows')
    expect(() => window.setProgressBar(2)).toThrow('indeterminate')
    expect(() => ready('win32').electron.app.setBadgeCount(1)).toThrow('Linux and macOS')
    expect(() => linux.app.setAsDefaultProtocolClient('everstow://')).toThrow('without')
  })

  test('a notification whose buttons say nothing; a dialog that nobody answers', async () => {
    const { electron } = ready()
    expect(() => new electron.Notification({ actions: [{ type: 'button' }] })).toThrow('with a text')
    await expect(electron.dialog.showMessageBox({ message: '?' })).rejects.toThrow('nobody answers')
  })

  test('whatever is used after its destruction', () => {
    const { electron } = ready()
    const window = new electron.BrowserWindow({})
    window.close()
    expect(() => window.show()).toThrow('Object has been destroyed')
    expect(() => window.webContents.send('x')).toThrow('Object has been destroyed')
    const tray = new electron.Tray(
      electron.nativeImage.createFromPath(path.join(iconsFolder, 'tray/light/failed.png')),
    )
    tray.destroy()
    expect(() => tray.setToolTip('x')).toThrow('Object has been destroyed')
  })

  test('a message that cannot be cloned', () => {
    const { electron } = ready()
    const window = new electron.BrowserWindow({})
    expect(() => window.webContents.send('x', () => 1)).toThrow('could not be cloned')
  })

  test('a tray without a picture, a menu item without a label, an unknown role or accelerator', () => {
    const { electron } = ready()
    expect(() => new electron.Tray(electron.nativeImage.createFromPath('/nonexistent.png'))).toThrow(
      'no picture',
    )
    expect(() => electron.Menu.buildFromTemplate([{}])).toThrow('must have a label')
    expect(() => electron.Menu.buildFromTemplate([{ role: 'nonsense' as never }])).toThrow('unknown role')
    expect(() =>
      electron.Menu.buildFromTemplate([{ label: 'x', accelerator: 'Control-X' as never }]),
    ).toThrow('accelerator')
  })

  test('settings that a system does not have', () => {
    expect(() => ready('linux').electron.app.setLoginItemSettings({ openAtLogin: true })).toThrow('Linux')
    expect(() => createStandIn({ platform: 'darwin' }).electron.app.setAppUserModelId('x')).toThrow('Windows')
  })

  test('a dialog that nobody answers', () =>
    expect(ready().electron.dialog.showMessageBox({ message: '?' })).rejects.toThrow('nobody answers'))
})

describe('it grants what nobody denies, as Electron does', () => {
  test('permissions without handlers are given', async () => {
    const { session } = ready()
    expect(await session.asksFor({} as never, 'geolocation')).toBe(true)
    expect(session.checks(null, 'geolocation')).toBe(true)
  })

  test('without a listener for window-all-closed, the last window ends the program', async () => {
    const { electron, app } = ready()
    new electron.BrowserWindow({}).close()
    await expect.poll(() => app.exitCode).toBe(0)
  })
})

describe('a preload', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'everstow-preload-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('must have an absolute path and be CommonJS', async () => {
    const file = path.join(folder, 'module.mjs')
    writeFileSync(file, "import 'electron'\n")
    const { readPreload } = await import('./stand-in/contents.ts')
    expect(() => readPreload('preload.cjs')).toThrow('absolute path')
    expect(() => readPreload(file)).toThrow('import statement')
  })
})

describe('addresses', () => {
  test('go to the page and back', () => {
    const schemes = new Set(['app'])
    for (const address of ['app://ui/index.html?x#y', 'app://other/', 'https://example.com/'])
      expect(fromPage(toPage(address, schemes))).toBe(address)
  })

  test('have the origin that Chromium gives a standard scheme', () => {
    expect(originOf(toPage('app://ui/index.html', new Set(['app'])))).toBe('app://ui')
    expect(originOf('https://example.com:8443/x')).toBe('https://example.com:8443')
    expect(originOf('about:blank')).toBe('null')
    expect(originOf('data:text/html,x')).toBe('null')
  })
})
