import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Settings } from '../../main/contract/index.ts'
import { atRest, axeFindings, type OpenWindow, picture, typeAskedWords, visit } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { KIT_WORDS, newSnapshotWorld, snapshotWorld } from './window-snapshot-world.ts'

const windowOnto = windowsOfFile()

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true })

const inputsOf = (window: OpenWindow, wanted: string): unknown[] =>
  window.double.asked.filter(({ name }) => name === wanted).map(({ input }) => input)

test('a first backup is an encrypted snapshot, and its kit is made and proven beside it', async () => {
  const window = await windowOnto(newSnapshotWorld())
  const { page } = window
  await button(page, 'Create my first backup').click()
  await page.getByTestId('total').getByText('files').waitFor()
  await button(page, 'Next').click()
  await page.getByRole('button', { name: /^Disk or network folder/ }).click()
  await page.getByLabel('Folder', { exact: true }).fill('/media/ada/blue')
  await button(page, 'Add this place').click()
  await page.getByRole('radio', { name: /^Encrypted snapshots/ }).waitFor()
  await expect.poll(() => page.getByRole('radio', { name: /^Encrypted snapshots/ }).isChecked()).toBe(true)
  await picture(page, 'snapshot-where')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Start the first backup').click()

  await page.locator('[data-testid=kit-offer][data-proven=false]').waitFor()
  await picture(page, 'snapshot-offer')
  await button(page, 'Make my recovery kit').click()
  await button(page, 'Make the 24 words').click()
  await page.getByTestId('kit-words').getByText('sausage').first().waitFor()
  await picture(page, 'snapshot-words')
  expect(await axeFindings(page)).toEqual([])

  // For the printer the page stands alone, in its own styles.
  await page.emulateMedia({ media: 'print' })
  await picture(page, 'snapshot-print')
  await expect.poll(() => page.getByTestId('kit-words').isVisible()).toBe(false)
  await expect.poll(() => page.locator('[data-print] h1').isVisible()).toBe(true)
  // The margins of the sheet count for the document only; in a shadow root they would say nothing.
  expect(
    await page.evaluate(() => document.adoptedStyleSheets.map((sheet) => sheet.cssRules[0]?.cssText)),
  ).toEqual([expect.stringMatching(/^@page \{ margin: 12mm 15mm/)])
  await page.emulateMedia({ media: 'screen' })
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    button(page, 'Save the page…').click(),
  ])
  expect(download.suggestedFilename()).toBe('everstow-kit-7f3a9c1e.html')

  await button(page, 'I have it: prove it').click()
  await expect.poll(() => page.getByTestId('kit-words').count()).toBe(0)
  await page
    .getByLabel(/^Word \d+$/)
    .first()
    .fill('wrong')
  await button(page, 'Prove the kit').click()
  await page
    .getByText(/^This is not word/)
    .first()
    .waitFor()
  await picture(page, 'snapshot-check')
  expect(await axeFindings(page)).toEqual([])
  await typeAskedWords(page, KIT_WORDS)
  await button(page, 'Prove the kit').click()
  await page.getByText('It works. These words open your backups.').waitFor()
  await button(page, 'Done').click()
  await page.locator('[data-testid=kit-offer][data-proven=true]').waitFor()

  expect(inputsOf(window, 'plan.add')).toMatchObject([{ format: 'snapshot' }])
  expect(inputsOf(window, 'key.confirmKit')).toMatchObject([{ words: KIT_WORDS.join(' ') }])
  // The words left the window with their dialog.
  expect(await page.content()).not.toContain('sausage')
  expect(window.complaints).toEqual([])
})

test('what waits is listed with its reason, and taking it out says what that means', async () => {
  const window = await windowOnto(snapshotWorld())
  const { page } = window
  await visit(page, 'backups')
  const outbox = page.getByTestId('outbox')
  await outbox.getByTestId('outbox-item').nth(2).waitFor()
  await outbox.getByText('Only on this computer so far').waitFor()
  await outbox.getByText(/tried 3 times · /).waitFor()
  await outbox.scrollIntoViewIfNeeded()
  await picture(page, 'outbox')

  await outbox.getByRole('button', { name: /to Blue USB disk…$/ }).click()
  await page.getByText(/^No place has this backup yet/).waitFor()
  await picture(page, 'outbox-give-up')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Cancel').click()
  await outbox.getByRole('button', { name: /to Cloudflare R2…$/ }).click()
  await button(page, 'Do not copy it to Cloudflare R2').click()
  await outbox.getByTestId('outbox-item').nth(2).waitFor({ state: 'hidden' })

  await button(page, 'Clear the list…').click()
  await page.getByText('1 more is kept: its backup is in no place yet.').waitFor()
  await button(page, 'Take 1 copy out').click()
  await expect.poll(() => outbox.getByTestId('outbox-item').count()).toBe(1)
  await outbox.getByLabel('Work offline').click()
  await expect.poll(() => button(page, 'Send now').isDisabled()).toBe(true)

  expect(inputsOf(window, 'outbox.remove')).toEqual([
    { backupId: 'backup_000', placeId: 'p_r2aaaaaaa1', evenUnsaved: false },
  ])
  expect(inputsOf(window, 'outbox.clear')).toEqual([{ evenUnsaved: false }])
  expect(inputsOf(window, 'offline.set')).toEqual([{ on: true }])
  expect(window.complaints).toEqual([])
})

