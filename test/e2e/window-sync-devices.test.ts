import { expect, test } from 'vitest'
import type { RepositoryInfo } from '../../main/contract/index.ts'
import { axeFindings, picture, visit } from './window-browser.ts'
import type { WindowDouble } from './window-double.ts'
import { windowsOfFile } from './window-fixture.ts'
import { busyWorld } from './window-world.ts'

const windowOnto = windowsOfFile()

function lastAsked(double: WindowDouble, wanted: string): unknown {
  return double.asked.findLast(({ name }) => name === wanted)?.input
}

/** Whether a picture was loaded under the page's policy. */
const isDrawn = (element: unknown): boolean => (element as HTMLImageElement).naturalWidth > 0

test('another device is invited: a code to copy or scan, and codes that nobody used are taken back', async () => {
  const { page, double, complaints } = await windowOnto(busyWorld())
  await visit(page, 'sync')
  await page.getByRole('button', { name: 'Invite another device to Notes' }).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('It opens everything that is encrypted in Amazon S3, backups too').waitFor()
  await dialog.getByRole('button', { name: 'Show a code' }).press('Enter')
  const code = dialog.getByTestId('invite-code')
  await expect
    .poll(() => code.getByRole('textbox', { name: 'Code' }).inputValue())
    .toBe('A3CD-7FGH-KMNP-QRTV-WXY4-9ACD')
  await expect
    .poll(() => code.getByRole('img', { name: 'The code as a picture to scan' }).evaluate(isDrawn))
    .toBe(true)
  expect(lastAsked(double, 'sync.invite')).toEqual({ placeId: 'p_s3aaaaaaa1', hours: 24 })
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'sync-invite')
  await dialog.getByRole('button', { name: 'Done' }).press('Enter')
  await expect.poll(() => dialog.count()).toBe(0)
  expect(await page.content()).not.toContain('A3CD-7FGH')
  await page.getByRole('button', { name: 'Invite another device to Notes' }).press('Enter')
  const open = dialog.getByTestId('open-invites')
  await open.getByText(/on ada-laptop, works until/).waitFor()
  await picture(page, 'sync-invites-open')
  await open.getByRole('button', { name: /^Take back the code of/ }).press('Enter')
  await expect.poll(() => open.count()).toBe(0)
  expect(lastAsked(double, 'sync.revokeInvites')).toEqual({ placeId: 'p_s3aaaaaaa1', inviteId: 'inv_0' })
  expect(complaints).toEqual([])
})

test('a place that has no key here is opened with an invite, words or a passphrase, in one field', async () => {
  const world = busyWorld()
  const { answer } = world
  const repository: RepositoryInfo = {
    id: 'r1',
    createdAt: '2026-11-20T08:00:00.000Z',
    epoch: 1,
    deviceId: 'd1',
    deviceName: 'ada-phone',
    isRenewing: false,
    slots: [],
    devices: [],
    places: [],
  }
  let isOpen = false
  world.answer = async (name, input, patch) => {
    if (name === 'sync.spaces' && !isOpen)
      return { error: { code: 'key-missing', data: { place: 'Amazon S3' }, retry: 'never' } }
    if (name !== 'repository.adopt') return answer(name, input, patch)
    if ((input as { secret?: string }).secret !== 'a3cd-7fgh')
      return { error: { code: 'invite-wrong', data: { reason: 'mistyped' }, retry: 'never' } }
    isOpen = true
    return { output: { repository, backups: 0 } }
  }
  const { page } = await windowOnto(world)
  await visit(page, 'sync/new')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Folder', { exact: true }).fill('/home/ada/Recipes')
  await dialog.getByRole('radio', { name: 'Amazon S3' }).press('Space')
  const place = dialog.getByTestId('open-place')
  const field = place.getByLabel('Code of an invite, words of the kit, or passphrase')
  await field.fill('a3cd-7fgx')
  await field.press('Enter')
  await place.getByText(/a letter is missing or wrong/).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'sync-open-place')
  await field.fill('a3cd-7fgh')
  await place.getByRole('button', { name: 'Open', exact: true }).press('Enter')
  await dialog.getByTestId('joins').waitFor()
  await expect.poll(() => place.count()).toBe(0)
})

test('a folder is checked, and what is damaged is named', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, 'sync')
  await page.getByRole('button', { name: 'Actions for Notes' }).press('Enter')
  await page.getByRole('menuitem', { name: 'Check this folder…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Check now' }).press('Enter')
  await dialog.getByText('Everything is there, as it was stored.').waitFor()
  await dialog.getByText('41 packs, 318 MB').waitFor()
  await dialog.getByRole('switch', { name: 'Read every byte' }).press('Space')
  await dialog.getByRole('button', { name: 'Check now' }).press('Enter')
  await dialog.getByText('1 file is damaged or gone there.').waitFor()
  await dialog.getByText('work/report.txt').waitFor()
  expect(lastAsked(double, 'sync.check')).toEqual({ id: 'sf_notes00001', deep: true })
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'sync-check')
})

test('how syncing has gone is drawn, and said in words beside each chart', async () => {
  const { page, complaints } = await windowOnto(busyWorld())
  await visit(page, 'sync')
  await page.getByRole('link', { name: 'Figures' }).press('Enter')
  const figures = page.getByTestId('sync-figure')
  await expect.poll(() => figures.count()).toBe(4)
  const text = await page.getByTestId('sync-figures').innerText()
  expect(text).toMatch(/In the last 30 days \d+ MB were sent and \d+ MB fetched\./)
  expect(text).toMatch(/Up to .* there was more than is written down\./)
  expect(text).toMatch(/Notes: 2 secs, over 214 syncs/)
  expect(text).toMatch(/Amazon S3: 99%, 3 of 214 failed/)
  expect(text).toMatch(
    /6 conflicts in the last 30 days\.[\s\S]*txt \(4\), without an ending \(2\)[\s\S]*ada-phone \(6\)/,
  )
  await expect.poll(() => page.locator('.recharts-bar-rectangle').count()).toBeGreaterThan(30)
  expect(await axeFindings(page)).toEqual([])
  await page.setViewportSize({ width: 1240, height: 1_500 })
  await picture(page, 'sync-figures')
  expect(complaints).toEqual([])
})
