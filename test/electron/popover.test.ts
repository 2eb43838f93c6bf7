import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { SyncedFolder } from '../../main/contract/index.ts'
import { WEB_PREFERENCES } from '../../main/hosts/electron/page/security.ts'
import { POPOVER_SIZE, popoverPlace } from '../../main/hosts/electron/tray/popover-place.ts'
import { axeFindings, picture } from '../e2e/window-browser.ts'
import { type Built, buildPages, buildShell } from './built.ts'
import { run, SETTINGS, STATUS } from './scripted-app.ts'
import type { StandInWindow } from './stand-in/browser-window.ts'
import { type StartedShell, startBrowser, startShell, until } from './start-shell.ts'

let browser: Browser
let built: Built
let pages: string
let started: StartedShell
beforeAll(async () => {
  pages = mkdtempSync(path.join(tmpdir(), 'everstow-pages-'))
  ;[browser, built] = await Promise.all([startBrowser(), buildShell({ program: false }), buildPages(pages)])
})
afterAll(async () => {
  await browser.close()
  await Promise.all([built.remove(), rm(pages, { recursive: true, force: true })])
})
afterEach(() => started?.close())

const screen = { x: 0, y: 0, width: 1920, height: 1040 }
const popover = (): StandInWindow => started.standIn.windows().find(({ options }) => options.frame === false)!
const isOpen = (): boolean => popover()?.isVisible() ?? false

async function click(options: Parameters<typeof startShell>[0] = {}): Promise<Page> {
  started = await startShell({
    platform: 'win32',
    browser,
    preload: built.preload,
    renderer: pages,
    ...options,
  })
  started.tray().click()
  await until(isOpen)
  return popover().webContents.page
}

describe('where it stands', () => {
  test.each([
    ['a panel below', { x: 1500, y: 1040, width: 24, height: 40 }, { x: 1332, y: 532 }],
    ['a panel above', { x: 900, y: 0, width: 24, height: 24 }, { x: 732, y: 32 }],
    ['a panel on the left', { x: 0, y: 900, width: 40, height: 24 }, { x: 8, y: 392 }],
    ['the last corner', { x: 1890, y: 1040, width: 24, height: 40 }, { x: 1552, y: 532 }],
  ])('%s', (_what, icon, place) => {
    expect(popoverPlace(icon, screen)).toEqual({ ...POPOVER_SIZE, ...place })
  })

  test('a screen that is smaller than it: no part of it is out of sight', () => {
    const small = { x: 100, y: 50, width: 320, height: 400 }
    expect(popoverPlace({ x: 200, y: 450, width: 24, height: 24 }, small)).toEqual({
      ...{ x: 108, y: 58, width: 304, height: 384 },
    })
  })

  test('nowhere, where the system does not say where the icon lies', () => {
    expect(popoverPlace({ x: 0, y: 0, width: 0, height: 0 }, screen)).toBeUndefined()
  })
})

describe('opening and closing', () => {
  test('a click opens it with the one set of preferences, beside the icon, without a place in the taskbar', async () => {
    await click()
    expect(popover().options).toMatchObject({ skipTaskbar: true, resizable: false, x: 1332, y: 532 })
    expect(popover().options.webPreferences).toEqual({ ...WEB_PREFERENCES, preload: built.preload })
    expect(popover().isFocused()).toBe(true)
    expect(started.standIn.windows().length).toBe(1)
  })

  test('the next click puts it away, also where the click took the focus from it first', async () => {
    await click()
    started.tray().click()
    expect(isOpen()).toBe(false)
    started.app.advance(1_000)
    started.tray().click()
    expect(isOpen()).toBe(true)
    popover().blur()
    started.tray().click()
    expect(isOpen()).toBe(false)
    started.tray().click()
    expect(isOpen()).toBe(true)
  })

  test('it goes with the focus, and with Escape', async () => {
    await click()
    popover().blur()
    expect(isOpen()).toBe(false)
    started.app.advance(1_000)
    started.tray().click()
    await popover().webContents.pressKey('Escape')
    expect(isOpen()).toBe(false)
  })

  test('other keys belong to its page', async () => {
    const page = await click()
    await page.getByTestId('verdict').waitFor()
    await popover().webContents.pressKey('Tab')
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('BUTTON')
    expect(isOpen()).toBe(true)
  })

  test('one whose process ended is made anew', async () => {
    await click()
    const before = popover()
    before.webContents.crash()
    expect(before.isDestroyed()).toBe(true)
    started.tray().click()
    await until(isOpen)
    expect(popover()).not.toBe(before)
  })

  test('macOS: a click opens it, the other button the menu', async () => {
    await click({ platform: 'darwin', args: ['--hidden'] })
    expect(started.tray().menu).toBeUndefined()
    started.tray().emit('right-click')
    expect(started.tray().poppedUp?.items.at(-1)?.label).toBe('Quit Everstow')
  })

  test('where the icon lies nowhere, and on Linux, a click opens the window; the menu says the rest', async () => {
    for (const platform of ['win32', 'linux'] as const) {
      started = await startShell({ platform, browser, preload: built.preload, renderer: pages })
      Object.assign(started.tray(), { bounds: { x: 0, y: 0, width: 0, height: 0 } })
      started.tray().click()
      await until(() => started.standIn.windows()[0]?.isVisible() ?? false)
      expect(popover()).toBeUndefined()
      expect(started.tray().menu?.items.length).toBeGreaterThan(3)
      if (platform === 'win32') await started.close()
    }
  })
})

