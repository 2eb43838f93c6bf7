import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { axeFindings, picture, sideways, visit } from './window-browser.ts'
import { LONG_TEXT } from './window-explore-world.ts'
import { windowsOfFile } from './window-fixture.ts'
import { busyWorld, newWorld } from './window-world.ts'

const windowOnto = windowsOfFile()
const DOCUMENTS = 'home/ada/Documents'

/** The address of a part of the page with what is chosen in it. */
function spot(section: string, chosen: Record<string, string> = {}): string {
  return `explore/${encodeURIComponent(`${section}?${new URLSearchParams(chosen)}`)}`
}
const file = (name: string): string => `${DOCUMENTS}/${name}`
const tree = (page: Page) => page.getByTestId('data-tree')
const row = (page: Page, name: string | RegExp) => tree(page).getByRole('treeitem', { name })

test('data is found by its name, opened level by level, and a value is chosen with the keyboard alone', async () => {
  const { page, double, complaints } = await windowOnto(busyWorld())
  await page.getByRole('link', { name: 'Explore' }).press('Enter')
  await page
    .getByTestId('found-files')
    .getByRole('button', { name: /^prices/ })
    .press('Enter')
  await row(page, /^bread/).waitFor()
  expect(await row(page, /^bread/).innerText()).toMatch(/bread\s+4$/)
  // Nothing that is closed was asked for.
  expect(double.asked.filter(({ name }) => name === 'data.outline')).toHaveLength(1)
  await tree(page).focus()
  for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await row(page, /^0 /).waitFor()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await row(page, /^id “quay”/).waitFor()
  await page.keyboard.press('End')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.getByLabel('Value', { exact: true }).inputValue()).toBe('/currency')
  await expect.poll(() => page.getByTestId('value-text').innerText()).toBe('EUR')

  // Typed, as a JSONPath.
  await page.getByLabel('Value', { exact: true }).fill('$.state')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.getByTestId('value-text').innerText()).toBe('open')
  await page.getByLabel('Value', { exact: true }).fill('/nowhere')
  await page.keyboard.press('Enter')
  await page.getByText('Nothing is at this path here.').waitFor()
  // Back leads through what was looked at.
  await page.goBack()
  await expect.poll(() => page.getByLabel('Value', { exact: true }).inputValue()).toBe('$.state')
  expect(await axeFindings(page)).toEqual([])
  expect(complaints).toEqual([])
})

test('what is no tree is shown as what it is: a table, a text in pages, bytes', async () => {
  const { page, complaints } = await windowOnto(busyWorld())
  await visit(page, spot('data', { path: file('people.csv') }))
  const records = page.getByTestId('records')
  await records.getByText('Person 49').waitFor()
  await page.getByText('1–50 of 120').waitFor()
  await page.getByRole('button', { name: 'Next page' }).click()
  await records.getByText('Person 99').waitFor()
  await records.getByText('Person 51').click()
  await expect.poll(() => page.getByLabel('Value', { exact: true }).inputValue()).toBe('/51/name')
  await picture(page, 'explore-table')
  expect(await axeFindings(page)).toEqual([])

  await visit(page, spot('data', { path: file('notes.txt') }))
  await page.getByTestId('text-page').getByText('Line 1 of the notes').waitFor()
  for (const part of ['65.5 kB', '67.9 kB']) {
    await page.getByRole('button', { name: 'Next page' }).click()
    await page.getByText(` to ${part}`).waitFor()
  }
  await page.getByTestId('text-page').getByText('Seen in backup 0').waitFor()
  expect(await axeFindings(page)).toEqual([])

  await visit(page, spot('data', { path: 'home/ada/Pictures/sea.jpg' }))
  await expect.poll(() => page.getByTestId('hex').innerText()).toMatch(/^0000 {2}ff d8 ff 4a 46 49 46 2e/)
  expect(await axeFindings(page)).toEqual([])
  expect(complaints).toEqual([])
})

