import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WEB_PREFERENCES } from '../../main/hosts/electron/page/security.ts'
import { DEFAULT_SIZE } from '../../main/hosts/electron/window-place.ts'
import { type Built, buildShell } from './built.ts'
import { run, type ScriptedApp, SETTINGS, STATUS, scriptedApp } from './scripted-app.ts'
import type { StandInWindow } from './stand-in/browser-window.ts'
import {
  english,
  type StartedShell,
  settle,
  startBrowser,
  startShell,
  until,
  untilInPage,
} from './start-shell.ts'

let browser: Browser
let built: Built
let started: StartedShell
beforeAll(async () => {
  ;[browser, built] = await Promise.all([startBrowser(), buildShell({ program: false })])
})
afterAll(async () => {
  await browser.close()
  await built.remove()
})
afterEach(() => started.close())

const { text } = english
const window = (): StandInWindow => started.standIn.windows()[0]!
const hasEnded = (): boolean => started.standIn.app.exitCode !== undefined

async function open(options: Parameters<typeof startShell>[0] = {}): Promise<void> {
  started = await startShell({ args: [], ...options })
  await until(() => started.standIn.windows()[0]?.isVisible() ?? false)
}

describe('the window', () => {
  test('stands with the one set of preferences, and shows when its page has painted', async () => {
    started = await startShell({ browser, preload: built.preload, args: [] })
    await until(() => started.standIn.windows().length === 1)
    expect(window().options).toMatchObject({ ...DEFAULT_SIZE, title: 'Everstow', show: false })
    expect(window().options.webPreferences).toEqual({ ...WEB_PREFERENCES, preload: built.preload })
    await until(() => window().isVisible())
    expect(window().wasShownEmpty).toBe(false)
    expect(window().isFocused()).toBe(true)
  })

  test('has the background of the theme before anything is painted', async () => {
    await open({ prepare: ({ nativeTheme }) => Object.assign(nativeTheme, { shouldUseDarkColors: true }) })
    expect(window().options.backgroundColor).toBe('#12191b')
  })

  test('follows the theme of the settings', async () => {
    await open()
    started.app.hub.set('settings', { current: { ...SETTINGS, theme: 'dark' } })
    expect(started.standIn.nativeTheme.themeSource).toBe('dark')
    started.app.hub.set('settings', { current: { ...SETTINGS, theme: 'auto' } })
    expect(started.standIn.nativeTheme.themeSource).toBe('system')
  })

  test('a page that cannot load shows its window all the same', async () => {
    await open({ renderer: '/nonexistent-everstow-renderer' })
    expect(started.app.logged.map(({ message }) => message)).toContain('the page did not load')
  })

  test('a page whose process ends is loaded again by itself, three times in a minute', async () => {
    await open({ browser, preload: built.preload })
    const page = await started.page()
    started.standIn.dialog.buttons.push('escape')
    for (let crash = 1; crash <= 4; crash++) {
      await page.evaluate('window.before_ = true')
      window().webContents.crash()
      if (crash <= 3) await untilInPage(page, 'window.before_ === undefined && window.frames_?.length > 0')
    }
    await until(() => started.standIn.dialog.questions.length === 1)
    expect(started.standIn.dialog.questions[0]).toMatchObject({
      message: text('tray.pageEndedMessage'),
      buttons: [text('tray.loadAgain'), text('tray.pageEndedLeave')],
    })
    expect(await page.evaluate('window.before_')).toBe(true)
    // A minute later a crash is a new one.
    started.app.advance(60_000)
    window().webContents.crash()
    await untilInPage(page, 'window.before_ === undefined && window.frames_?.length > 0')
  })

  test('a page that keeps ending is loaded again where the person wants it', async () => {
    await open({ browser, preload: built.preload })
    const page = await started.page()
    started.standIn.dialog.buttons.push(text('tray.loadAgain'))
    for (let crash = 1; crash <= 4; crash++) {
      await page.evaluate('window.before_ = true')
      window().webContents.crash()
      await untilInPage(page, 'window.before_ === undefined && window.frames_?.length > 0')
    }
    expect(started.standIn.dialog.questions.length).toBe(1)
    expect(started.app.stopped).toBe(0)
  })

  test('a page that does not answer: its window may be loaded again, in a new process, while the work goes on', async () => {
    await open({ browser, preload: built.preload })
    const page = await started.page()
    started.app.hub.set('runs', { r: run('r') })
    await page.evaluate('window.before_ = true')
    started.standIn.dialog.buttons.push(text('tray.loadAgain'))
    window().emit('unresponsive')
    window().emit('unresponsive')
    await untilInPage(page, 'window.before_ === undefined && window.frames_?.length > 0')
    expect(started.standIn.dialog.questions.length).toBe(1)
    expect(started.app.asked.filter(({ name }) => name === 'run.cancel')).toEqual([])
  })

  test('a page that answers again by itself closes the question; waiting leaves it as it is', async () => {
    await open({ browser, preload: built.preload })
    const page = await started.page()
    await page.evaluate('window.before_ = true')
    started.standIn.dialog.buttons.push('later')
    window().emit('unresponsive')
    await until(() => started.standIn.dialog.questions.length === 1)
    window().emit('responsive')
    await until(() => started.standIn.dialog.questions[0]?.signal?.aborted === true)
    started.standIn.dialog.buttons.push(text('tray.pageStuckLeave'))
    await settle()
    window().emit('unresponsive')
    await until(() => started.standIn.dialog.questions.length === 2)
    await settle()
    expect(await page.evaluate('window.before_')).toBe(true)
  })
})

