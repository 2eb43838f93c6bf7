import { expect, test } from 'vitest'
import { atRest, axeFindings, picture, sideways, visit } from './window-browser.ts'
import type { WindowDouble } from './window-double.ts'
import { windowsOfFile } from './window-fixture.ts'
import { busyWorld, calmWorld, newWorld, withWorkHeld } from './window-world.ts'

const windowOnto = windowsOfFile()

function lastAsked(double: WindowDouble, wanted: string): unknown {
  return double.asked.findLast(({ name }) => name === wanted)?.input
}

test('the page says first how everything is, then each folder; sync runs with one press and can be cancelled', async () => {
  const { page, double, complaints } = await windowOnto(withWorkHeld(busyWorld()))
  await visit(page, 'sync')
  const notes = page
    .getByTestId('synced-folder')
    .filter({ has: page.getByRole('heading', { name: 'Notes' }) })
  await notes.waitFor()
  await expect
    .poll(() => page.getByTestId('sync-verdict').innerText())
    .toMatch(/Pictures: 412 deletions wait/)
  await expect.poll(() => page.getByTestId('sync-badge').innerText()).toMatch(/5/)
  const text = await notes.innerText()
  expect(text).toMatch(/changes to sync[\s\S]*4 minutes ago[\s\S]*2,418 files[\s\S]*3 changes\s+4 conflicts/)
  expect(text).toMatch(/1.2 GB sent · 412 MB fetched/)
  const pictures = page.getByTestId('synced-folder').filter({ hasText: '/home/ada/Pictures' })
  await expect
    .poll(() => pictures.getByTestId('sync-problems').innerText())
    .toMatch(/2025\/scans\/contract.pdf/)
  await expect
    .poll(() => pictures.getByTestId('sync-left-out').innerText())
    .toMatch(
      /2 things in the folder cannot be synced[\s\S]*caf\uFFFD.jpg its name is no Unicode[\s\S]*camera\/socket/,
    )
  await page.getByRole('button', { name: 'Sync Notes now' }).press('Enter')
  await notes.getByRole('button', { name: 'Cancel: Syncing Notes' }).press('Enter')
  expect(lastAsked(double, 'sync.run')).toEqual({ id: 'sf_notes00001' })
  await expect
    .poll(() => lastAsked(double, 'run.cancel'))
    .toMatchObject({ id: expect.stringMatching(/^run_/) })
  await page.getByRole('switch', { name: 'Sync Notes by itself' }).press('Space')
  await expect
    .poll(() => lastAsked(double, 'sync.update'))
    .toEqual({ id: 'sf_notes00001', change: { auto: false } })
  expect(complaints).toEqual([])
})

test('deletions that wait say how many, of how many, which, and what each button does', async () => {
  const world = busyWorld()
  const { page, double } = await windowOnto(world)
  await visit(page, 'sync')
  const held = page.getByTestId('held')
  await held.waitFor()
  await expect
    .poll(() => held.innerText())
    .toMatch(/412 of 1,204 files were deleted here[\s\S]*IMG_0412.jpg[\s\S]*and 409 more/)
  await held.getByRole('button', { name: 'Delete 412 files on the other devices too' }).waitFor()
  await held.getByRole('button', { name: 'Bring them back here' }).press('Enter')
  await expect.poll(() => held.count()).toBe(0)
  expect(lastAsked(double, 'sync.decide')).toEqual({
    id: 'sf_pictures01',
    heldId: 'held_1',
    decision: 'restore',
  })
  const pictures = world.state.syncs.sf_pictures01!
  const incoming = { id: 'held_2', direction: 'in', files: 1, of: 3, examples: ['a.txt'] }
  double.patch('syncs', { sf_pictures01: { ...pictures, state: 'held', held: incoming } })
  await held.getByText('1 of 3 files was deleted on another device.').waitFor()
  await held.getByRole('button', { name: 'Keep them and share them again' }).waitFor()
  await held.getByRole('button', { name: 'Delete 1 file here too' }).press('Enter')
  await expect
    .poll(() => lastAsked(double, 'sync.decide'))
    .toMatchObject({ decision: 'approve', heldId: 'held_2' })
})

