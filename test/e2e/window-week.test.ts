import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Settings } from '../../main/contract/index.ts'
import { axeFindings, type OpenWindow, picture, visit } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { snapshotWorld } from './window-snapshot-world.ts'

const windowOnto = windowsOfFile()
let open: OpenWindow | undefined

/** The dialog of the disk with what most people never need. */
async function editDisk(settings: Partial<Settings> = {}): Promise<Page> {
  open = await windowOnto(snapshotWorld(), { settings })
  const { page } = open
  await visit(page, 'places')
  await page.getByRole('button', { name: /^(Change|Modifier) Blue USB disk$/ }).click()
  await page.getByRole('button', { name: /^(Advanced|Options avancées)/ }).click()
  await page.getByTestId('week-in-words').waitFor()
  return page
}

const saved = (): unknown =>
  open?.double.asked.filter(({ name }) => name === 'place.update').map(({ input }) => input)
const hour = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

test('limits are painted by mouse and by keyboard, and told in words', async () => {
  const page = await editDisk()
  const words = page.getByTestId('week-in-words')
  await words.getByText('Monday–Friday, 08:00 to 18:00: slower').waitFor()

  await page.getByRole('radio', { name: 'paused' }).check()
  const from = hour(page, 'Saturday, 02:00 to 03:00: without limit')
  const to = hour(page, 'Saturday, 05:00 to 06:00: without limit')
  await from.scrollIntoViewIfNeeded()
  const [start, end] = [await from.boundingBox(), await to.boundingBox()]
  if (!start || !end) throw new Error('the grid is not there')
  await page.mouse.move(start.x + 5, start.y + 5)
  await page.mouse.down()
  await page.mouse.move(end.x + 5, end.y + 5, { steps: 12 })
  await page.mouse.up()
  await words.getByText('Saturday, 02:00 to 06:00: paused').waitFor()

  // The painted hour is where the keyboard goes on: one stop of Tab, arrows inside, Shift paints.
  await expect.poll(() => page.locator('button[data-hour][tabindex="0"]').count()).toBe(1)
  await hour(page, 'Sunday, 10:00 to 11:00: without limit').focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('ArrowRight')
  await words.getByText('Sunday, 10:00 to 12:00: paused').waitFor()
  await hour(page, 'Sunday, 12:00 to 13:00: without limit').and(page.locator(':focus')).waitFor()
  await page.getByRole('radio', { name: 'without limit' }).check()
  await hour(page, 'Friday, the whole day: make it without limit').click()
  await words.getByText('Monday–Thursday, 08:00 to 18:00: slower').waitFor()

  await page.getByLabel('When slower: upload (MB/s)').fill('2,5')
  await page.getByLabel('Snapshots here take at most').fill('lots')
  await page.getByRole('button', { name: 'Save the place' }).click()
  await page.getByText('A number of gigabytes above nothing, please.').waitFor()
  expect(saved()).toEqual([])
  await page.getByLabel('Snapshots here take at most').fill('')
  await page.getByRole('button', { name: 'Save the place' }).click()
  await page.getByTestId('week-in-words').waitFor({ state: 'hidden' })
  expect(saved()).toMatchObject([
    {
      change: {
        limits: 'mon-thu 08:00-18:00 up:2500kB; sat 02:00-06:00 pause; sun 10:00-12:00 pause',
        budgetBytes: null,
      },
    },
  ])
  expect(open?.complaints).toEqual([])
})

test('limits that are finer than the grid stay text, and text becomes a grid again', async () => {
  const page = await editDisk()
  await page.getByRole('button', { name: 'Write it as text' }).click()
  const text = page.getByLabel('Limits as text')
  await expect.poll(() => text.inputValue()).toBe('mon-fri 08:00-18:00 up:1MB')
  await text.fill('mon 08:30-09:00 pause')
  await page.getByText('These limits say more than the grid can show').waitFor()
  await expect.poll(() => page.getByRole('button', { name: 'Paint it on a grid' }).isDisabled()).toBe(true)
  await text.fill('daily 01:00-02:00 pause')
  await page.getByRole('button', { name: 'Paint it on a grid' }).click()
  await page.getByText('Every day, 01:00 to 02:00: paused').waitFor()
  await page.getByRole('button', { name: 'Save the place' }).click()
  await expect
    .poll(saved)
    .toMatchObject([{ change: { limits: 'daily 01:00-02:00 pause', budgetBytes: 500e9 } }])
})

test.each([
  ['light', 'fr'],
  ['dark', 'en'],
] as const)('the week looks right and reads right: %s, %s', async (theme, language) => {
  const page = await editDisk({ theme, language })
  const pause = page.getByRole('radio', { name: language === 'fr' ? 'en pause' : 'paused' })
  await pause.check()
  await page
    .getByRole('button', { name: language === 'fr' ? /^dimanche, toute la/ : /^Sunday, the whole/ })
    .click()
  await page.locator('table').scrollIntoViewIfNeeded()
  await picture(page, `week-${theme}-${language}`)
  expect(await axeFindings(page)).toEqual([])
})
