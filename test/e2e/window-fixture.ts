import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { startChromium } from '../ground/chromium.ts'
import { type OpenWindow, openWindow } from './window-browser.ts'

const root = resolve(import.meta.dirname, '../..')

/** Opens a window onto a canned world; it is closed after the test. */
export type Windows = (
  world: Parameters<typeof openWindow>[2],
  look?: Parameters<typeof openWindow>[3],
) => Promise<OpenWindow>

/** What somebody who reads of a failed test would look at first. */
async function tellHowItStands({ page, double, complaints }: OpenWindow): Promise<void> {
  const text = await page.locator('body').innerText({ timeout: 5_000 }).catch(String)
  const asked = double.asked.slice(-10).map(({ name, input }) => `${name} ${JSON.stringify(input)}`)
  console.error([page.url(), text.slice(-3_000), ...asked, ...complaints].join('\n'))
}

/** One window as it ships and one browser for all tests of a file. */
export function windowsOfFile(): Windows {
  const open: OpenWindow[] = []
  const parts = browserOfFile()
  afterEach(async ({ task }) => {
    const windows = open.splice(0)
    if (task.result?.state === 'fail') for (const window of windows) await tellHowItStands(window)
    await Promise.all(windows.map((window) => window.close()))
  })

  return async (world, look) => {
    const { browser, folder } = parts()
    const window = await openWindow(browser, folder, world, look)
    open.push(window)
    return window
  }
}

/** The browser of a file and the folder of the built window; both are there once its tests run. */
export function browserOfFile(): () => { readonly browser: Browser; readonly folder: string } {
  const given = process.env.EVERSTOW_BUILT_WINDOW
  let browser: Browser
  let folder: string

  beforeAll(async () => {
    folder = given ?? (await mkdtemp(join(tmpdir(), 'everstow-window-')))
    if (given === undefined) await buildWindow(folder)
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser?.close()
    if (given === undefined) await rm(folder, { recursive: true, force: true })
  })
  return () => ({ browser, folder })
}

/** `npm test` has built the window before and says where (`EVERSTOW_BUILT_WINDOW`); a file that runs alone builds what the sources say. */
async function buildWindow(folder: string): Promise<void> {
  await build({
    configFile: join(root, 'vite.renderer.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  })
}
