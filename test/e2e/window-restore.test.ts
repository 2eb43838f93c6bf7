import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { axeFindings, picture, sideways, visit } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { manyBackupsWorld } from './window-many-world.ts'
import { snapshotWorld } from './window-snapshot-world.ts'
import { calmWorld } from './window-world.ts'

const windowOnto = windowsOfFile()

/** Days of the month in sight that have backups. */
const WITH_BACKUPS = 'button[data-outside="false"]:has(span[data-state])'

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true })

test.each([
  { name: 'light', look: { theme: 'light', language: 'en' } },
  { name: 'dark-fr', look: { theme: 'dark', language: 'fr' } },
] as const)(
  'files found by name and files of two days come back in one go, from a version that was looked at ($name)',
  async ({ name, look }) => {
    const isFrench = name !== 'light'
    const say = (english: string, french: string) => (isFrench ? french : english)
    const { page, double } = await windowOnto(snapshotWorld(), { settings: look })
    await visit(page, 'restore')
    await page.getByText(say('Find a file', 'Chercher un fichier'), { exact: true }).click()
    await page.getByTestId('file-search').getByRole('textbox').fill('contract')
    await button(page, /contract signed\.pdf/)
      .first()
      .click()
    await page.getByTestId('basket').getByText('Documents/contract signed.pdf').waitFor()
    await picture(page, `restore-search-${name}`)
    expect(await axeFindings(page)).toEqual([])

    // The calendar, with the keyboard alone.
    await page.getByText(say('Calendar', 'Calendrier'), { exact: true }).click()
    const calendar = page.getByTestId('calendar')
    await calendar.locator('button[tabindex="0"][data-date]').focus()
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-date') ?? '')
    const before = await focused()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(focused).not.toBe(before)
    await page.keyboard.press('Enter')
    await expect.poll(() => calendar.locator('button[data-chosen="true"]').count()).toBe(1)
    const asked = double.asked.findLast(({ name: call }) => call === 'backup.list')?.input
    expect(asked).toMatchObject({ from: await focused(), to: await focused() })
    await picture(page, `restore-calendar-${name}`)
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('radio', { name: /\d/ }).first().click()
    await page.getByLabel(say('Choose notes.md', 'Choisir notes.md')).check()
    await expect.poll(() => page.getByTestId('basket').getByRole('listitem').count()).toBe(2)
    await button(page, say('Next', 'Suivant')).click()

    await page.getByTestId('basket-sum').waitFor()
    await page
      .getByTestId('basket-row')
      .first()
      .getByRole('button', { name: /^Versions/ })
      .click()
    await page.getByTestId('comparison').getByTestId('preview').waitFor()
    await picture(page, `restore-versions-${name}`)
    expect(await axeFindings(page)).toEqual([])
    await page.getByText(say('Compare', 'Comparer'), { exact: true }).click()
    await page.getByTestId('line-diff').waitFor()
    await picture(page, `restore-compare-${name}`)
    expect(await axeFindings(page)).toEqual([])
    await page.getByTestId('comparison').getByRole('radiogroup').first().getByRole('radio').first().click()
    await expect.poll(() => page.getByTestId('basket-row').count()).toBe(2)
    await button(page, say('Next', 'Suivant')).click()

    await page.getByText(say('One file', 'Un seul fichier'), { exact: true }).click()
    const path = page.getByLabel(say('File', 'Fichier'), { exact: true })
    await expect.poll(() => path.inputValue()).toMatch(/\(restored\)\.zip$/)
    await picture(page, `restore-where-${name}`)
    expect(await axeFindings(page)).toEqual([])
    await button(page, say('Next', 'Suivant')).click()

    await page.getByTestId('copies-read').waitFor()
    await page.getByTestId('checks').waitFor()
    await picture(page, `restore-check-${name}`)
    expect(await axeFindings(page)).toEqual([])
    await button(page, say('Start the restore', 'Lancer la restauration')).click()
    await page.locator('[data-testid=restore-report][data-state=done]').waitFor()
    await picture(page, `restore-report-${name}`)
    expect(await axeFindings(page)).toEqual([])
    const started = double.asked.find(({ name: call }) => call === 'restore.start')?.input
    expect(started).toMatchObject({
      pack: 'zip',
      paths: ['Documents/contract signed.pdf'],
      expectedBytes: 4_260_000_000,
    })
    expect(started).toMatchObject({ more: [{ paths: ['notes.md'] }] })

    await button(page, say('Undo', 'Défaire')).click()
    const dialog = page.getByTestId('undo')
    await dialog.getByText('Documents/budget.ods').waitFor()
    await picture(page, `restore-undo-${name}`)
    expect(await axeFindings(page)).toEqual([])
    await dialog.getByRole('button', { name: say('Undo the restore', 'Défaire la restauration') }).click()
    await page.locator('[data-testid=undo][data-state=incomplete]').waitFor()
    const undone = double.asked.filter(({ name: call }) => call === 'restore.undo').map(({ input }) => input)
    expect(undone).toEqual([
      { id: 'run_before', dryRun: true },
      { id: 'run_before', dryRun: false },
    ])
  },
)

test('the copy that is read is said with its reason and can be another one', async () => {
  const { page, double } = await windowOnto(calmWorld())
  await visit(page, 'restore')
  await page.getByTestId('basket').getByText('Everything').waitFor()
  for (let step = 0; step < 3; step++) await button(page, 'Next').click()
  await page.getByText(/^Read from Blue USB disk: the nearest of \d copies$/).waitFor()
  await page.getByTestId('copies-read').getByRole('combobox').click()
  await page.getByRole('option', { name: 'Amazon S3' }).click()
  await page.getByText('Read from Amazon S3, as you chose').waitFor()
  await button(page, 'Start the restore').click()
  await page.locator('[data-testid=restore-report]').waitFor()
  expect(double.asked.find(({ name }) => name === 'restore.start')?.input).toMatchObject({
    placeId: 'p_s3aaaaaaa1',
    paths: [],
  })
})