test('a folder is added: the name follows the folder, an existing space is joined, patterns are tried while typed', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, 'sync')
  await page.getByRole('link', { name: 'Sync a folder' }).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Sync this folder' }).press('Enter')
  await expect.poll(() => dialog.getByText('This is needed.').count()).toBe(3)
  await dialog.getByLabel('Folder', { exact: true }).fill('/home/ada/Recipes')
  await expect.poll(() => dialog.getByLabel('Name', { exact: true }).inputValue()).toBe('Recipes')
  await dialog.getByRole('radio', { name: 'Amazon S3' }).press('Space')
  await dialog.getByTestId('joins').getByText('Joins the space “Recipes”').waitFor()
  await expect
    .poll(() => dialog.getByText('Both are kept as they are until you have chosen.').count())
    .toBe(1)
  await dialog.getByText('Advanced').click()
  const preview = dialog.getByTestId('ignore-preview')
  await preview.getByText('disk.iso').waitFor()
  await dialog.getByLabel('Leave out').fill('*.iso\nnode_modules/')
  const iso = preview.getByRole('listitem').filter({ hasText: 'disk.iso' })
  await expect.poll(() => iso.innerText()).toMatch(/\*\.iso\s+left out/)
  await expect.poll(() => preview.getByRole('status').innerText()).toMatch(/1,830 files.*600 are left out/)
  expect(await axeFindings(page)).toEqual([])
  await page.setViewportSize({ width: 1240, height: 1_700 })
  await picture(page, 'sync-add-filled')
  await dialog.getByRole('button', { name: 'Join and sync' }).press('Enter')
  await expect.poll(() => page.getByTestId('synced-folder').count()).toBe(4)
  expect(lastAsked(double, 'sync.add')).toEqual({
    name: 'Recipes',
    folder: '/home/ada/Recipes',
    placeId: 'p_s3aaaaaaa1',
    strategy: 'server_preferred',
    only: [],
    ignore: ['*.iso', 'node_modules/'],
    auto: true,
  })
  await expect.poll(() => lastAsked(double, 'sync.run')).toEqual({ id: 'sf_new0000001' })
})