test('what cannot be read says why and what to do; a place that is away is said calmly', async () => {
  const { page } = await windowOnto(busyWorld())
  await visit(page, spot('data', { path: file('broken.json') }))
  await page
    .getByRole('alert')
    .getByText(/cannot be read as json: line 1 is not as it should be/)
    .waitFor()
  await page.getByRole('button', { name: 'Read it as text' }).click()
  await expect.poll(() => page.getByTestId('text-page').innerText()).toContain('{"half":')

  await visit(page, spot('data', { path: file('far.json') }))
  await page.getByTestId('waits').getByRole('button', { name: 'Try again' }).waitFor()
  await expect.poll(() => page.getByRole('alert').count()).toBe(0)
  expect(await axeFindings(page)).toEqual([])

  // The other plan's backup has no such file.
  await visit(page, spot('data', { path: file('prices.json'), backup: 'backup_001' }))
  await page.getByText('This backup does not hold the file').waitFor()
  await page.getByTestId('data-section').getByRole('button', { name: 'Another file…' }).click()
  await page.getByTestId('file-finder').waitFor()
})

test('hostile contents are never more than text, and what is hidden in them can be seen', async () => {
  const { page, complaints } = await windowOnto(busyWorld())
  let opened = 0
  page.on('dialog', (dialog) => {
    opened++
    void dialog.dismiss()
  })
  await visit(page, spot('data', { path: file('hostile.json'), select: '/long' }))
  await row(page, /^<img src=x onerror=alert\(1\)>/).waitFor()
  expect(await tree(page).locator('img, script').count()).toBe(0)
  const hidden = tree(page).locator('[data-hidden]')
  expect((await hidden.allInnerTexts()).toSorted()).toEqual([
    'U+0007',
    'U+200B',
    'U+202E',
    'U+2066',
    'U+2069',
  ])
  const value = page.getByTestId('value-text')
  expect((await value.innerText()).length).toBeLessThan(5_000)
  await page.getByRole('button', { name: /Show all of it/ }).click()
  await expect.poll(async () => (await value.innerText()).trim()).toBe(LONG_TEXT)
  await picture(page, 'explore-hostile')
  expect(opened).toBe(0)
  expect(await axeFindings(page)).toEqual([])
  expect(complaints).toEqual([])
})

test('a hundred thousand keys: only those in sight are drawn and asked for', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, spot('data', { path: file('big.json') }))
  await row(page, /^key 0 /).waitFor()
  await tree(page).focus()
  await page.keyboard.press('End')
  await row(page, /^key 99999 /).waitFor()
  expect(await tree(page).getByRole('treeitem').count()).toBeLessThan(60)
  expect(double.asked.filter(({ name }) => name === 'data.outline').length).toBeLessThan(6)
  await page.keyboard.press('Enter')
  await expect.poll(() => page.getByTestId('value-text').innerText()).toBe('299997')
  expect(await axeFindings(page)).toEqual([])
})

test('a number over time: a line with gaps, point by point with the arrow keys, and the same figures as a table', async () => {
  const { page, double, complaints } = await windowOnto(busyWorld())
  await visit(page, spot('series', { path: file('prices.json'), select: '/bread' }))
  const figure = page.getByTestId('series-figure')
  await figure.locator('.recharts-line-curve').waitFor()
  await expect
    .poll(() => figure.innerText())
    .toMatch(/never below 3, never above 4\.\s+In 1 backup there was none\.\s+1 backup could not be read\./)
  const slider = page.getByRole('slider')
  await slider.focus()
  await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/: 4$/)
  for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowLeft')
  await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/: not there$/)
  await page.keyboard.press('ArrowLeft')
  await expect.poll(() => page.getByTestId('series-reached').innerText()).toMatch(/: 3\.9$/)
  await figure.locator('.recharts-reference-line line').waitFor({ state: 'attached' })
  const table = page.getByTestId('series-table')
  await expect.poll(() => table.getByRole('row').nth(1).innerText()).toMatch(/\s4\s+Changed/)
  await expect.poll(() => table.getByRole('row').nth(5).innerText()).toMatch(/not there\s+Not there/)
  await expect
    .poll(() => table.getByRole('row').nth(7).innerText())
    .toMatch(/could not be read: .+\s+Not read/)
  await picture(page, 'explore-series')
  expect(await axeFindings(page)).toEqual([])

  await page.getByRole('combobox', { name: 'Backups' }).press('Enter')
  await page.getByRole('option', { name: 'the newest 20' }).click()
  await page.getByText('11 backups, the newest first').waitFor()
  expect(double.asked.findLast(({ name }) => name === 'data.series')?.input).toMatchObject({ limit: 20 })
  expect(complaints).toEqual([])
})

