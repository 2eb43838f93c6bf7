import { expect, test } from 'vitest'
import { axeFindings, picture, visit } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { withUnusualChange } from './window-health-world.ts'
import { busyWorld, calmWorld } from './window-world.ts'

const windowOnto = windowsOfFile()

test('the health page says what is wrong and what to do, and shows plans and places; prices with their day', async () => {
  const { page, double, complaints } = await windowOnto(busyWorld())
  await visit(page, 'health')
  await page.getByTestId('verdict').waitFor()
  await expect.poll(() => page.getByTestId('verdict').getAttribute('data-verdict')).toBe('failing')
  const findings = page.getByTestId('finding')
  await expect.poll(() => findings.count()).toBe(2)
  await expect
    .poll(() => findings.nth(1).innerText())
    .toMatch(/No copy of Documents and pictures reached Cloudflare R2 for 9 days\.[\s\S]*First seen/)
  await findings.first().getByRole('button', { name: 'Back up now' }).click()
  await expect
    .poll(() => double.asked.find(({ name }) => name === 'backup.start')?.input)
    .toMatchObject({ plan: 'pl_projects' })
  const plans = await page.getByTestId('plan-health').allInnerTexts()
  expect(plans[0]).toMatch(/about 19 mins for 48\.2 GB[\s\S]*by a trial restore/)
  expect(plans[0]).toMatch(/Too old after\s+2 days/)
  expect(plans[0]).toMatch(/Unknown until a restore or trial restore ran/)
  const places = await page.getByTestId('place-health').allInnerTexts()
  expect(places[0]).toMatch(/Free: your own disk/)
  expect(places[1]).toMatch(/US\$5\.01 so far, about US\$7\.43 by its end[\s\S]*list prices of 1 Jun 2025/)
  expect(places[2]).toMatch(/Unknown: no prices/)
  await page.locator('.recharts-area-curve').nth(1).waitFor()
  const costs = page.getByTestId('costs')
  await expect
    .poll(() => costs.getByRole('figure', { name: /by place, in USD$/ }).innerText())
    .toMatch(/US\$5\.01 so far, about US\$7\.43 by the end of the month/)
  await costs.locator('.recharts-bar-rectangle').first().waitFor()
  await page.setViewportSize({ width: 1240, height: 2_300 })
  await picture(page, 'health-whole')
  expect(complaints).toEqual([])
})

test('all well is one calm sentence', async () => {
  const { page } = await windowOnto(calmWorld())
  await visit(page, 'health')
  await page.getByTestId('verdict').waitFor()
  await expect.poll(() => page.getByTestId('verdict').innerText()).toMatch(/All is well/)
  await expect.poll(() => page.getByTestId('finding').count()).toBe(0)
})

test('an alert channel is added, tried and taken away with the keyboard', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, 'settings')
  const section = page.getByTestId('alerts')
  await section.getByRole('button', { name: 'Add a channel…' }).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Pager')
  await dialog.getByRole('button', { name: 'Add channel' }).press('Enter')
  // Without an address it is not sent.
  await dialog.getByText('This is needed.').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'alerts-dialog')
  await dialog.getByLabel('Address (https)').fill('https://hooks.example.org/CANARY')
  await page.keyboard.press('Enter')
  const channel = section.getByTestId('channel').nth(2)
  await channel.waitFor()
  expect(double.asked.find(({ name }) => name === 'alert.add')?.input).toEqual({
    type: 'webhook',
    name: 'Pager',
    url: 'https://hooks.example.org/CANARY',
  })
  expect(await page.content()).not.toContain('CANARY')
  await channel.getByRole('button', { name: 'Test Pager' }).press('Enter')
  await channel.getByText('It arrived.').waitFor()
  await section.scrollIntoViewIfNeeded()
  await picture(page, 'alerts')
  await channel.getByRole('button', { name: 'Remove Pager' }).press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'Remove Pager' }).press('Enter')
  await expect.poll(() => section.getByTestId('channel').count()).toBe(2)
})

test('an unusual change asks whether it was you: its files, the last good backup, and accepting it', async () => {
  const { page, double } = await windowOnto(withUnusualChange(busyWorld()))
  const card = page.getByTestId('unusual-change')
  await card.waitFor()
  await expect
    .poll(() => card.innerText())
    .toMatch(/812 of 900 files in Work changed in 4 minutes\.[\s\S]*far more files than usual · noise/)
  await expect.poll(() => page.getByTestId('problem').filter({ hasText: '812' }).count()).toBe(0)
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'unusual-change')
  await card.getByRole('button', { name: 'Show files' }).press('Enter')
  await expect.poll(() => page.url()).toMatch(/#\/backups\/backup_002$/)
  await visit(page, 'status')
  await card.getByRole('button', { name: 'Restore' }).press('Enter')
  await expect.poll(() => page.url()).toMatch(/#\/restore\/backup_004$/)
  await visit(page, 'status')
  await card.getByRole('button', { name: 'This was me' }).press('Enter')
  await expect
    .poll(() => double.asked.find(({ name }) => name === 'guard.accept')?.input)
    .toEqual({ name: 'backup_002' })
})