test('how a folder is synced is changed, and stopping says that files stay', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, 'sync')
  await page.getByRole('button', { name: 'Actions for Notes' }).press('Enter')
  await page.getByRole('menuitem', { name: 'What is synced, and who wins…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'The later change wins' }).check()
  await dialog.getByLabel('Only these subfolders').fill('work')
  const drawings = dialog.getByTestId('ignore-preview').getByRole('listitem').filter({ hasText: 'drawings' })
  await expect.poll(() => drawings.innerText()).toMatch(/not chosen/)
  await picture(page, 'sync-edit')
  expect(await axeFindings(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Save' }).press('Enter')
  await expect
    .poll(() => lastAsked(double, 'sync.update'))
    .toEqual({
      id: 'sf_notes00001',
      change: { strategy: 'last_write_wins', only: ['work'], ignore: ['*.tmp', 'node_modules/'] },
    })
  await expect.poll(() => dialog.count()).toBe(0)
  await page.getByRole('button', { name: 'Actions for Notes' }).press('Enter')
  await page.getByRole('menuitem', { name: 'Stop syncing…' }).click()
  await page.getByRole('dialog').getByText('Your files stay in the folder').waitFor()
  await page.getByRole('button', { name: 'Stop syncing, keep the files' }).press('Enter')
  await expect.poll(() => lastAsked(double, 'sync.remove')).toEqual({ id: 'sf_notes00001' })
})

test('a conflict is compared line by line, decided, and taken back; the next one comes by itself', async () => {
  const { page, double, complaints } = await windowOnto(busyWorld())
  await visit(page, 'sync/conflicts')
  const rows = page.getByTestId('conflict')
  await rows.first().waitFor()
  await expect
    .poll(() => rows.first().innerText())
    .toMatch(/report.txt was changed here and on ada-phone\s+Notes \/ work/)
  await rows.first().press('Enter')
  const detail = page.getByTestId('conflict-detail')
  const diff = detail.getByTestId('line-diff')
  await diff.waitFor()
  await expect.poll(() => detail.getByTestId('side').count()).toBe(3)
  await expect
    .poll(() => diff.innerText())
    .toMatch(/as it always was[\s\S]*as Ada wrote it today[\s\S]*37 equal lines/)
  await expect.poll(() => diff.innerText()).not.toMatch(/Line 20 /)
  await detail.getByText('What they changed').click()
  await expect.poll(() => diff.innerText()).not.toMatch(/Ada wrote/)
  await detail.getByRole('button', { name: 'Use the merged text' }).press('Enter')
  await expect
    .poll(() => lastAsked(double, 'sync.resolve'))
    .toEqual({
      conflictIds: ['cf_clean00001'],
      keep: 'merged',
    })
  await page.getByTestId('settled').getByText('report.txt is decided.').waitFor()

  // The next one has lines that both changed: marked, to be mended first.
  await detail.getByText('plan.md was changed here').waitFor()
  const merged = detail.getByTestId('merged')
  const take = merged.getByRole('button', { name: 'Use the merged text' })
  await take.waitFor()
  await expect.poll(() => take.isDisabled()).toBe(true)
  expect(await axeFindings(page)).toEqual([])
  await page.setViewportSize({ width: 1240, height: 1_900 })
  await picture(page, 'sync-conflict-marked')
  await merged.getByRole('textbox').fill('mended')
  await take.press('Enter')
  await expect
    .poll(() => lastAsked(double, 'sync.resolve'))
    .toEqual({ conflictIds: ['cf_marked0001'], keep: 'merged', text: 'mended' })

  // A picture shows as one; what cannot be shown says so.
  await detail.getByRole('img', { name: 'Picture: This device' }).waitFor()
  await picture(page, 'sync-conflict-picture')
  await detail.getByRole('link', { name: 'Next conflict' }).press('Enter')
  await expect.poll(() => detail.getByText('It cannot be shown here.').count()).toBe(2)
  await detail.getByRole('button', { name: 'Keep both' }).press('Enter')
  await page.getByRole('link', { name: 'All conflicts' }).click()
  await expect.poll(() => rows.count()).toBe(1)
  await page.getByTestId('settled').getByRole('button', { name: 'Undo' }).press('Enter')
  await expect.poll(() => rows.count()).toBe(2)
  await page.getByText('Decided', { exact: true }).click()
  await expect.poll(() => page.getByTestId('decided').count()).toBe(3)
  await picture(page, 'sync-decided')
  await page.getByRole('button', { name: 'Undo the decision about letter.txt' }).press('Enter')
  await expect.poll(() => lastAsked(double, 'sync.reopen')).toEqual({ conflictId: 'cf_decided001' })
  expect(complaints).toEqual([])
})

test('thousands of conflicts draw only what is in sight, scroll to their end, and are decided at once', async () => {
  const world = busyWorld()
  const notes = world.state.syncs.sf_notes00001!
  world.state.syncs = { [notes.id]: { ...notes, conflicts: 3_000 } }
  const { page, double } = await windowOnto(world)
  await visit(page, 'sync/conflicts')
  const list = page.getByTestId('conflict-list')
  await list.waitFor()
  await expect.poll(() => page.getByTestId('conflict').count()).toBeLessThan(40)
  await list.focus()
  await page.keyboard.press('End')
  await page.getByText('letter 2995.txt was changed here').waitFor()
  await expect.poll(() => page.getByTestId('conflict').count()).toBeLessThan(40)
  await picture(page, 'sync-conflicts-many')
  await page.getByRole('button', { name: 'Decide all 3,000 at once' }).press('Enter')
  await page.getByRole('menuitem', { name: 'Keep both everywhere' }).click()
  await page.getByRole('button', { name: 'Decide 3,000 conflicts' }).press('Enter')
  await page.getByText('No conflicts. Both sides agree.').waitFor()
  expect((lastAsked(double, 'sync.resolve') as { conflictIds: string[] }).conflictIds).toHaveLength(3_000)
  await expect.poll(() => page.getByTestId('sync-badge').count()).toBe(0)
})

test('what was deleted comes back, and a version is looked at and restored, beside the file of today too', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, 'sync/sf_notes00001')
  const rows = page.getByTestId('space-entry')
  await expect.poll(() => rows.count()).toBe(4)
  await page.getByRole('switch', { name: 'Show deleted' }).press('Space')
  await expect.poll(() => rows.count()).toBe(6)
  await picture(page, 'sync-files-deleted')
  await page.getByRole('button', { name: 'Bring old journal back' }).press('Enter')
  await page.getByText('old journal is back, with 31 files.').waitFor()
  expect(lastAsked(double, 'sync.restore')).toEqual({ id: 'sf_notes00001', path: 'old journal' })
  await page.getByRole('button', { name: 'Open work' }).press('Enter')
  await page.getByRole('button', { name: 'Versions of report.txt' }).press('Enter')
  const dialog = page.getByRole('dialog')
  const versions = dialog.getByTestId('version')
  await expect.poll(() => versions.count()).toBe(4)
  await versions
    .nth(3)
    .getByRole('button', { name: /^Look at/ })
    .press('Enter')
  await dialog.getByTestId('preview').getByText('as of slot 1').waitFor()
  await versions
    .nth(2)
    .getByRole('button', { name: /under another name$/ })
    .press('Enter')
  const named = dialog.getByLabel('Name in the shared folder')
  await expect.poll(() => named.inputValue()).toMatch(/^work\/report \(\d{4}-\d\d-\d\d\)\.txt$/)
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'sync-versions')
  await named.fill('work/report before.txt')
  await named.press('Enter')
  await page.getByText('work/report before.txt is back.').waitFor()
  expect(lastAsked(double, 'sync.restore')).toEqual({
    id: 'sf_notes00001',
    path: 'work/report.txt',
    slot: 4,
    as: 'work/report before.txt',
  })
  await page.getByRole('button', { name: 'All files' }).press('Enter')
  await expect.poll(() => rows.count()).toBe(6)
})