test('a text over time: as steps, and only its changes where they are wanted', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, spot('series', { path: file('prices.json'), select: '/state', plan: 'pl_documents' }))
  const steps = page.getByTestId('series-steps').getByRole('listitem')
  await steps.first().waitFor()
  expect((await steps.allInnerTexts()).map((text) => text.split('\n')[0])).toEqual([
    'open',
    'not there',
    'open',
    expect.stringMatching(/^could not be read: /),
    'open',
    'closed',
  ])
  await page.getByRole('switch', { name: 'Only changes' }).press('Space')
  await expect
    .poll(() => double.asked.findLast(({ name }) => name === 'data.series')?.input)
    .toMatchObject({ changesOnly: true, plan: 'pl_documents' })
  expect(await axeFindings(page)).toEqual([])
})

test('two backups of a file: what was added, removed and changed, then everything, then the other way round', async () => {
  const { page, complaints } = await windowOnto(busyWorld())
  const chosen = { path: file('prices.json'), backup: 'backup_000', other: 'backup_010' }
  await visit(page, spot('compare', chosen))
  const counts = page.getByTestId('counts')
  await counts.getByText('1 added · 1 removed · 2 changed').waitFor()
  const changes = page.getByTestId('change-tree')
  await changes.getByRole('treeitem', { name: /^changed bread 3.9 → 4$/ }).waitFor()
  await changes.getByRole('treeitem', { name: /^added 1 .*port/ }).click()
  await page.getByTestId('change-whole').getByText('The shop at the port').waitFor()
  await picture(page, 'explore-compare')
  expect(await axeFindings(page)).toEqual([])

  await page.getByText('Everything', { exact: true }).click()
  await row(page, /^changed bread 4$/).waitFor()
  await row(page, /^currency/).waitFor()
  await page.getByText('No longer there').waitFor()
  expect(await axeFindings(page)).toEqual([])

  await page.getByRole('button', { name: 'Swap the sides' }).click()
  await page.getByText('Only differences', { exact: true }).click()
  await changes.getByRole('treeitem', { name: /^changed bread 4 → 3.9$/ }).waitFor()

  await visit(page, spot('compare', { ...chosen, path: file('notes.txt') }))
  await page.getByTestId('line-diff').getByText('Seen in backup 10').waitFor()
  await visit(page, spot('compare', { ...chosen, path: 'home/ada/Pictures/sea.jpg' }))
  await page.getByText('The files differ.').waitFor()
  await visit(page, spot('compare', { ...chosen, path: file('people.csv') }))
  await page.getByText('Nothing differs.').waitFor()
  expect(complaints).toEqual([])
})

test('a version leads to the wizard of restores with that file chosen', async () => {
  const { page } = await windowOnto(busyWorld())
  await visit(page, spot('data', { path: file('prices.json') }))
  await page.getByRole('button', { name: 'Show them' }).click()
  await page
    .getByTestId('versions')
    .getByRole('link', { name: /^Restore it as of/ })
    .nth(2)
    .click()
  await page.getByTestId('basket').getByText(file('prices.json')).waitFor()
  await expect
    .poll(() => page.evaluate(() => decodeURIComponent(location.hash)))
    .toBe(`#/restore/backup_004/${file('prices.json')}`)
})