test('a restore of before is undone from the list, after a look at what would change', async () => {
  const { page } = await windowOnto(calmWorld())
  await visit(page, 'restore')
  const list = page.getByTestId('recorded-restores')
  await list.getByText('/home/ada/Pictures').waitFor()
  await list.scrollIntoViewIfNeeded()
  await picture(page, 'restore-before')
  await expect.poll(() => list.getByRole('button').count()).toBe(1)
  await list.getByRole('button').click()
  await page.getByText('12 replaced files come back.').waitFor()
  await page.getByTestId('undo').getByRole('button', { name: 'Undo the restore' }).click()
  await page.getByText('12 replaced files are back.').waitFor()
  await button(page, 'Done').click()
  await expect.poll(() => list.getByRole('button').count()).toBe(0)
})

test.each(['light', 'dark'] as const)(
  'ten thousand backups: only what is in sight is drawn, the end is reached, filters and the calendar narrow them (%s)',
  async (theme) => {
    const { page, double } = await windowOnto(manyBackupsWorld(), { settings: { theme } })
    await visit(page, 'backups')
    const rows = page.getByTestId('backup-rows')
    await page.getByTestId('found').getByText('10,000 backups').waitFor()
    await rows.getByTestId('backup-row').first().waitFor()
    await expect.poll(() => rows.getByTestId('backup-row').count()).toBeLessThan(60)
    await rows.scrollIntoViewIfNeeded()
    await picture(page, `backups-timeline-${theme}`)
    await rows.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
    await rows.locator('li[aria-posinset="10000"] [data-testid=backup-row]').waitFor()
    await expect.poll(() => rows.getByTestId('backup-row').count()).toBeLessThan(60)
    const offsets = double.asked.flatMap(({ name, input }) =>
      name === 'backup.list' ? [(input as { offset: number }).offset] : [],
    )
    expect(Math.max(...offsets)).toBe(9_900)
    expect(new Set(offsets).size).toBeLessThan(10)

    await page.getByTestId('history').getByText('Calendar', { exact: true }).click()
    await page.getByTestId('calendar').locator(WITH_BACKUPS).first().waitFor()
    await page.getByTestId('calendar').locator(WITH_BACKUPS).last().click()
    await page.getByTestId('found').getByText(/Only/).waitFor()
    await page.getByTestId('calendar').scrollIntoViewIfNeeded()
    await picture(page, `backups-calendar-${theme}`)
    expect(await axeFindings(page)).toEqual([])
    await page.getByTestId('history').getByLabel('State').click()
    await page.getByRole('option', { name: 'With gaps' }).click()
    await expect
      .poll(() => double.asked.findLast(({ name }) => name === 'backup.days')?.input)
      .toMatchObject({ state: 'incomplete' })
  },
)

test.each([
  { name: 'small', width: 900, height: 600 },
  { name: 'narrow', width: 620, height: 700 },
])('nothing is cut off or pushed aside: $name', async ({ name, width, height }) => {
  const { page } = await windowOnto(snapshotWorld(), { settings: { language: 'fr', theme: 'dark' } })
  await page.setViewportSize({ width, height })
  await visit(page, 'restore')
  await page.getByText('Calendrier', { exact: true }).click()
  await page.getByTestId('calendar').waitFor()
  await expect.poll(() => sideways(page)).toBe(0)
  await picture(page, `restore-${name}`)
  await visit(page, 'backups')
  await page.getByTestId('history').getByText('Calendrier', { exact: true }).click()
  await page.getByTestId('calendar').waitFor()
  await page.getByTestId('backup-row').first().waitFor()
  await expect.poll(() => sideways(page)).toBe(0)
  await page.getByTestId('history').scrollIntoViewIfNeeded()
  await picture(page, `backups-${name}`)
})

test.each([
  { name: 'light', look: { theme: 'light', language: 'en' } },
  { name: 'dark-fr', look: { theme: 'dark', language: 'fr' } },
] as const)(
  'archives are looked into as well: search, versions, comparison, changes ($name)',
  async (shown) => {
    const say = (english: string, french: string) => (shown.name === 'light' ? english : french)
    const { page, double, complaints } = await windowOnto(calmWorld(), { settings: shown.look })
    await visit(page, 'restore')
    await page.getByText(say('Find a file', 'Chercher un fichier'), { exact: true }).click()
    await page.getByTestId('file-search').getByRole('textbox').fill('contract')
    await button(page, /contract signed\.pdf/)
      .first()
      .click()
    await button(page, say('Next', 'Suivant')).click()
    const rows = page.getByTestId('basket-row')
    await rows
      .last()
      .getByRole('button', { name: /^Versions/ })
      .click()
    await page.getByTestId('comparison').getByTestId('preview').waitFor()
    await page.getByText(say('Compare', 'Comparer'), { exact: true }).click()
    await page.getByTestId('line-diff').waitFor()
    await picture(page, `restore-archive-compare-${shown.name}`)
    expect(await axeFindings(page)).toEqual([])

    await visit(page, 'backups/backup_002')
    const changes = page.getByTestId('changes')
    await changes.getByText('Documents/invoice 118.pdf').waitFor()
    await changes.scrollIntoViewIfNeeded()
    await picture(page, `archive-changes-${shown.name}`)
    expect(await axeFindings(page)).toEqual([])
    // With the one before it of the same plan.
    expect(double.asked.find(({ name }) => name === 'backup.diff')?.input).toMatchObject({
      from: 'backup_004',
      to: 'backup_002',
    })
    expect(complaints).toEqual([])
  },
)