test('a snapshot says how its copies are, and finds out anew when asked', async () => {
  const window = await windowOnto(snapshotWorld())
  const { page } = window
  await visit(page, 'backups/backup_002')
  const health = page.getByTestId('health')
  await health.getByText(/^Restore last proven/).waitFor()
  await health.getByText(/^The last try from here failed/).waitFor()
  await button(page, 'Keep for ever').click()
  await button(page, 'Let the rules decide').waitFor()

  await button(page, 'Check now').click()
  await health.getByText(/^Blue USB disk: 1 object is damaged or missing/).waitFor()
  await health.getByText('Pictures/île de Ré.jpg').waitFor()
  await atRest(page)
  await picture(page, 'health-damaged')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Check and mend').click()
  await health.getByText('Blue USB disk: 1 damaged object mended.').waitFor()
  await button(page, 'Try a restore').click()
  await health.getByText(/^Blue USB disk: 50 files came back, all of them right/).waitFor()

  expect(inputsOf(window, 'backup.pin')).toEqual([{ id: 'backup_002', pinned: true }])
  expect(inputsOf(window, 'backup.verify')).toMatchObject([{ heal: false }, { heal: true }])
  expect(inputsOf(window, 'backup.drill')).toMatchObject([{ planId: 'pl_documents', files: 50 }])
  expect(window.complaints).toEqual([])
})

test('a plan is held back by power, network and hours', async () => {
  const window = await windowOnto(snapshotWorld())
  const { page } = window
  await visit(page, 'backups')
  // A card says what holds its plan back; the next run stands in it once.
  const why = page.getByTestId('plan-why')
  await why.getByText(/^Changes cannot be watched: .* So it runs every hour\.$/).waitFor()
  await expect.poll(() => why.count()).toBe(1)
  await expect.poll(() => page.getByText('It is due').count()).toBe(0)
  await picture(page, 'plan-cards')
  await button(page, 'Actions for Documents and pictures').click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'How often' }).click()
  await page.getByRole('option', { name: 'When files change' }).click()
  await dialog.getByLabel('Only when one of its places can be reached').check()
  await dialog.getByLabel('Only on mains power').check()
  await dialog.getByLabel('Only with a network').check()
  await dialog.getByLabel('Only where the network costs nothing extra').check()
  // Each says whether it holds now; what nobody can tell is said, too.
  await dialog.getByText('This computer cannot tell now, so it holds nothing back.').waitFor()
  await expect.poll(() => dialog.getByText('So it is now.').count()).toBe(2)
  await expect.poll(() => dialog.getByText('Not so now: it would wait.').count()).toBe(1)
  await dialog.getByTestId('why-not').getByText('Now: Waiting for one of its places.').waitFor()
  await dialog.getByLabel('Only where the network costs nothing extra').uncheck()
  await dialog.getByLabel('Not in these hours').check()
  await dialog.getByLabel('Quiet from').fill('21:30')
  await dialog.getByLabel('Quiet until').scrollIntoViewIfNeeded()
  await atRest(page)
  await picture(page, 'plan-conditions')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Save').click()
  await dialog.waitFor({ state: 'hidden' })
  expect(inputsOf(window, 'plan.update')).toMatchObject([
    {
      change: {
        schedule: 'on-change',
        waitFor: ['mains', 'online', 'reachable'],
        quietHours: '21:30-07:00',
      },
    },
  ])
  expect(window.complaints).toEqual([])
})

