import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { pages } from '../../renderer/store/route.ts'
import { axeFindings, visit } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { busyMirrors } from './window-mirrors-world.ts'
import { snapshotWorld } from './window-snapshot-world.ts'
import { busyWorld } from './window-world.ts'

/** Every dialog there is, in both themes; whoever makes one more finds it missing here. */
const windowOnto = windowsOfFile()
const renderer = join(import.meta.dirname, '../../renderer')

/** What makes a dialog; the two that are made for others are looked at where they are used. */
const DIALOG = /<(?:Modal|Drawer|TitledDialog|ConfirmDialog)\b/g
const FOR_OTHERS = ['components/titled-dialog.tsx', 'components/confirm-dialog.tsx']

interface Dialog {
  /** The file it is written in, and what it is called. */
  readonly of: string
  readonly name: RegExp
  readonly route: string
  /** Buttons, links and menu items to press on the way. */
  readonly by?: readonly (string | RegExp)[]
  /** What has to be there first. */
  readonly after?: (page: Page) => Promise<void>
}

const worlds = {
  busy() {
    const world = busyWorld()
    world.state.mirrors = busyMirrors
    return world
  },
  snapshots: snapshotWorld,
}

const dialogs: Record<keyof typeof worlds, readonly Dialog[]> = {
  busy: [
    {
      of: 'components/forms/folder-dialog.tsx',
      name: /^Choose a folder/,
      route: 'sync/new',
      by: ['Choose…'],
    },
    {
      of: 'components/kept-folder/kept-folder-actions.tsx',
      name: /^Stop syncing Notes/,
      route: 'sync',
      by: ['Actions for Notes', 'Stop syncing…'],
    },
    {
      of: 'features/api-keys/api-keys.tsx',
      name: /^Take “.*” away\?/,
      route: 'settings',
      by: [/^Take key .* away$/],
    },
    { of: 'features/api-keys/new-key.tsx', name: /^New API key/, route: 'settings', by: ['New key…'] },
    { of: 'features/backups/backup-details.tsx', name: /^Backup details/, route: 'backups/backup_004' },
    {
      of: 'features/backups/cleanup.tsx',
      name: /^Clean up old backups/,
      route: 'backups',
      by: ['Clean up…'],
    },
    { of: 'features/backups/plan-dialog.tsx', name: /^New plan/, route: 'backups/new' },
    {
      of: 'features/backups/plans.tsx',
      name: /^Remove Documents and pictures\?/,
      route: 'backups',
      by: ['Actions for Documents and pictures', 'Remove the plan…'],
    },
    {
      of: 'features/databases/cluster-actions.tsx',
      name: /^Settings for the server of shop/,
      route: 'databases',
      by: [/^Server settings of shop/],
    },
    {
      of: 'features/databases/cluster-actions.tsx',
      name: /shop/,
      route: 'databases',
      by: [/^(Remove|Stop|No longer).* shop/],
    },
    {
      of: 'features/databases/protect-dialog.tsx',
      name: /^Protect a database/,
      route: 'databases',
      by: ['Protect a database…'],
    },
    {
      of: 'features/databases/recover-dialog.tsx',
      name: /^Recover shop/,
      route: 'databases',
      by: ['Recover shop to a moment…'],
    },
    {
      of: 'features/explore/clients/client-dialog.tsx',
      name: /^New key that reads data/,
      route: 'explore/access',
      by: ['New key…'],
    },
    {
      of: 'features/explore/clients/clients.tsx',
      name: /^Take the key of .* away\?/,
      route: 'explore/access',
      by: [/^Take key .* away$/],
    },
    {
      of: 'features/mirrors/file-versions.tsx',
      name: /^Versions of beach\.jpg/,
      route: 'sync/mirrors%2Fmi_photos0001',
      by: ['Open 2026', 'Versions of beach.jpg'],
    },
    { of: 'features/mirrors/mirror-dialog.tsx', name: /^Mirror a folder/, route: 'sync/mirrors%2Fnew' },
    {
      of: 'features/mirrors/preview-dialog.tsx',
      name: /^What a run of .* would do/,
      route: 'sync/mirrors',
      by: ['Look at them'],
    },
    {
      of: 'features/places/env-import.tsx',
      name: /^Import settings of an older system/,
      route: 'places',
      by: ['Import settings…'],
    },
    {
      of: 'features/places/place-card.tsx',
      name: /^Remove Amazon S3\?/,
      route: 'places',
      by: ['Remove Amazon S3…'],
    },
    { of: 'features/places/place-dialog.tsx', name: /^Add a place/, route: 'places/new' },
    {
      of: 'features/restore/undo-dialog.tsx',
      name: /^Undo the restore/,
      route: 'restore',
      by: [/^Undo the restore of/],
    },
    {
      of: 'features/settings/alerts.tsx',
      name: /^Remove .*\?/,
      route: 'settings',
      by: [/^Remove (?!.*…).*/],
    },
    {
      of: 'features/settings/channel-dialog.tsx',
      name: /^New alert channel/,
      route: 'settings',
      by: ['Add a channel…'],
    },
    { of: 'features/sync/dialogs/add-dialog.tsx', name: /^Sync a folder/, route: 'sync/new' },
    {
      of: 'features/sync/dialogs/check-dialog.tsx',
      name: /^Check Notes/,
      route: 'sync',
      by: ['Actions for Notes', 'Check this folder…'],
    },
    {
      of: 'features/sync/dialogs/edit-dialog.tsx',
      name: /^How Notes is synced/,
      route: 'sync',
      by: ['Actions for Notes', 'What is synced, and who wins…'],
    },
    {
      of: 'features/sync/folder/file-versions.tsx',
      name: /^Versions of report\.txt/,
      route: 'sync/sf_notes00001',
      by: ['Open work', 'Versions of report.txt'],
    },
    {
      of: 'features/sync/dialogs/invite-dialog.tsx',
      name: /^Invite another device/,
      route: 'sync',
      by: [/^Invite .*Notes/],
    },
    {
      of: 'features/sync/conflicts/settle-all.tsx',
      name: /^Keep both everywhere/,
      route: 'sync/conflicts',
      by: [/^Decide all/, 'Keep both everywhere'],
    },
  ],
  snapshots: [
    {
      of: 'features/outbox/clear-outbox.tsx',
      name: /^Stop sending everything/,
      route: 'backups',
      by: ['Clear the list…'],
    },
    {
      of: 'features/outbox/remove-item.tsx',
      name: /^Stop sending to/,
      route: 'backups',
      by: [/^Do not send the backup of/],
    },
    {
      of: 'features/recovery/adopt-dialog.tsx',
      name: /^Open the backups at Cloudflare R2/,
      route: 'places',
      by: ['Open the backups that lie at Cloudflare R2…'],
    },
    {
      of: 'features/recovery/kit-dialog.tsx',
      name: /^Recovery kit/,
      route: 'settings',
      by: [/^Make (a new|the recovery) kit…$/],
    },
    {
      of: 'features/retention/thin-out.tsx',
      name: /^Thin out snapshots now/,
      route: 'backups',
      by: ['Thin out…'],
    },
    {
      of: 'features/security/add-passphrase.tsx',
      name: /^Add a passphrase/,
      route: 'settings',
      by: ['Add a passphrase…'],
    },
    {
      of: 'features/security/repository-keys.tsx',
      name: /^Remove .*\?/,
      route: 'settings',
      by: ['Remove Family…'],
      // The only way in cannot be removed.
      after: async (page) => {
        await page.getByRole('button', { name: 'Add a passphrase…' }).click()
        await page.getByLabel('What it is for').fill('Family')
        await page.getByLabel('Passphrase', { exact: true }).fill('seven boats at sea')
        await page.getByLabel('The same once more').fill('seven boats at sea')
        await page.getByRole('button', { name: 'Add the passphrase' }).click()
      },
    },
    {
      of: 'features/security/rotate-keys.tsx',
      name: /^Change the keys\?/,
      route: 'settings',
      by: ['Change the keys…'],
    },
  ],
}

