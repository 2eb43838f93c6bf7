import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Settings } from '../../main/contract/index.ts'
import { atRest, axeFindings, picture, visit } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { busyWorld, calmWorld, newWorld } from './window-world.ts'

const windowOnto = windowsOfFile()

/** Both themes and both languages; all four together where pictures are wanted. */
const looks: { settings: Partial<Settings>; name: string }[] = [
  { name: 'light-en', settings: { theme: 'light', language: 'en' } },
  { name: 'dark-fr', settings: { theme: 'dark', language: 'fr' } },
  ...(process.env.EVERSTOW_SHOTS
    ? ([
        { name: 'dark-en', settings: { theme: 'dark', language: 'en' } },
        { name: 'light-fr', settings: { theme: 'light', language: 'fr' } },
      ] as const)
    : []),
]

/** Every place of the window that a person can stand in, and how to know it has been drawn. */
const stops: { name: string; route: string; ready: (page: Page) => Promise<unknown> }[] = [
  { name: 'status', route: 'status', ready: (page) => page.getByTestId('thirty-days').waitFor() },
  { name: 'backups', route: 'backups', ready: (page) => page.getByTestId('backup-row').first().waitFor() },
  {
    name: 'details',
    route: 'backups/backup_004',
    ready: (page) => page.getByTestId('file-browser').getByText('notes.md').waitFor(),
  },
  {
    name: 'details-incomplete',
    route: 'backups/backup_003',
    ready: (page) => page.getByTestId('skipped').waitFor(),
  },
  {
    name: 'sync',
    route: 'sync',
    ready: (page) => page.getByTestId('synced-folder').nth(2).waitFor(),
  },
  {
    name: 'sync-conflicts',
    route: 'sync/conflicts',
    ready: (page) => page.getByTestId('conflict').nth(3).waitFor(),
  },
  {
    name: 'sync-conflict',
    route: 'sync/conflicts%2Fcf_clean00001',
    ready: (page) => page.getByTestId('line-diff').waitFor(),
  },
  {
    name: 'sync-files',
    route: 'sync/sf_notes00001',
    ready: (page) => page.getByTestId('space-entry').nth(2).waitFor(),
  },
  {
    name: 'sync-queue',
    route: 'sync/sf_notes00001%2Fqueue',
    ready: (page) => page.getByTestId('operation').nth(2).waitFor(),
  },
  {
    name: 'sync-add',
    route: 'sync/new',
    ready: (page) => page.getByRole('radio', { name: 'Amazon S3' }).waitFor(),
  },
  { name: 'databases', route: 'databases', ready: (page) => page.getByTestId('guard').nth(1).waitFor() },
  { name: 'activity', route: 'activity', ready: (page) => page.getByTestId('act').nth(49).waitFor() },
  { name: 'plan', route: 'backups/new', ready: (page) => page.getByRole('dialog').waitFor() },
  { name: 'restore', route: 'restore/backup_002', ready: (page) => page.getByRole('radio').nth(4).waitFor() },
  {
    name: 'explore',
    route: 'explore',
    ready: (page) => page.getByTestId('found-files').getByRole('button').first().waitFor(),
  },
  {
    name: 'explore-data',
    route: `explore/${encodeURIComponent(`data?path=${encodeURIComponent('home/ada/Documents/prices.json')}&select=/bread`)}`,
    ready: (page) => page.getByTestId('value-text').waitFor(),
  },
  {
    name: 'explore-series',
    route: `explore/${encodeURIComponent(`series?path=${encodeURIComponent('home/ada/Documents/prices.json')}&select=/bread`)}`,
    ready: (page) => page.locator('.recharts-line-curve').waitFor(),
  },
  {
    name: 'explore-compare',
    route: `explore/${encodeURIComponent(`compare?path=${encodeURIComponent('home/ada/Documents/prices.json')}&backup=backup_000&other=backup_010`)}`,
    ready: (page) => page.getByTestId('change-tree').waitFor(),
  },
  {
    name: 'explore-access',
    route: 'explore/access',
    ready: (page) => page.getByTestId('client').first().waitFor(),
  },
  { name: 'places', route: 'places', ready: (page) => page.getByTestId('place-card').nth(2).waitFor() },
  { name: 'place-kinds', route: 'places/new', ready: (page) => page.getByRole('dialog').waitFor() },
  {
    name: 'health',
    route: 'health',
    ready: (page) => page.locator('.recharts-area-curve').nth(1).waitFor(),
  },
  {
    name: 'storage',
    route: 'storage',
    ready: async (page) => {
      await page.locator('.recharts-area-curve').nth(1).waitFor()
      await page.getByTestId('treemap').getByRole('button').first().waitFor()
    },
  },
  {
    name: 'unprotected',
    route: 'unprotected',
    ready: (page) => page.getByTestId('rule').nth(2).waitFor(),
  },
  { name: 'settings', route: 'settings', ready: (page) => page.getByText('/home/ada/.local').waitFor() },
]

