import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { axeFindings, picture, sideways, visit } from './window-browser.ts'
import type { WindowDouble } from './window-double.ts'
import { windowsOfFile } from './window-fixture.ts'
import { busyMirrors } from './window-mirrors-world.ts'
import { busyWorld, calmWorld, newWorld, withWorkHeld } from './window-world.ts'

const windowOnto = windowsOfFile()

function lastAsked(double: WindowDouble, wanted: string): unknown {
  return double.asked.findLast(({ name }) => name === wanted)?.input
}

const cardOf = (page: Page, name: string) => page.getByRole('group', { name, exact: true })

function world() {
  const busy = busyWorld()
  busy.state.mirrors = busyMirrors
  return busy
}

test('each mirror says in a sentence how it is, when it ran and runs, and why it does not now', async () => {
  const { page, double, complaints } = await windowOnto(withWorkHeld(world()))
  await visit(page, 'sync')
  await page.getByRole('link', { name: 'Mirrors' }).press('Enter')
  const photos = cardOf(page, 'Photos')
  await photos.getByText('Everything in the folder lies in Amazon S3 too.').waitFor()
  const text = await photos.innerText()
  expect(text).toMatch(/up to date/)
  expect(text).toMatch(/Now: Amazon S3 takes nothing at this hour\./)
  expect(text).toMatch(/2 hours ago · 37 files, 412 MB, 2 deleted/)
  expect(text).toMatch(/in 4 hours · Every 6 hours/)
  expect(text).toMatch(/12,408 files · 84.3 GB/)
  const docs = await cardOf(page, 'Docs').innerText()
  expect(docs).toMatch(/Cloudflare R2, under mirror\/Docs → \/home\/ada\/Docs/)
  expect(docs).toMatch(/It could not be mirrored\./)
  expect(docs).toMatch(/refused/)
  await expect.poll(() => page.getByTestId('sync-badge').innerText()).toMatch(/6/)
  expect(await axeFindings(page)).toEqual([])
  await page.setViewportSize({ width: 1240, height: 1_500 })
  await picture(page, 'mirrors')
  await page.getByRole('button', { name: 'Mirror Photos now' }).press('Enter')
  await photos.getByRole('button', { name: 'Cancel: Mirroring Photos' }).waitFor()
  expect(lastAsked(double, 'mirror.run')).toEqual({ id: 'mi_photos0001', confirmed: false })
  expect(complaints).toEqual([])
})

test('deletions that wait are looked at before they happen, and the button says how many', async () => {
  const { page, double } = await windowOnto(world())
  await visit(page, 'sync/mirrors')
  const site = cardOf(page, 'Site')
  await site.getByText('640 of 1,204 files would be deleted in the place. They wait for your word.').waitFor()
  await site.getByRole('button', { name: 'Look at them' }).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('A run now would do this:').waitFor()
  await dialog.getByText('The 640 files that would be deleted').click()
  await dialog.getByText('old/style.css').waitFor()
  await dialog.getByText('2 that are left alone, and why').click()
  await dialog.getByText('changes right now; the next run takes it').waitFor()
  await dialog.getByText('1 that somebody else changed there').click()
  await dialog.getByText('somebody else changed it there; their version is kept').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'mirrors-preview')
  await dialog.getByRole('button', { name: 'Close' }).last().press('Enter')
  await site.getByRole('button', { name: 'Delete 640 files in the place too' }).press('Enter')
  await expect.poll(() => lastAsked(double, 'mirror.run')).toEqual({ id: 'mi_site000001', confirmed: true })
})

test('a mirror is made: way, place, schedule with its next runs, patterns tried while typed', async () => {
  const { page, double } = await windowOnto(world())
  await visit(page, 'sync/mirrors')
  await page.getByRole('link', { name: 'Mirror a folder' }).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Mirror this folder' }).press('Enter')
  await expect.poll(() => dialog.getByText('This is needed.').count()).toBe(3)
  await dialog.getByLabel('Folder', { exact: true }).fill('/home/ada/Recipes')
  await dialog.getByRole('radio', { name: 'Blue USB disk' }).press('Space')
  const next = dialog.getByTestId('next-runs')
  await expect.poll(() => next.getByRole('listitem').count()).toBe(5)
  await dialog.getByRole('combobox', { name: 'How often' }).click()
  await expect.poll(() => page.getByRole('option', { name: 'When files change' }).count()).toBe(0)
  await page.getByRole('option', { name: 'Every few hours or days' }).click()
  await dialog.getByText('Advanced').click()
  const preview = dialog.getByTestId('ignore-preview')
  await preview.getByText('disk.iso').waitFor()
  await dialog.getByLabel('Leave out').fill('*.iso')
  const iso = preview.getByRole('listitem').filter({ hasText: 'disk.iso' })
  await expect.poll(() => iso.innerText()).toMatch(/\*\.iso\s+left out/)
  const link = preview.getByRole('listitem').filter({ hasText: 'link' })
  await expect.poll(() => link.innerText()).toMatch(/always left out/)
  await dialog.getByLabel('Under which prefix').fill('recipes')
  await dialog.getByLabel('Days that versions are kept').fill('90')
  expect(await axeFindings(page)).toEqual([])
  await page.setViewportSize({ width: 1240, height: 1_700 })
  await picture(page, 'mirrors-add')
  await dialog.getByRole('button', { name: 'Mirror this folder' }).press('Enter')
  await cardOf(page, 'Recipes').getByText('It has not run yet.').waitFor()
  expect(lastAsked(double, 'mirror.add')).toEqual({
    name: 'Recipes',
    folder: '/home/ada/Recipes',
    placeId: 'p_disk000001',
    direction: 'push',
    prefix: 'recipes',
    ignore: ['*.iso'],
    keepDays: 90,
    schedule: expect.stringMatching(/^every:/),
  })
})