describe('where the window lies', () => {
  const place = { x: 300, y: 200, width: 900, height: 700, maximized: true }
  const remembering = (saved: string): ScriptedApp => Object.assign(scriptedApp(), { saved })

  test('is remembered from the last time', async () => {
    await open({ app: remembering(JSON.stringify(place)) })
    expect(window().options).toMatchObject({ x: 300, y: 200, width: 900, height: 700 })
    expect(window().isMaximized()).toBe(true)
    window().close()
    await until(() => started.app.saved?.includes('\n') ?? false)
    expect(JSON.parse(started.app.saved ?? '')).toEqual(place)
  })

  test.each([
    ['damaged', '{"x":1'],
    ['of another shape', '{"width":"wide"}'],
    ['absurd', JSON.stringify({ ...place, width: 1e9 })],
    ['on a screen that is gone', JSON.stringify({ ...place, x: 5_000 })],
    ['above every screen', JSON.stringify({ ...place, y: -600 })],
  ])('a place that is %s counts as none', async (_what, saved) => {
    await open({ app: remembering(saved) })
    expect(window().options).toMatchObject(DEFAULT_SIZE)
    expect(window().options).not.toHaveProperty('x')
  })

  test('is written down while it changes: a crash forgets two seconds', async () => {
    await open()
    for (let x = 0; x < 50; x++) window().drag({ x })
    expect(started.app.saved).toBeUndefined()
    started.app.advance(2_000)
    await until(() => started.app.saved !== undefined)
    expect(JSON.parse(started.app.saved ?? '')).toMatchObject({ x: 49, maximized: false })
    Object.assign(started.app, { saved: undefined })
    started.app.advance(60_000)
    await settle()
    expect(started.app.saved).toBeUndefined()
  })

  test('no larger than the screens there are', async () => {
    await open({ app: remembering(JSON.stringify({ ...place, width: 5_000, height: 4_000 })) })
    expect(window().options).toMatchObject({ width: 1920, height: 1040 })
  })

  test('a window whose screen went while it was hidden comes back in sight', async () => {
    const workAreas = [
      { x: 0, y: 0, width: 1920, height: 1040 },
      { x: 1920, y: 0, width: 1920, height: 1080 },
    ]
    await open({ app: remembering(JSON.stringify({ ...place, x: 2_500, maximized: false })), workAreas })
    window().close()
    started.standIn.screens.pop()
    started.tray().click()
    await until(() => window().isVisible())
    const { x, width } = window().getNormalBounds()
    expect(x + width).toBeLessThanOrEqual(1920)
  })

  test('a second screen counts', async () => {
    const workAreas = [
      { x: 0, y: 0, width: 1920, height: 1040 },
      { x: 1920, y: 0, width: 1920, height: 1080 },
    ]
    await open({ app: remembering(JSON.stringify({ ...place, x: 2_500 })), workAreas })
    expect(window().options.x).toBe(2_500)
  })
})