test.each(looks)(
  'every page is clean for axe and silent in the console: $name',
  async ({ name, settings }) => {
    const { page, complaints } = await windowOnto(busyWorld(), { settings })
    const found: string[] = []
    await page.getByTestId('hero').waitFor()
    for (const stop of stops) {
      await visit(page, stop.route)
      await stop.ready(page)
      await atRest(page)
      await picture(page, `${stop.name}-${name}`)
      for (const finding of await axeFindings(page)) found.push(`${stop.name}: ${finding}`)
    }
    await expect.poll(() => page.evaluate(() => document.documentElement.lang)).toBe(settings.language)
    expect(found).toEqual([])
    expect(complaints).toEqual([])
  },
)

test.each(looks)('the first run and the calm state are clean for axe: $name', async ({ name, settings }) => {
  const fresh = await windowOnto(newWorld(), { settings })
  await fresh.page.getByTestId('first-run').waitFor()
  await picture(fresh.page, `welcome-${name}`)
  const found = await axeFindings(fresh.page)
  await fresh.page.getByRole('button').first().click()
  await fresh.page.getByTestId('sources').getByRole('checkbox').nth(3).waitFor()
  await atRest(fresh.page)
  await picture(fresh.page, `what-${name}`)
  found.push(...(await axeFindings(fresh.page)))

  const calm = await windowOnto(calmWorld(), { settings })
  await calm.page.getByTestId('hero').waitFor()
  await picture(calm.page, `calm-${name}`)
  found.push(...(await axeFindings(calm.page)))
  expect(found).toEqual([])
  expect([...fresh.complaints, ...calm.complaints]).toEqual([])
})

test('each page says how to do the same in a terminal: opened, read, copied and closed with the keyboard alone', async () => {
  const { page, complaints } = await windowOnto(busyWorld(), {
    settings: { theme: 'dark', language: 'en' },
  })
  await page.getByTestId('hero').waitFor()
  const button = page.getByRole('button', { name: 'In a terminal' })
  await button.press('Enter')
  const opened = page.getByRole('dialog', { name: 'In a terminal' })
  await opened.getByText('everstow status').waitFor()
  await expect.poll(() => opened.evaluate((box) => box.contains(document.activeElement))).toBe(true)
  await atRest(page)
  await picture(page, 'terminal-dark-en')
  expect(await axeFindings(page)).toEqual([])
  await page.keyboard.press('Escape')
  await opened.waitFor({ state: 'detached' })
  await expect.poll(() => button.evaluate((each) => each === document.activeElement)).toBe(true)
  await visit(page, 'storage')
  await button.press('Enter')
  await opened.getByText('everstow storage folders PLAN').waitFor()
  expect(complaints).toEqual([])
})

test('what axe has to say it does say, time after time', async () => {
  const { page } = await windowOnto(calmWorld())
  await page.getByTestId('hero').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.evaluate(() => {
    const image = document.createElement('img')
    image.src = 'logo.svg'
    document.querySelector('main')?.append(image)
  })
  expect((await axeFindings(page)).map((line) => line.split(':')[0])).toEqual(['image-alt'])
  expect(await axeFindings(page, 'main')).toHaveLength(1)
  expect(await axeFindings(page, 'nav')).toEqual([])
})