test('it is changed, and leaving it says what stays', async () => {
  const { page, double } = await windowOnto(world())
  await visit(page, 'sync/mirrors')
  await page.getByRole('button', { name: 'Actions for Photos' }).press('Enter')
  await page.getByRole('menuitem', { name: 'Change the mirror…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name', { exact: true }).fill('Pictures')
  await dialog.getByLabel('Leave out').fill('*.tmp\n*.iso')
  await dialog.getByTestId('ignore-preview').getByText('1 is left out.').waitFor()
  await picture(page, 'mirrors-edit')
  expect(await axeFindings(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Save' }).press('Enter')
  await cardOf(page, 'Pictures').waitFor()
  expect(lastAsked(double, 'mirror.update')).toEqual({
    id: 'mi_photos0001',
    change: { name: 'Pictures', ignore: ['*.tmp', '*.iso'], keepDays: 30, schedule: 'every:6h' },
  })
  expect(double.asked).toContainEqual({
    name: 'schedule.preview',
    input: expect.objectContaining({ mirrorId: 'mi_photos0001' }),
  })
  await page.getByRole('button', { name: 'Actions for Pictures' }).press('Enter')
  await page.getByRole('menuitem', { name: 'Stop mirroring…' }).click()
  await page
    .getByRole('dialog')
    .getByText(
      'Your files stay in /home/ada/Photos, and everything under mirror/Photos stays in Amazon S3, versions too.',
    )
    .waitFor()
  await page.getByRole('button', { name: 'Stop mirroring, keep everything' }).press('Enter')
  await expect.poll(() => lastAsked(double, 'mirror.remove')).toEqual({ id: 'mi_photos0001' })
})

test('what lies there is browsed with what was deleted; a version comes back, here or elsewhere', async () => {
  const { page, double } = await windowOnto(world())
  await visit(page, 'sync/mirrors%2Fmi_photos0001')
  const rows = page.getByTestId('mirror-entry')
  await expect.poll(() => rows.count()).toBe(2)
  await expect.poll(() => rows.first().innerText()).toMatch(/2026\s+2 files/)
  await page.getByRole('button', { name: 'Open 2026' }).press('Enter')
  await expect.poll(() => rows.count()).toBe(1)
  await page.getByRole('switch', { name: 'Show deleted' }).press('Space')
  await expect.poll(() => rows.count()).toBe(2)
  await picture(page, 'mirrors-files')
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: 'Versions of beach.jpg' }).press('Enter')
  const dialog = page.getByRole('dialog')
  const versions = dialog.getByTestId('mirror-version')
  await expect.poll(() => versions.count()).toBe(3)
  await picture(page, 'mirrors-versions')
  await versions
    .nth(2)
    .getByRole('button', { name: /^Restore the version of/ })
    .press('Enter')
  await page.getByText('It is back: /home/ada/Photos/2026/beach.jpg').waitFor()
  expect(lastAsked(double, 'mirror.restore')).toEqual({
    id: 'mi_photos0001',
    path: '2026/beach.jpg',
    version: '20261113-080000-fedcba9876543210',
  })
  await page.getByRole('button', { name: 'Versions of gone.jpg' }).press('Enter')
  await dialog.getByRole('button', { name: /into another folder$/ }).press('Enter')
  await page.getByRole('button', { name: 'Use this folder' }).press('Enter')
  await expect
    .poll(() => lastAsked(double, 'mirror.restore'))
    .toMatchObject({ path: '2026/gone.jpg', into: expect.stringMatching(/^\//) })
})

test('without a mirror the page says what one is; whoever only mirrors is no newcomer', async () => {
  const world = calmWorld()
  world.state.mirrors = {}
  const { page } = await windowOnto(world)
  await visit(page, 'sync/mirrors')
  await page.getByText('A mirror keeps the files themselves in a place').waitFor()
  await page.getByRole('link', { name: 'Mirror a folder' }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'mirrors-empty')
  const fresh = newWorld()
  fresh.state.mirrors = busyMirrors
  const other = await windowOnto(fresh)
  await other.page.locator('main').waitFor()
  await expect.poll(() => other.page.getByTestId('first-run').count()).toBe(0)
})

test('a place that something needs says so before it is removed', async () => {
  const { page } = await windowOnto(world())
  await visit(page, 'places')
  await page.getByRole('button', { name: 'Remove Amazon S3…' }).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Folders are mirrored with it: Photos, Site. Remove the mirrors first.').waitFor()
  await dialog.getByText(/synced through it: Notes/).waitFor()
})

test.each([
  { name: 'small', width: 900, height: 700 },
  { name: 'narrow', width: 620, height: 700 },
])('nothing is cut off or pushed aside: $name', async ({ name, width, height }) => {
  const { page } = await windowOnto(world(), { settings: { language: 'fr', theme: 'dark' } })
  await page.setViewportSize({ width, height })
  for (const route of ['sync/mirrors', 'sync/mirrors%2Fmi_site000001', 'sync/mirrors%2Fnew']) {
    await visit(page, route)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.getByTestId('mirror').first().waitFor()
    await expect.poll(() => sideways(page), { message: route }).toBe(0)
    await picture(page, `mirrors-${name}-${route.replaceAll(/\W|%2F/g, '-')}`)
  }
})
