import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import { axeFindings, type OpenWindow, picture, visit } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { ENTRIES, FILES_IN_ONE, millionFilesWorld } from './window-many-world.ts'

const windowOnto = windowsOfFile()

/** Rows that the page draws of a list of any length: what is in sight, and a few. */
const MOST_DRAWN = 40

async function browse(): Promise<{ window: OpenWindow; browser: Locator; rows: Locator }> {
  const window = await windowOnto(millionFilesWorld())
  await visit(window.page, 'backups/backup_000')
  const browser = window.page.getByTestId('file-browser')
  return { window, browser, rows: browser.getByTestId('file-rows') }
}

const entriesAsked = ({ double }: OpenWindow): number =>
  double.asked
    .filter(({ name }) => name === 'backup.files')
    .reduce((sum, { input }) => sum + (input as { limit: number }).limit, 0)

test('a folder of 200,000 files is scrolled to its end, and only what came into sight was sent', async () => {
  const { window, browser, rows } = await browse()
  await browser.getByRole('button', { name: 'Open one folder' }).click()
  await rows.getByText('file 000000.txt').waitFor()
  await browser.getByText('200,000 entries').waitFor()
  await expect.poll(() => rows.getByRole('listitem').count()).toBeLessThan(MOST_DRAWN)
  await rows.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2))
  await rows.getByText(`file ${FILES_IN_ONE / 2}.txt`).waitFor()
  await rows.evaluate((element) => element.scrollTo(0, element.scrollHeight))
  await rows.getByText(`file ${FILES_IN_ONE - 1}.txt`).waitFor()
  await expect.poll(() => rows.getByRole('listitem').count()).toBeLessThan(MOST_DRAWN)
  expect(entriesAsked(window)).toBeLessThan(2_000)
  await browser.scrollIntoViewIfNeeded()
  await picture(window.page, 'million')
  expect(await axeFindings(window.page)).toEqual([])
  expect(window.complaints).toEqual([])
})

test('a search that finds a million files shows the very last of them', async () => {
  const { window, browser, rows } = await browse()
  await browser.getByLabel('Search files').fill('f')
  await browser.getByText(`${ENTRIES.toLocaleString('en-GB')} entries`).waitFor()
  await rows.evaluate((element) => element.scrollTo(0, element.scrollHeight))
  const last = rows.locator(`[aria-posinset="${ENTRIES}"]`)
  await last.getByText('many folders/folder 003999/file 000199.txt').waitFor()
  const [frame, row] = await Promise.all([rows.boundingBox(), last.boundingBox()])
  expect(Math.round((row?.y ?? 0) + (row?.height ?? 0))).toBeCloseTo(
    Math.round((frame?.y ?? 0) + (frame?.height ?? 0)),
    -1,
  )
  expect(entriesAsked(window)).toBeLessThan(2_000)
})