describe('closing the window', () => {
  test('keeps the tray; the page stays as it is and comes back with a click', async () => {
    await open()
    window().close()
    expect(window().isVisible()).toBe(false)
    expect(started.standIn.notifications).toEqual([])
    started.tray().emit('click')
    await until(() => window().isVisible())
    expect(hasEnded()).toBe(false)
  })

  test('says so the first time, and never again', async () => {
    await open()
    started.app.hub.set('settings', { current: { ...SETTINGS, trayHintShown: false } })
    window().close()
    expect(started.standIn.notifications.map(({ body }) => body)).toEqual([text('notices.trayHint')])
    await expect
      .poll(() => started.app.asked)
      .toContainEqual({ name: 'settings.update', input: { trayHintShown: true } })
    started.app.hub.set('settings', { current: { ...SETTINGS, trayHintShown: true } })
    started.tray().emit('click')
    await until(() => window().isVisible())
    window().close()
    expect(started.standIn.notifications.length).toBe(1)
  })

  test.each([
    ['the person wants no notifications', { notifications: false }, {}],
    ['the system shows none', {}, { notificationsSupported: false }],
  ])('where %s, it is said in a dialog, once', async (_what, wanted, system) => {
    await open({ prepare: (standIn) => Object.assign(standIn.system, system) })
    started.standIn.dialog.buttons.push('escape')
    started.app.hub.set('settings', { current: { ...SETTINGS, ...wanted, trayHintShown: false } })
    window().close()
    expect(started.standIn.notifications).toEqual([])
    expect(started.standIn.dialog.questions.map(({ detail }) => detail)).toEqual([text('notices.trayHint')])
    await expect
      .poll(() => started.app.asked)
      .toContainEqual({ name: 'settings.update', input: { trayHintShown: true } })
  })

  test('quits where the person wants no tray', async () => {
    await open()
    started.app.hub.set('settings', { current: { ...SETTINGS, closeToTray: false } })
    window().close()
    await until(hasEnded)
    expect(started.app.stopped).toBe(1)
  })

  test('on macOS a closed window never ends the program; the dock brings it back', async () => {
    await open({ platform: 'darwin' })
    started.app.hub.set('settings', { current: { ...SETTINGS, closeToTray: false } })
    window().close()
    started.standIn.app.emit('activate')
    await until(() => window().isVisible())
    expect(hasEnded()).toBe(false)
  })
})

describe('a page that the shell asks for', () => {
  const navigations = (frames: unknown): unknown[] =>
    (frames as { t: string; name?: string; data: unknown }[])
      .filter(({ name }) => name === 'navigate')
      .map(({ data }) => data)

  test('is told to an open window at once', async () => {
    await open({ browser, preload: built.preload })
    const page = await started.page()
    started.tray().menu?.press(text('tray.restore'))
    await untilInPage(page, `window.frames_.some(({ name }) => name === 'navigate')`)
    expect(navigations(await page.evaluate('window.frames_'))).toEqual([{ page: 'restore' }])
  })

  test('waits for a window that is only being made', async () => {
    started = await startShell({ browser, preload: built.preload, args: ['--hidden'] })
    started.app.hub.set('status', {
      current: {
        ...STATUS,
        problems: [{ id: '1', level: 'attention', sentence: { key: 'status.onePlace' } }],
      },
    })
    started.app.advance(1_000)
    started.tray().menu?.press(text('tray.problems', { count: 1 }))
    const page = await started.page()
    await untilInPage(page, `window.frames_.some(({ name }) => name === 'navigate')`)
    expect(navigations(await page.evaluate('window.frames_'))).toEqual([{ page: 'problems' }])
  })

  test('is shown when the server asks for it', async () => {
    await open()
    window().close()
    started.app.server.emit('navigate', { page: 'places' })
    await until(() => window().isVisible())
  })
})