test('a place holds its copies back, says so, and lets go again', async () => {
  const window = await windowOnto(snapshotWorld())
  const { page } = window
  await visit(page, 'places')
  const card = page.getByTestId('place-card').first()
  const dialog = page.getByRole('dialog')
  const edit = async (): Promise<void> => {
    await card.getByRole('button', { name: /^Change / }).click()
    await dialog.getByRole('button', { name: 'Advanced' }).click()
  }
  await edit()
  await dialog.getByLabel('Only where the network costs nothing extra').check()
  await dialog.getByLabel('Not in these hours').check()
  await dialog.getByLabel('Quiet until').scrollIntoViewIfNeeded()
  await atRest(page)
  await picture(page, 'place-conditions')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Save the place').click()
  await dialog.waitFor({ state: 'hidden' })
  await card
    .getByText('Copies wait for a network that costs nothing extra. No copies at 22:00-07:00.')
    .waitFor()
  await picture(page, 'place-held')
  await edit()
  await dialog.getByLabel('Only where the network costs nothing extra').uncheck()
  await dialog.getByLabel('Not in these hours').uncheck()
  await button(page, 'Save the place').click()
  await dialog.waitFor({ state: 'hidden' })
  expect(inputsOf(window, 'place.update')).toMatchObject([
    { change: { waitFor: ['unmetered'], quietHours: '22:00-07:00' } },
    { change: { waitFor: [], quietHours: '' } },
  ])
  expect(window.complaints).toEqual([])
})

test('rules are tried on what is there before they count, and thinning out can be taken back', async () => {
  const window = await windowOnto(snapshotWorld())
  const { page } = window
  await visit(page, 'backups')
  await button(page, 'Actions for Documents and pictures').click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Newest').fill('60')
  await dialog.getByTestId('place-preview').first().getByText('72 stay, 88 go').waitFor()
  await dialog.getByLabel('Another rule for Amazon S3').check()
  await dialog.getByTestId('keep-preview').scrollIntoViewIfNeeded()
  await atRest(page)
  await picture(page, 'retention-plan')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Save').click()
  await dialog.waitFor({ state: 'hidden' })
  expect(inputsOf(window, 'plan.update')).toMatchObject([
    {
      change: {
        keep: 'last:60,daily:14,weekly:8,monthly:12',
        keepAt: { p_s3aaaaaaa1: 'last:7,daily:14,weekly:8,monthly:12,yearly:5' },
      },
    },
  ])

  await button(page, 'Thin out…').click()
  await page.getByText('Nothing has to go: the rules want every snapshot that is there.').waitFor()
  await button(page, 'Cancel').click()
  expect(window.complaints).toEqual([])
})

test('what goes is shown first and can be taken back', async () => {
  const world = snapshotWorld()
  const strict: typeof world = {
    state: world.state,
    answer: (name, input, patch) =>
      name === 'retention.preview'
        ? world.answer('retention.preview', { keep: 'last:20' }, patch)
        : world.answer(name, input, patch),
  }
  const window = await windowOnto(strict)
  const { page } = window
  await visit(page, 'backups')
  await button(page, 'Thin out…').click()
  await button(page, 'Forget 123 snapshots').waitFor()
  await picture(page, 'retention-thin')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Forget 123 snapshots').click()
  await page
    .getByTestId('pruned')
    .getByText(/2 forgotten. 2.4 GB are given back after/)
    .waitFor()
  await button(page, 'Take it back').click()
  await page.getByText('2 snapshots are back.').waitFor()
  expect(inputsOf(window, 'backup.prune')).toMatchObject([{ dryRun: false, confirmed: true }])
})

test('what opens the backups is listed, added to, changed and taken away', async () => {
  const window = await windowOnto(snapshotWorld())
  const { page } = window
  await visit(page, 'settings')
  const security = page.getByTestId('security')
  await security.getByText(/^No proven kit/).waitFor()
  // The only way in stays.
  await expect.poll(() => security.getByRole('button', { name: /^Remove / }).count()).toBe(0)

  await button(page, 'Add a passphrase…').click()
  await page.getByLabel('What it is for').fill('Family')
  await page.getByLabel('Passphrase', { exact: true }).fill('short')
  await button(page, 'Add the passphrase').click()
  await page.getByText('Use at least 12 characters; several words are good.').waitFor()
  await page.getByLabel('Passphrase', { exact: true }).fill('canary seven boats')
  await page.getByLabel('The same once more').fill('canary seven boats')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Add the passphrase').click()
  await security.getByText('Family', { exact: true }).waitFor()
  expect(await page.content()).not.toContain('canary')

  await security.scrollIntoViewIfNeeded()
  await picture(page, 'security')
  await button(page, 'Change the keys…').click()
  await page.getByLabel('Also store everything anew with the new keys').check()
  await picture(page, 'rotate-keys')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Change the keys and make a new kit').click()
  await page.getByTestId('kit-words').waitFor()
  await button(page, 'I have it: prove it').click()
  await typeAskedWords(page, KIT_WORDS)
  await button(page, 'Prove the kit').click()
  await button(page, 'Done').click()
  await security.getByText('These do not open new backups any more: Phrase of Grace.').waitFor()
  await security.getByText(/^24 words on paper, proven/).waitFor()
  expect(inputsOf(window, 'key.rotate')).toMatchObject([{ renews: true }])
  await security.getByText('Blue USB disk: 640 packs stored anew (88.4 GB).').waitFor()
  expect(inputsOf(window, 'repository.renew')).toHaveLength(1)
  await picture(page, 'renewed')
  expect(await axeFindings(page)).toEqual([])

  await button(page, 'Remove Family…').click()
  await button(page, 'Remove Family').click()
  await security.getByText('Family', { exact: true }).waitFor({ state: 'hidden' })
  expect(inputsOf(window, 'key.remove')).toMatchObject([{ slotId: 'd87c92d9a8766460' }])
  expect(window.complaints).toEqual([])
})

