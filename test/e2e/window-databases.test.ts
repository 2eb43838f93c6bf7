import { expect, test } from 'vitest'
import { axeFindings, picture, visit } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { busyWorld, calmWorld, withWorkHeld } from './window-world.ts'

const windowOnto = windowsOfFile()
const DAY = 86_400_000

test('a cluster shows what every place gives back, gaps in words too, and how its log is doing', async () => {
  const { page, double, complaints } = await windowOnto(withWorkHeld(busyWorld()))
  await visit(page, 'databases')
  const shop = page.getByTestId('cluster').filter({ has: page.getByRole('heading', { name: 'shop' }) })
  const places = shop.getByTestId('coverage')
  await places.nth(2).waitFor()
  await expect.poll(() => places.nth(0).innerText()).toMatch(/Blue USB disk\s+Every moment/)
  await expect.poll(() => places.nth(1).innerText()).toMatch(/1 gap[\s\S]*3 pieces of the log wait/)
  await expect.poll(() => places.nth(2).innerText()).toMatch(/Cannot be read now[\s\S]*refused/)
  await places.nth(1).getByText('As a list').click()
  await expect
    .poll(() => places.nth(1).getByRole('listitem').allInnerTexts())
    .toEqual([
      expect.stringMatching(/: every moment$/),
      expect.stringMatching(/: nothing$/),
      expect.stringMatching(/: every moment$/),
      'Missing: 000000010000000000000041 – 000000010000000000000044 (4)',
    ])
  await expect.poll(() => shop.getByTestId('guard').innerText()).toMatch(/Log archived[\s\S]*about 4 days/)
  const ledger = page.getByTestId('cluster').nth(1)
  await expect.poll(() => ledger.getByTestId('guard').innerText()).toMatch(/refused 37 times[\s\S]*about 3 h/)
  await expect.poll(() => shop.innerText()).toMatch(/41 tables with 1,204,118 rows read/)
  await shop.getByRole('button', { name: 'Try a restore of shop' }).press('Enter')
  await shop.getByTestId('run-card').waitFor()
  expect(double.asked.find(({ name }) => name === 'databases.prove')?.input).toEqual({ name: 'shop' })
  await page.setViewportSize({ width: 1240, height: 1_700 })
  await picture(page, 'databases-whole')
  expect(complaints).toEqual([])
})

test('a moment outside what is stored is not asked for; one inside is, and the command that starts it is shown', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, 'databases')
  await page.getByTestId('coverage').nth(2).waitFor()
  await page.getByRole('button', { name: 'Recover shop to a moment…' }).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'at a time' }).check()
  const at = dialog.getByLabel('Date and time')
  await at.fill('2001-02-03T04:05:06')
  await dialog.getByText('Nothing is stored of that moment.').waitFor()
  await dialog.getByLabel('Folder').fill('/srv/pg before')
  await dialog.getByRole('button', { name: 'Prepare the cluster' }).press('Enter')
  expect(double.asked.some(({ name }) => name === 'databases.recover')).toBe(false)
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'databases-recover')
  // Yesterday at noon: no hour there comes twice.
  const wanted = new Date((Math.floor(Date.now() / DAY) - 0.5) * DAY)
  const local = wanted.toLocaleString('sv-SE', { timeZone: 'Europe/Paris' }).replace(' ', 'T')
  await at.fill(local)
  await dialog.getByRole('button', { name: 'Prepare the cluster' }).press('Enter')
  await dialog.getByTestId('recovered').waitFor()
  expect(double.asked.find(({ name }) => name === 'databases.recover')?.input).toEqual({
    name: 'shop',
    to: `${wanted.toISOString().slice(0, 19)}.000Z`,
    into: '/srv/pg before',
  })
  await expect
    .poll(() => dialog.getByLabel('Start it with', { exact: true }).inputValue())
    .toMatch(/pg_ctl -D .* start$/)
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'databases-recovered')
})

