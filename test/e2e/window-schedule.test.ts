import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectInProcess } from '../../main/app/in-process-client.ts'
import { type HeadlessHost, startHeadless } from '../../main/hosts/headless/start-headless.ts'
import { startChromium } from '../ground/chromium.ts'
import { type CliWorld, makeCliWorld } from './cli-run.ts'
import { axeFindings, openPage, picture } from './window-browser.ts'

const root = resolve(import.meta.dirname, '../..')

let world: CliWorld
let host: HeadlessHost
let browser: Browser
let page: Page
let complaints: string[]

beforeAll(async () => {
  world = await makeCliWorld()
  mkdirSync(world.path('disk'))
  mkdirSync(world.path('Documents'))
  browser = await startChromium()
  host = await startHeadless({
    home: world.home,
    port: 0,
    rendererFolder: resolve(root, 'dist', 'renderer'),
    version: '0.0.0-test',
    locale: 'en',
    keychain: 'off',
    userHome: world.folder,
  })
  const client = connectInProcess(host.app.server, 'admin')
  const { id } = await client.call('place.add', { name: 'Disk', type: 'local', path: world.path('disk') })
  await client.call('plan.add', {
    name: 'Documents',
    sources: [world.path('Documents')],
    placeIds: [id],
    // As only an expert writes it; the window shows it, and loses nothing of it.
    schedule: 'weekly@fri-mon,wed 9:05',
  })
  ;({ page, complaints } = await openPage(browser, { width: 900, height: 600 }))
})

afterAll(async () => {
  await browser?.close()
  await host?.stop()
  await world?.remove()
})

const button = (name: string) => page.getByRole('button', { name, exact: true })
const scheduleKept = async (): Promise<unknown> =>
  (await world.run('plan', 'show', 'Documents', '--json')).json().schedule

async function edit(): Promise<void> {
  await button('Actions for Documents').click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  await page.getByTestId('next-runs').getByRole('listitem').nth(4).waitFor()
}

async function choose(rhythm: string): Promise<void> {
  await page.getByRole('combobox', { name: 'How often' }).click()
  await page.getByRole('option', { name: rhythm }).click()
}

test('a schedule is edited in plain words and as cron, its next runs beside it, and the command says the same', async () => {
  await page.goto(host.link())
  await page.getByRole('link', { name: 'Backups' }).or(button('Backups')).first().click()
  await edit()
  const runs = page.getByTestId('next-runs')
  const days = page.getByRole('group', { name: 'On' })
  await expect.poll(() => days.getByRole('checkbox', { checked: true }).count()).toBe(5)
  await button('Save').click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  expect(await scheduleKept()).toBe('weekly@fri-mon,wed 9:05')

  await edit()
  // With the keyboard alone: working days, at two times.
  for (const day of ['Saturday', 'Sunday']) await days.getByRole('checkbox', { name: day }).press('Space')
  for (const day of ['Tuesday', 'Thursday']) await days.getByRole('checkbox', { name: day }).press('Space')
  await button('Add a time').press('Enter')
  await page.getByLabel('Time 2', { exact: true }).fill('18:30')
  await runs
    .getByText(/^\w+day \d+ \w+ at 18:30$/)
    .first()
    .waitFor()
  await page.locator('[data-testid=next-runs][data-old=false]').waitFor()
  const texts = await runs.getByRole('listitem').allInnerTexts()
  expect(texts).toHaveLength(5)
  for (const text of texts) expect(text).toMatch(/^(Mon|Tues|Wednes|Thurs|Fri)day .* at (09:05|18:30)/)
  await page.getByLabel('Not in these hours').check()
  await page.getByLabel('Quiet from').fill('18:00')
  await runs.getByText('due 18:30, quiet hours').first().waitFor()
  await runs.scrollIntoViewIfNeeded()
  await picture(page, 'schedule-weekly')
  expect(await axeFindings(page)).toEqual([])
  await button('Save').click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  expect(await scheduleKept()).toBe('weekly@mon-fri 09:05,18:30')

  await edit()
  await choose('Cron expression (for experts)')
  const cron = page.getByLabel('Cron expression', { exact: true })
  await expect.poll(() => cron.inputValue()).toBe('5 9 * * mon-fri')
  await cron.fill('0 25 * * 1')
  await page.getByText('This names no time').waitFor()
  await cron.fill('0 5 * *')
  await page.getByText('This has 4 parts.').waitFor()
  await picture(page, 'schedule-cron-wrong')
  expect(await axeFindings(page)).toEqual([])
  // What is wrong is not sent.
  await button('Save').click()
  expect(await scheduleKept()).toBe('weekly@mon-fri 09:05,18:30')
  await cron.fill('0 5 1,15 * *')
  await page
    .getByTestId('cron-reading')
    .getByText('In words: At 05:00, on day 1 and 15 of the month.')
    .waitFor()
  await runs
    .getByText(/ at 07:00$/)
    .first()
    .waitFor()
  await picture(page, 'schedule-cron')
  await button('Save').click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  expect(await scheduleKept()).toBe('0 5 1,15 * *')
  expect(complaints).toEqual([])
})