test('a place shows its repository; another one is opened with words that are checked as they are typed', async () => {
  const window = await windowOnto(snapshotWorld())
  const { page } = window
  await visit(page, 'places')
  const disk = page.getByRole('group', { name: 'Blue USB disk' })
  await disk.getByTestId('place-repository').getByText('212', { exact: true }).waitFor()
  await picture(page, 'place-repository')
  await button(page, 'Open the backups that lie at Cloudflare R2…').click()
  const words = page.getByRole('textbox', { name: 'The 24 words' })
  await words.fill('1. Legal, 2. winnr 3. thank ')
  await page.getByText('Word 2 is not in the list: winnr').waitFor()
  await page.getByText('3 of 24 words').waitFor()
  await picture(page, 'adopt')
  expect(await axeFindings(page)).toEqual([])
  expect(await button(page, 'Open').isDisabled()).toBe(true)
  await words.fill(KIT_WORDS.join(' '))
  await button(page, 'Open').click()
  await page.getByText('34 backups are in the list now.').waitFor()
  expect(await page.content()).not.toContain('sausage')
  await button(page, 'Done').click()
  expect(window.complaints).toEqual([])
})

test('a file is found over all backups, and two snapshots are compared', async () => {
  const window = await windowOnto(snapshotWorld())
  const { page } = window
  await visit(page, 'backups')
  const find = page.getByTestId('find')
  await find.getByLabel('Name of a file or folder').fill('contract')
  await find.getByText('Documents/2024/contract draft.odt').waitFor()
  await find.getByText(/in 12 backups, newest/).waitFor()
  await find.scrollIntoViewIfNeeded()
  await picture(page, 'find')
  await find.getByRole('textbox').fill('draft')
  await find.getByText('Not searched: Attic, USB disk. What is there alone is missing here.').waitFor()
  await picture(page, 'find-away')
  await find.getByRole('textbox').fill('contract')
  await page.getByRole('link', { name: /contract signed/ }).click()
  const changes = page.getByTestId('changes')
  await changes.getByText('2 new, 1 changed, 1 gone').waitFor()
  await changes.scrollIntoViewIfNeeded()
  await atRest(page)
  await picture(page, 'changes')
  expect(await axeFindings(page)).toEqual([])
  // Compared with the one before it of the same plan.
  expect(inputsOf(window, 'backup.diff')).toMatchObject([{ from: 'backup_004', to: 'backup_002' }])
  expect(window.complaints).toEqual([])
})

/** Both themes and both languages, two at a time. */
const looks: { settings: Partial<Settings>; name: string }[] = [
  { name: 'light-en', settings: { theme: 'light', language: 'en' } },
  { name: 'dark-fr', settings: { theme: 'dark', language: 'fr' } },
]

const stops: { name: string; route: string; ready: (page: Page) => Promise<unknown> }[] = [
  {
    name: 'security',
    route: 'settings',
    ready: async (page) => {
      await page.getByTestId('slot').waitFor()
      await page.getByTestId('security').scrollIntoViewIfNeeded()
    },
  },
  { name: 'outbox', route: 'backups', ready: (page) => page.getByTestId('outbox-item').first().waitFor() },
  { name: 'health', route: 'backups/backup_004', ready: (page) => page.getByTestId('health').waitFor() },
  {
    name: 'places',
    route: 'places',
    ready: (page) => page.getByTestId('place-repository').first().waitFor(),
  },
  {
    name: 'plan',
    route: 'backups/new',
    ready: (page) => page.getByRole('dialog').getByRole('radio').first().waitFor(),
  },
]

test.each(looks)(
  'what is new for snapshots is clean for axe and silent in the console: $name',
  async ({ name, settings }) => {
    const { page, complaints } = await windowOnto(snapshotWorld(), { settings })
    await page.getByTestId('hero').waitFor()
    const found: string[] = []
    for (const stop of stops) {
      await visit(page, stop.route)
      await stop.ready(page)
      await atRest(page)
      await picture(page, `snapshot-${stop.name}-${name}`)
      for (const finding of await axeFindings(page)) found.push(`${stop.name}: ${finding}`)
    }
    expect(found).toEqual([])
    expect(complaints).toEqual([])
  },
)