async function open(page: Page, { name, route, by = [], after }: Dialog) {
  await visit(page, route)
  await after?.(page)
  for (const each of by)
    await page
      .getByRole('button', { name: each, exact: true })
      .or(page.getByRole('link', { name: each, exact: true }))
      .or(page.getByRole('menuitem', { name: each, exact: true }))
      .first()
      .click()
  const dialog = page.getByRole('dialog', { name })
  await dialog.waitFor()
  return dialog
}

test.each(Object.keys(worlds) as (keyof typeof worlds)[])(
  'every dialog of the %s window is clean for axe, light and dark',
  async (kind) => {
    const world = worlds[kind]()
    const { page, double } = await windowOnto(world, { settings: { theme: 'light', language: 'en' } })
    const found: string[] = []
    for (const dialog of dialogs[kind]) {
      const opened = await open(page, dialog)
      for (const theme of ['light', 'dark'] as const) {
        double.patch('settings', { current: { ...world.state.settings.current, theme } })
        await page.locator(`html[data-mantine-color-scheme=${theme}]`).waitFor()
        for (const finding of await axeFindings(page, '[role=dialog]'))
          found.push(`${dialog.of} ${dialog.name} (${theme}): ${finding}`)
      }
      await visit(page, 'status')
      await page.keyboard.press('Escape')
      await opened.waitFor({ state: 'hidden' })
    }
    expect(found).toEqual([])
  },
)

test('no dialog and no page is left out', () => {
  const files = readdirSync(renderer, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.tsx') && !FOR_OTHERS.includes(path))
  const written = files.flatMap((path) =>
    (readFileSync(join(renderer, path), 'utf8').match(DIALOG) ?? []).map(() => path),
  )
  const looked = Object.values(dialogs).flatMap((each) => each.map(({ of }) => of))
  expect(written.length).toBeGreaterThan(30)
  expect([...looked].sort()).toEqual([...written].sort())

  const visited = readFileSync(join(import.meta.dirname, 'window-pages.test.ts'), 'utf8')
  const routes = [...visited.matchAll(/route: '([a-z]+)/g)].map(([, route]) => route)
  expect(pages.filter((page) => !routes.includes(page))).toEqual([])
})