test('programs: switched on, a key made with its limits, changed, and taken away', async () => {
  const { page, double, complaints } = await windowOnto(busyWorld())
  await visit(page, 'explore/access')
  const clients = page.getByTestId('client')
  await clients.first().waitFor()
  // Keys that do other things are not among them.
  await expect.poll(() => clients.count()).toBe(1)
  await expect
    .poll(() => clients.first().innerText())
    .toMatch(/Price assistant[\s\S]*Plans: Documents and pictures[\s\S]*87\.4 MB of 100 MB used/)
  await page.getByRole('switch', { name: 'Let programs read data in backups' }).press('Space')
  await expect
    .poll(() => double.asked.findLast(({ name }) => name === 'settings.update')?.input)
    .toEqual({ serveData: true })

  await page.getByRole('button', { name: 'New key…' }).press('Enter')
  const dialog = page.getByRole('dialog', { name: 'New key that reads data' })
  await dialog.getByRole('button', { name: 'Make the key' }).click()
  await dialog
    .getByText('This is needed')
    .or(dialog.getByRole('textbox', { name: 'Name' }).locator('..'))
    .first()
    .waitFor()
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Bookkeeper')
  await dialog.getByRole('textbox', { name: 'Paths' }).fill('home/ada/Documents\n\n **/*.csv ')
  await dialog.getByLabel('Backups from').fill('2026-02-01')
  await picture(page, 'explore-key')
  expect(await axeFindings(page, '[role=dialog]')).toEqual([])
  await dialog.getByRole('button', { name: 'Make the key' }).click()
  await expect.poll(() => dialog.getByLabel('The key', { exact: true }).inputValue()).toMatch(/^esk_/)
  expect(
    JSON.parse(
      await dialog.getByLabel('For an agent that starts Everstow itself', { exact: true }).inputValue(),
    ),
  ).toMatchObject({
    mcpServers: {
      everstow: { command: 'everstow', args: ['mcp', '--home', '/home/ada/.local/share/everstow'] },
    },
  })
  await picture(page, 'explore-key-made')
  expect(await axeFindings(page, '[role=dialog]')).toEqual([])
  expect(double.asked.findLast(({ name }) => name === 'apiKeys.add')?.input).toMatchObject({
    name: 'Bookkeeper',
    role: 'read-data',
    expiresDays: 90,
    scope: { paths: ['home/ada/Documents', '**/*.csv'], from: '2026-02-01' },
  })
  await dialog.getByRole('button', { name: 'Done' }).click()
  await clients.nth(1).waitFor()
  // The key is nowhere any more.
  await expect.poll(() => page.getByText(/esk_/).count()).toBe(0)

  await page.getByRole('button', { name: 'Change the limits of Price assistant…' }).click()
  const limits = page.getByRole('dialog', { name: 'What Price assistant may read' })
  await expect.poll(() => limits.getByLabel('Backups from').inputValue()).toBe('2026-01-01')
  await limits.getByRole('textbox', { name: 'Paths' }).fill('')
  await limits.getByRole('button', { name: 'Save' }).click()
  await clients.first().getByText('Every path').waitFor()
  await page.getByRole('button', { name: 'Take key Bookkeeper away' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take the key away' }).click()
  await expect.poll(() => clients.count()).toBe(1)

  await page.getByText('184 MB of at most 1 GB').waitFor()
  await page.getByRole('button', { name: 'Empty it' }).click()
  await page.getByText('Nothing is kept.').waitFor()
  await clients.getByRole('link', { name: 'What Price assistant has read' }).click()
  await page.getByText('Only what was done with the API key 8a9bacbd.').waitFor()
  await expect.poll(() => page.getByTestId('act').count()).toBe(0)
  expect(complaints).toEqual([])
})

test('where it is narrow, in French, at twice the size: nothing is cut off', async () => {
  const { page, complaints } = await windowOnto(busyWorld(), {
    width: 620,
    settings: { theme: 'dark', language: 'fr' },
  })
  const chosen = { path: file('prices.json'), select: '/bread' }
  for (const [section, ready] of [
    ['data', 'value-text'],
    ['series', 'series-table'],
    ['compare', 'change-tree'],
    ['access', 'client'],
  ] as const) {
    await visit(
      page,
      spot(
        section,
        section === 'compare' ? { ...chosen, backup: 'backup_000', other: 'backup_010' } : chosen,
      ),
    )
    await page.getByTestId(ready).first().waitFor()
    // What is drawn follows the new width after a moment.
    await expect.poll(() => sideways(page)).toBeLessThanOrEqual(0)
    await picture(page, `explore-${section}-narrow-fr`)
    expect(await axeFindings(page)).toEqual([])
  }
  expect(complaints).toEqual([])
})

test('where nothing was backed up yet, it says so', async () => {
  const world = newWorld()
  world.state.plans = busyWorld().state.plans
  const { page } = await windowOnto({
    ...world,
    answer: async (name, input, patch) =>
      name === 'data.backups' ? { output: { backups: [], total: 0 } } : world.answer(name, input, patch),
  })
  await visit(page, 'explore')
  await page.getByText('Nothing to look into yet.').waitFor()
  expect(await axeFindings(page)).toEqual([])
})
