import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import type { Settings } from '../../main/contract/index.ts'
import { startWindowDouble, type WindowDouble } from './window-double.ts'
import type { DoubleWorld } from './window-world.ts'

export interface OpenWindow {
  readonly page: Page
  readonly double: WindowDouble
  /** What the page complained about: exceptions, console errors, refusals by the content security policy. */
  readonly complaints: string[]
  close(): Promise<void>
}

/** A window onto a canned world. */
export async function openWindow(
  browser: Browser,
  folder: string,
  world: DoubleWorld,
  look: { settings?: Partial<Settings>; width?: number } = {},
): Promise<OpenWindow> {
  world.state.settings = { current: { ...world.state.settings.current, ...look.settings } }
  const double = await startWindowDouble(folder, world)
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1240, height: 860 },
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Paris',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const complaints = complaintsOf(page)
  await page.goto(double.url)
  return {
    page,
    double,
    complaints,
    close: async () => {
      await context.close()
      await double.close()
    },
  }
}

/** A page for a window of a real host, with what it complains about. */
export async function openPage(
  browser: Browser,
  viewport: { readonly width: number; readonly height: number },
): Promise<Pick<OpenWindow, 'page' | 'complaints'>> {
  const page = await browser.newPage({ viewport, locale: 'en-GB', reducedMotion: 'reduce' })
  page.setDefaultTimeout(60_000)
  return { page, complaints: complaintsOf(page) }
}

/** Filled as the page goes on. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return complaints
}

/** Goes to an address of the window, such as `backups/backup_003`. */
export async function visit(page: Page, route: string): Promise<void> {
  await page.evaluate((hash) => {
    window.location.hash = hash
  }, `#/${route}`)
}

/** Types the words of a kit that the dialog asks for, as the page numbers them. */
export async function typeAskedWords(page: Page, words: readonly string[]): Promise<void> {
  for (const field of await page.getByLabel(/^Word \d+$/).all()) {
    const label = await field.evaluate((input: HTMLInputElement) => input.labels?.[0]?.textContent ?? '')
    await field.fill(words[Number(label.replace(/\D/g, '')) - 1] ?? '')
  }
}

/** What axe finds wrong with the page as it stands, or with a part of it, one line a finding. */
export async function axeFindings(page: Page, part?: string): Promise<string[]> {
  if (page.frames().length > 1) throw new Error('axe would look at the outer page only')
  // It stays in the page, and is told to leave out what is right: half the time of an examination goes into carrying both over.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(async (selector) => {
    const { axe } = window as unknown as { readonly axe: typeof import('axe-core') }
    const { violations } = await axe.run(selector ?? document, { resultTypes: ['violations'] })
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`,
    )
  }, part)
}

/** Keeps a picture of the page where `EVERSTOW_SHOTS` names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.EVERSTOW_SHOTS
  if (!folder) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`) })
}

/** How far the page can be scrolled sideways; none of it may. */
export function sideways(page: Page): Promise<number> {
  return page.evaluate(() => {
    const main = document.querySelector('main')
    return main ? main.scrollWidth - main.clientWidth : 0
  })
}
