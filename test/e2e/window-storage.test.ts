import { expect, test } from 'vitest'
import { axeFindings, picture, visit } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { snapshotWorld } from './window-snapshot-world.ts'
import { busyWorld, calmWorld } from './window-world.ts'

const windowOnto = windowsOfFile()

test('storage says in one sentence when room runs out, and of each place how full it is, what was saved and what it costs', async () => {
  const { page, complaints } = await windowOnto(busyWorld())
  await page.getByRole('link', { name: 'Storage' }).click()
  await page.getByTestId('storage-verdict').waitFor()
  await expect
    .poll(() => page.getByTestId('storage-verdict').innerText())
    .toBe('928 GB stored. At this pace, Amazon S3 is full in 12 days.')
  const places = await page.getByTestId('place-storage').allInnerTexts()
  expect(places[0]).toMatch(/312 GB[\s\S]*612 GB of 1 TB free on the disk/)
  expect(places[0]).toMatch(/48 GB more a month/)
  expect(places[0]).toMatch(
    /93%: 200 backups of 4\.6 TB together[\s\S]*4\.2 TB stored once instead of again · 125 GB by compression/,
  )
  expect(places[1]).toMatch(/Room runs out[\s\S]*9\.9 GB of 320 GB left in the budget[\s\S]*US\$7\.43/)
  expect(places[2]).toMatch(/room not known; no budget set[\s\S]*Not known/)
  await page.locator('.recharts-area-curve').nth(1).waitFor()
  await page.getByTestId('costs').waitFor()
  await page.getByTestId('treemap').getByRole('button').first().waitFor()
  await page.setViewportSize({ width: 1240, height: 2_500 })
  await picture(page, 'storage-whole')
  expect(complaints).toEqual([])
})

test('folders open one into the other with the mouse and with the keyboard alone; the table says the same', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, 'storage')
  const part = page.getByTestId('folder-sizes')
  const map = part.getByTestId('treemap')
  const pictures = map.getByRole('button', { name: 'Open Pictures, 182 GB' })
  await pictures.waitFor()
  // Nothing but folders opens.
  await expect.poll(() => map.getByRole('button', { name: /scans/ }).count()).toBe(0)
  const rows = part.getByRole('row')
  await expect.poll(() => rows.nth(1).innerText()).toMatch(/Pictures\s+182 GB\s+49%\s+41,280/)
  const box = async (name: string) => (await map.getByRole('button', { name }).boundingBox())!
  const [large, small] = [await box('Open Pictures'), await box('Open Documents')]
  const ratio = (large.width * large.height) / (small.width * small.height)
  expect(ratio).toBeGreaterThan(7)
  expect(ratio).toBeLessThan(9.3)

  // One stop for Tab; arrows inside.
  await pictures.focus()
  await page.keyboard.press('ArrowRight')
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
    .toMatch(/Films/)
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await map.getByRole('button', { name: 'Open 2025, 48 GB' }).waitFor()
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
    .toBe('Open 2026, 61 GB')
  await part.getByText('182 GB in 41,280 files').waitFor()
  await page.keyboard.press('Backspace')
  await pictures.waitFor()
  await part
    .getByRole('button', { name: 'Open folder Pictures' })
    .or(rows.nth(1).getByRole('button'))
    .first()
    .click()
  await map.getByRole('button', { name: 'Open 2025, 48 GB' }).waitFor()
  await picture(page, 'storage-folders')
  await part.getByRole('navigation').getByRole('button', { name: 'ada' }).click()
  await pictures.waitFor()
  const asked = double.asked.filter(({ name }) => name === 'storage.folders').map(({ input }) => input)
  expect(asked[0]).toMatchObject({ plan: 'pl_documents' })
  expect(asked.at(-1)).toMatchObject({ folder: 'home/ada' })
})

test('room is made from here, after seeing what would go', async () => {
  const { page, double } = await windowOnto(snapshotWorld())
  await visit(page, 'storage')
  await page.getByTestId('clean-up').getByRole('button', { name: 'Thin out' }).press('Enter')
  await page.getByRole('dialog').getByTestId('place-preview').first().waitFor()
  await expect.poll(() => double.asked.some(({ name }) => name === 'retention.preview')).toBe(true)
  expect(double.asked.some(({ name }) => name === 'backup.prune')).toBe(false)
  expect(await axeFindings(page)).toEqual([])
})

test('calm, where it is narrow, and where there is no place yet: nothing is cut off', async () => {
  const calm = await windowOnto(calmWorld(), { width: 900 })
  await visit(calm.page, 'storage')
  await calm.page.getByTestId('treemap').getByRole('button').first().waitFor()
  await expect.poll(() => calm.page.getByTestId('storage-verdict').innerText()).toMatch(/full in 5 months/)
  await calm.page.setViewportSize({ width: 620, height: 600 })
  await picture(calm.page, 'storage-small')
  // What is drawn follows the new width after a moment.
  await expect
    .poll(() =>
      calm.page.evaluate(() => {
        const main = document.querySelector('main')!
        return main.scrollWidth - main.clientWidth
      }),
    )
    .toBeLessThanOrEqual(0)
  const bare = busyWorld()
  bare.state.places = {}
  const empty = await windowOnto(bare)
  await visit(empty.page, 'storage')
  await empty.page.getByText('No places yet. Once something is backed up').waitFor()
  expect(await axeFindings(empty.page)).toEqual([])
  expect([...calm.complaints, ...empty.complaints]).toEqual([])
})

test('another plan may be chosen; a backup that cannot be read says so and leaves the rest of the page', async () => {
  const world = busyWorld()
  const { page, double } = await windowOnto({
    ...world,
    answer: async (name, input, patch) =>
      name === 'storage.folders' && (input as { plan?: string }).plan === 'pl_projects'
        ? { error: { code: 'network-unreachable', data: { place: 'Blue USB disk' }, retry: 'wait' } }
        : world.answer(name, input, patch),
  })
  await visit(page, 'storage')
  const part = page.getByTestId('folder-sizes')
  await part.getByTestId('treemap').getByRole('button').first().waitFor()
  await part.getByRole('combobox', { name: 'Plan' }).press('Enter')
  await page.getByRole('option', { name: 'Projects' }).click()
  await part.getByRole('alert').waitFor()
  await expect.poll(() => part.getByTestId('treemap').count()).toBe(0)
  await expect.poll(() => page.getByTestId('place-storage').count()).toBe(3)
  expect(double.asked.some(({ input }) => (input as { plan?: string }).plan === 'pl_projects')).toBe(true)
  expect(await axeFindings(page)).toEqual([])
})