test('what waits can be left aside and taken back; what was done is listed', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await visit(page, 'sync/sf_notes00001')
  await page.getByRole('tab', { name: 'What waits (3)' }).press('Enter')
  await page.getByText('2 changes wait. 1 is left aside.').waitFor()
  await expect
    .poll(() => page.getByTestId('sync-totals').innerText())
    .toMatch(/99% of 214 syncs[\s\S]*2 secs/)
  await page.getByRole('button', { name: 'Leave chapter 3.md aside' }).press('Enter')
  await page.getByText('1 change waits. 2 are left aside.').waitFor()
  expect(lastAsked(double, 'sync.drop')).toEqual({ id: 'sf_notes00001', on: true, keys: ['k1'] })
  await page.getByRole('button', { name: 'Take all back' }).press('Enter')
  await page.getByText('3 changes wait.').waitFor()
  expect(lastAsked(double, 'sync.drop')).toEqual({ id: 'sf_notes00001', on: false })
  await page.getByRole('tab', { name: 'Activity' }).click()
  const activity = page.getByTestId('activity')
  await activity.getByText('work/3/notes.md').waitFor()
  await expect.poll(() => activity.innerText()).toMatch(/failed/)
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'sync-activity')
})

test('whoever only syncs is no newcomer', async () => {
  const world = newWorld()
  world.state.syncs = calmWorld().state.syncs
  const { page } = await windowOnto(world)
  await page.getByTestId('sync-summary').waitFor()
  await expect.poll(() => page.getByTestId('first-run').count()).toBe(0)
})

test('without a folder the page leads to one; in sync it says so, on the status page too', async () => {
  const world = calmWorld()
  world.state.syncs = {}
  const empty = await windowOnto(world)
  await visit(empty.page, 'sync')
  await empty.page.getByText('Nothing is synced yet.').waitFor()
  await expect.poll(() => empty.page.getByRole('link', { name: 'Sync a folder' }).count()).toBe(1)
  await picture(empty.page, 'sync-empty')
  expect(await axeFindings(empty.page)).toEqual([])
  const { page } = await windowOnto(calmWorld())
  await page.getByTestId('sync-summary').getByText('Everything is in sync.').waitFor()
  await expect.poll(() => page.getByTestId('sync-badge').count()).toBe(0)
  await visit(page, 'sync')
  await page.getByTestId('sync-verdict').getByText('Everything is in sync.').waitFor()
  await picture(page, 'sync-calm')
  await visit(page, 'sync/conflicts')
  await page.getByText('No conflicts. Both sides agree.').waitFor()
  await picture(page, 'sync-no-conflicts')
})

test.each([
  { name: 'small', width: 900, height: 600, scale: 1 },
  { name: 'doubled', width: 620, height: 430, scale: 2 },
])('nothing is cut off or pushed aside: $name', async ({ name, width, height, scale }) => {
  const { page } = await windowOnto(busyWorld(), { settings: { language: 'fr', theme: 'dark' } })
  await page.setViewportSize({ width, height })
  expect(scale).toBeGreaterThan(0)
  for (const route of [
    'sync',
    'sync/conflicts',
    'sync/conflicts%2Fcf_marked0001',
    'sync/sf_notes00001',
    'sync/sf_drafts0001%2Fqueue',
    'sync/figures',
  ]) {
    await visit(page, route)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await atRest(page)
    await expect.poll(() => sideways(page), { message: route }).toBe(0)
    await picture(page, `sync-${name}-${route.replaceAll(/\W|%2F/g, '-')}`)
  }
})