test('a restore point is chosen by its name', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, 'databases')
  await page.getByTestId('coverage').nth(2).waitFor()
  await page.getByRole('button', { name: 'Recover shop to a moment…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'at a restore point' }).check()
  await dialog.getByRole('combobox', { name: 'Restore point' }).click()
  await page.getByRole('option', { name: /before the migration/ }).click()
  await dialog.getByLabel('Folder').fill('/srv/pg')
  await dialog.getByRole('button', { name: 'Prepare the cluster' }).click()
  await expect
    .poll(() => double.asked.find(({ name }) => name === 'databases.recover')?.input)
    .toEqual({ name: 'shop', to: 'before the migration', into: '/srv/pg' })
})

test('a database is put under protection, told what its server needs, and taken away again', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, 'databases')
  await page.getByRole('button', { name: 'Protect a database…' }).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Protect it' }).press('Enter')
  await dialog.getByText('This is needed.').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'databases-add')
  await dialog.getByLabel('Name', { exact: true }).fill('orders')
  await dialog.getByLabel('User').fill('backup')
  await dialog.getByLabel('Password', { exact: true }).fill('CANARY-7')
  await dialog.getByRole('checkbox', { name: 'Cloudflare R2' }).uncheck()
  await dialog.getByRole('button', { name: 'Protect it' }).press('Enter')
  await dialog.getByTestId('server-settings').waitFor()
  expect(double.asked.find(({ name }) => name === 'databases.add')?.input).toEqual({
    name: 'orders',
    url: 'postgres://backup@:5432/postgres',
    placeIds: ['p_disk000001', 'p_s3aaaaaaa1'],
    keepDays: 30,
    password: 'CANARY-7',
  })
  await expect
    .poll(() => dialog.getByLabel('archive_command', { exact: true }).inputValue())
    .toBe("archive_command = 'everstow --home /var/lib/postgresql/everstow db archive-wal %p ''orders'''")
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'databases-settings')
  expect(await page.content()).not.toContain('CANARY')
  await dialog.getByRole('button', { name: 'Done' }).press('Enter')
  await page.getByRole('button', { name: 'Remove orders…' }).press('Enter')
  await page.getByRole('dialog').getByText('What is stored in your places stays').waitFor()
  await page.getByRole('button', { name: 'End protection, keep what is stored' }).press('Enter')
  await expect.poll(() => page.getByTestId('cluster').count()).toBe(2)
})

test('without a database the page says what it is for', async () => {
  const { page } = await windowOnto(calmWorld())
  await visit(page, 'databases')
  await page.getByText('comes back as it was at any moment').waitFor()
  await expect.poll(() => page.getByRole('button', { name: 'Protect a database…' }).count()).toBe(1)
  await picture(page, 'databases-empty')
  expect(await axeFindings(page)).toEqual([])
})

test('the activity says who did what, can be narrowed, goes on, and its log is checked', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, 'health')
  await page.getByRole('link', { name: 'Who did what' }).press('Enter')
  const acts = page.getByTestId('act')
  await acts.first().waitFor()
  await expect.poll(() => acts.count()).toBe(50)
  const texts = (await acts.allInnerTexts()).slice(0, 7).join('\n')
  expect(texts).toMatch(/ada changed a place[\s\S]*Amazon S3/)
  expect(texts).toMatch(/The schedule of Projects made a backup[\s\S]*plan: Projects/)
  // What was refused or failed was not done.
  expect(texts).toMatch(/The program ci \(k_1\) tried to remove a plan[\s\S]*refused/)
  expect(texts).toMatch(/ada tried to restore files[\s\S]*failed/)
  await page.getByRole('button', { name: 'Show more' }).press('Enter')
  await expect.poll(() => acts.count()).toBe(100)
  await page.getByRole('combobox', { name: 'Show' }).click()
  await page.getByRole('option', { name: 'What failed or was refused' }).click()
  await expect.poll(() => acts.count()).toBe(40)
  await page.getByLabel('From').fill('2026-03-01')
  await expect
    .poll(() => double.asked.findLast(({ name }) => name === 'audit.list')?.input)
    .toEqual({ limit: 500, from: '2026-03-01' })
  await page.getByRole('button', { name: 'Check the log' }).press('Enter')
  await page.getByTestId('log-verdict').getByText('nobody changed any').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'activity-checked')
})