describe('what it shows and does', () => {
  const held = {
    id: 'unusual-change/d',
    level: 'failed' as const,
    sentence: { key: 'status.failed', params: { plan: 'Documents' } },
  }
  const asked = (): unknown[] =>
    started.app.asked.filter(({ name }) => name !== 'app.info').map(({ name, input }) => [name, input])

  test('the verdict, its facts, and the way into the window', async () => {
    const page = await click()
    await page.getByText('Everything is backed up. 3 of 3 copies are current.').waitFor()
    await page.getByText(/^Backed up .* · next .* · 3 of 3 copies$/).waitFor()
    await page.getByText('Nothing is running.').waitFor()
    await page.getByRole('button', { name: 'Restore a file' }).click()
    await expect.poll(asked).toEqual([['host.showWindow', { page: 'restore' }]])
  })

  test('running work with its progress, and a way to stop it', async () => {
    const page = await click()
    started.app.hub.set('runs', { a: run('a'), b: run('b', { label: 'Photos' }), c: run('c'), d: run('d') })
    await page.getByRole('progressbar', { name: 'Progress of Backing up Photos' }).waitFor()
    await page.getByText('and 2 more in the window').waitFor()
    await page.getByRole('button', { name: 'Cancel: Backing up Photos' }).click()
    await expect.poll(asked).toEqual([['run.cancel', { id: 'b' }]])
  })

  test('backing everything up, syncing and pausing: one press each', async () => {
    const page = await click()
    started.app.hub.set('syncs', { s: { id: 's', conflicts: 0 } as SyncedFolder })
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.getByRole('button', { name: 'Sync now' }).click()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Until I resume' }).click()
    await expect.poll(asked).toEqual([
      ['backup.start', { plan: 'd' }],
      ['backup.start', { plan: 'p' }],
      ['sync.run', {}],
      ['automation.pause', {}],
    ])
    started.app.hub.set('status', { current: { ...STATUS, level: 'paused' } })
    await page.getByRole('button', { name: 'Resume' }).click()
    await expect.poll(() => asked().at(-1)).toEqual(['automation.resume', {}])
  })

  test('a refusal is said in words', async () => {
    const page = await click()
    started.app.refuse('backup.start', 'already-running')
    await page.getByRole('button', { name: 'Back up now' }).click()
    expect(await page.getByRole('alert').textContent()).toMatch(/\w{4}/)
  })

  test('what waits for a person leads to where it is settled; what the guard holds is the verdict', async () => {
    const page = await click()
    started.app.hub.set('syncs', { s: { id: 's', conflicts: 2 } as SyncedFolder })
    started.app.hub.set('status', { current: { ...STATUS, level: 'working', problems: [held] } })
    await page.getByText('The last backup of Documents failed.').waitFor()
    await page.getByRole('button', { name: '1 problem to look at' }).click()
    await page.getByRole('button', { name: '2 conflicts to decide' }).click()
    await expect.poll(asked).toEqual([
      ['host.showWindow', { page: 'problems' }],
      ['host.showWindow', { page: 'conflicts' }],
    ])
  })

  test('the window comes to the front, and the popover goes', async () => {
    await click()
    started.abilities?.showWindow?.('restore')
    await until(() => started.standIn.windows().some((each) => each !== popover() && each.isVisible()))
    expect(isOpen()).toBe(false)
  })

  test.each([
    ['light', 'en'],
    ['light', 'fr'],
    ['dark', 'en'],
    ['dark', 'fr'],
  ] as const)('has no fault for assistive technology: %s, %s', async (theme, language) => {
    const page = await click()
    await page.setViewportSize(POPOVER_SIZE)
    started.app.hub.set('settings', { current: { ...SETTINGS, theme, language } })
    started.app.hub.set('runs', {
      a: run('a', { label: 'A plan whose name is far too long for any popover' }),
      b: run('b'),
      c: run('c'),
    })
    started.app.hub.set('syncs', { s: { id: 's', conflicts: 2 } as SyncedFolder })
    started.app.hub.set('status', { current: { ...STATUS, level: 'attention', problems: [held] } })
    await page.locator(`html[lang=${language}][data-mantine-color-scheme=${theme}]`).waitFor()
    await page.getByRole('progressbar').first().waitFor()
    expect(await axeFindings(page)).toEqual([])
    await picture(page, `popover-${theme}-${language}`)
    expect(await cutLabels(page)).toEqual([])
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: language === 'fr' ? 'Pendant 1 heure' : 'For 1 hour' }).waitFor()
    expect(await cutLabels(page)).toEqual([])
    expect(await axeFindings(page)).toEqual([])
    await picture(page, `popover-pause-${theme}-${language}`)
    await page.keyboard.press('Shift+Tab')
    await page
      .getByRole('button', { name: language === 'fr' ? 'Retour' : 'Back', exact: true })
      .press('Enter')
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Pause')
  })
})

/** Labels of buttons that do not fit into them. */
function cutLabels(page: Page): Promise<(string | null)[]> {
  return page.getByRole('button').evaluateAll((buttons) =>
    buttons.flatMap((button) => {
      const label = button.querySelector('.mantine-Button-label')
      return label && label.scrollWidth > label.clientWidth ? [button.textContent] : []
    }),
  )
}
