import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import type { Settings } from '../../main/contract/index.ts'
import { startWindowDouble, type WindowDouble } from './window-double.ts'
import type { DoubleWorld } from './window-double-world.ts'

/** For as long a page may take to show something: only for what never comes. */
export const PATIENCE_MS = 120_000

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
  page.setDefaultTimeout(PATIENCE_MS)
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
  page.setDefaultTimeout(PATIENCE_MS)
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

/** Waits until nothing on the page moves or changes its colour any more, but not for what never ends: what is half there has no colours to judge. */
export async function atRest(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
    const endMs = performance.now() + 5_000
    for (let still = 0; still < 2 && performance.now() < endMs; ) {
      const moving = document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
      await Promise.race([Promise.all(moving.map((each) => each.finished.catch(() => {}))), soon(500)])
      still = moving.length === 0 ? still + 1 : 0
      await soon(20)
    }
  })
}

/**
 * What axe finds wrong with the page as it stands, or with a part of it, one line a finding. What a second look does not find again was caught while it
 * changed: an answer that came just then.
 */
export async function axeFindings(page: Page, part?: string): Promise<string[]> {
  const first = await findingsNow(page, part)
  if (first.length === 0) return []
  const second = await findingsNow(page, part)
  return first.filter((finding) => second.includes(finding))
}

async function findingsNow(page: Page, part: string | undefined): Promise<string[]> {
  await atRest(page)
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
