import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { atRest, axeFindings, type OpenWindow, picture, sideways, visit } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { busyWorld, calmWorld, newWorld, withWorkHeld } from './window-world.ts'

const windowOnto = windowsOfFile()

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true })

/** Names of the calls made, without those that only read. */
const deeds = ({ double }: OpenWindow): string[] =>
  double.asked
    .map(({ name }) => name)
    .filter((name) => !/^(app\.|source\.|.*\.(list|get|files|browse)$)/.test(name))

test('from nothing to a running backup', async () => {
  const world = withWorkHeld(newWorld())
  const window = await windowOnto(world)
  const { page, double } = window
  await button(page, 'Create my first backup').click()
  await page.getByTestId('total').getByText('6.9 GB in 16,084 files').waitFor()
  await page.getByLabel('Back up /home/ada/Desktop').uncheck()
  await page.getByTestId('total').getByText('5.2 GB in 12,063 files').waitFor()

  await button(page, 'Add a folder').click()
  await button(page, 'Open Music').click()
  await button(page, 'Use this folder').click()
  await page.getByLabel('Back up /home/ada/Music').waitFor()
  await button(page, 'Next').click()

  await page.getByRole('button', { name: /^Cloudflare R2/ }).click()
  await button(page, 'Test').click()
  await expect.poll(() => page.getByText('This is needed.').count()).toBe(4)
  await page.getByLabel('Account id').fill('9f3c')
  await page.getByLabel('Bucket').fill('wrong')
  await page.getByLabel('Access key id').fill('AK')
  await page.getByLabel('Secret access key').fill('very-secret-canary')
  await button(page, 'Test').click()
  await page.getByTestId('test-failed').getByText('Cloudflare R2 refused the key.').waitFor()
  await picture(page, 'flow-test-failed')
  expect(await axeFindings(page)).toEqual([])

  await page.getByLabel('Bucket').fill('ada-r2')
  await button(page, 'Test').click()
  await page.getByTestId('test-passed').waitFor()
  await picture(page, 'flow-test-passed')
  await button(page, 'Add this place').click()
  await page.getByTestId('your-places').getByText('Cloudflare R2').waitFor()
  await page.getByText('Safer with two').waitFor()
  await picture(page, 'flow-where')
  await button(page, 'Start the first backup').click()
  await page.locator('[data-testid=started][data-state=running]').waitFor()
  await picture(page, 'flow-started')
  world.letEnd()
  await page.locator('[data-testid=started][data-state=done]').waitFor()
  await button(page, 'Show my status').click()
  await page.getByTestId('hero').waitFor()

  expect(deeds(window)).toEqual(['place.test', 'place.test', 'place.add', 'plan.add', 'backup.start'])
  expect(double.asked.find(({ name }) => name === 'plan.add')?.input).toMatchObject({
    name: 'My files',
    sources: ['/home/ada/Documents', '/home/ada/Pictures', '/home/ada/Projects', '/home/ada/Music'],
    excludePresets: ['caches', 'build', 'temporary'],
  })
  // The place was tested with these very values a moment ago; it is not tested twice.
  expect(double.asked.find(({ name }) => name === 'place.add')?.input).toMatchObject({ test: false })
  expect(await page.content()).not.toContain('very-secret-canary')
  expect(window.complaints).toEqual([])
})

test('a new computer finds the backups that a place holds', async () => {
  const window = await windowOnto(newWorld())
  const { page } = window
  await button(page, 'Restore from an existing backup').click()
  await page.getByRole('button', { name: /^Disk or network folder/ }).click()
  await page.getByLabel('Folder', { exact: true }).fill('/media/ada/blue')
  await button(page, 'Add this place').click()
  await page.getByText('12 backups found').waitFor()
  await button(page, 'Choose what to restore').click()
  await page.getByRole('heading', { name: 'Restore' }).waitFor()
  expect(deeds(window)).toEqual(['place.add', 'catalogue.rebuild'])
})

test('two files come back to where a person wants them', async () => {
  const window = await windowOnto(calmWorld())
  const { page, double } = window
  await visit(page, 'restore')
  await page.getByText('Only some files').click()
  expect(await button(page, 'Next').isDisabled()).toBe(true)
  await page.getByLabel('Choose notes.md').check()
  await button(page, 'Open Documents').click()
  await page.getByLabel('Choose budget.ods').check()
  await page.getByTestId('basket').getByText('Documents/budget.ods').waitFor()
  await page.getByLabel('Search files').fill('île')
  await page.getByLabel('Choose île de Ré.jpg').waitFor()
  await picture(page, 'flow-basket')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Next').click()
  await page.getByTestId('basket-sum').getByText('1.5 GB').waitFor()
  await expect.poll(() => page.getByTestId('basket-row').count()).toBe(2)
  await button(page, 'Next').click()

  await page.getByLabel('Folder', { exact: true }).waitFor()
  await expect
    .poll(() => page.getByLabel('Folder', { exact: true }).inputValue())
    .toBe('/home/ada/Documents (restored)')
  await picture(page, 'flow-target')
  expect(await axeFindings(page)).toEqual([])

  // A full disk: the check fails and nothing can be started.
  await page.getByText('Another folder').click()
  await page.getByLabel('Folder', { exact: true }).fill('/mnt/full')
  await button(page, 'Next').click()
  await page.getByText('There is not enough space: 1.2 GB free, 4.3 GB needed.').waitFor()
  expect(await button(page, 'Start the restore').isDisabled()).toBe(true)
  await picture(page, 'flow-locked')

  // A folder with files: a tick is asked.
  await button(page, 'Back').click()
  await page.getByLabel('Folder', { exact: true }).fill('/home/ada/Mixed')
  await button(page, 'Next').click()
  await page.getByText('/home/ada/Mixed already holds files.').waitFor()
  expect(await button(page, 'Start the restore').isDisabled()).toBe(true)
  await page.getByLabel('Yes, add to /home/ada/Mixed although it is not empty').check()
  await picture(page, 'flow-check')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Start the restore').click()
  await page.locator('[data-testid=restore-report][data-state=done]').waitFor()
  await button(page, 'Open the folder').waitFor()
  await picture(page, 'flow-report')
  expect(await axeFindings(page)).toEqual([])
  expect(double.asked.find(({ name }) => name === 'restore.start')?.input).toMatchObject({
    paths: ['notes.md', 'Documents/budget.ods'],
    into: '/home/ada/Mixed',
    existing: 'rename',
    dryRun: false,
  })
})

test('an address without https says what others may read, as soon as it is typed', async () => {
  const { page } = await windowOnto(calmWorld())
  await visit(page, 'places')
  await button(page, 'Add a place').click()
  const dialog = page.getByRole('dialog', { name: 'Add a place' })
  await dialog.getByRole('button', { name: /S3-compatible/ }).click()
  const address = dialog.getByLabel('Endpoint')
  const note = dialog.getByTestId('in-the-clear')
  await address.fill('http://nas.home:9000')
  await note.waitFor()
  await address.fill('https://nas.home:9000')
  await note.waitFor({ state: 'hidden' })
})

test('the keyboard alone reaches every page, opens and leaves a dialog, and starts a backup', async () => {
  const { page, double } = await windowOnto(withWorkHeld(calmWorld()))
  await page.getByTestId('hero').waitFor()
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid')))
    .toBe('hero')

  const press = async (until: () => Promise<boolean>, key = 'Tab'): Promise<void> => {
    for (let step = 0; step < 60; step++) {
      if (await until()) return
      await page.keyboard.press(key)
    }
    throw new Error('the keyboard did not get there')
  }
  const focused = (text: string) => async () =>
    (await page.evaluate(() => document.activeElement?.textContent ?? '')).trim() === text

  for (const name of ['Backups', 'Restore', 'Settings', 'Places']) {
    await press(focused(name), 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name }).waitFor()
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
  }
  await press(focused('Add a place'))
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Add a place' })
  await dialog.waitFor()
  const isInside = () => dialog.evaluate((element) => element.contains(document.activeElement))
  await expect.poll(isInside).toBe(true)
  for (let step = 0; step < 12; step++) {
    await page.keyboard.press('Tab')
    expect(await isInside()).toBe(true)
  }
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await expect.poll(focused('Add a place')).toBe(true)

  await visit(page, 'backups')
  await button(page, 'Back up now').waitFor()
  await press(focused('Back up now'))
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle)
  expect(outline).toBe('solid')
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Back up Projects' }).waitFor()
  await press(focused('Back up Projects'), 'ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByTestId('run-card').waitFor()
  expect(double.asked.findLast(({ name }) => name === 'backup.start')?.input).toMatchObject({
    plan: 'pl_projects',
  })
})

test('a break says so calmly, and the window catches up by itself', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await page.getByTestId('hero').waitFor()
  double.cut()
  await page.getByTestId('reconnecting').waitFor()
  await picture(page, 'flow-reconnecting')
  expect(await axeFindings(page)).toEqual([])
  double.patch('stats', { current: { ...busyWorld().state.stats.current, total_backups: 4_321 } })
  double.restore()
  await page.getByTestId('numbers').getByText('4,321', { exact: true }).waitFor()
  await page.getByTestId('reconnecting').waitFor({ state: 'hidden' })

  // A patch that got lost: the next one shows the gap, and the window asks for everything again.
  double.patch(
    'stats',
    { current: { ...busyWorld().state.stats.current, total_backups: 777 } },
    { skip: true },
  )
  await page.getByTestId('numbers').getByText('777', { exact: true }).waitFor()
})

test('work can be cancelled, old backups go only after they were counted, and notices speak', async () => {
  const { page, double } = await windowOnto(busyWorld())
  await button(page, 'Cancel: Backing up Projects').click()
  await page.getByTestId('run-card').waitFor({ state: 'hidden' })

  await visit(page, 'backups')
  await button(page, 'Clean up…').click()
  await button(page, 'Show what would go').click()
  await page.getByText('Nothing is older than 90 days.').waitFor()
  await page.getByLabel('Keep backups for (days)').fill('30')
  await button(page, 'Show what would go').click()
  await button(page, 'Delete 10 backups everywhere').waitFor()
  await picture(page, 'flow-cleanup')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Delete 10 backups everywhere').click()
  await page.getByText('10 backups removed, 17 GB freed.').waitFor()
  expect(double.asked.filter(({ name }) => name === 'backup.cleanup').map(({ input }) => input)).toEqual([
    { keepDays: 90, dryRun: true, evenHeld: false },
    { keepDays: 30, dryRun: true, evenHeld: false },
    { keepDays: 30, dryRun: false, evenHeld: false },
  ])
  await page.keyboard.press('Escape')

  double.tell('notice', {
    level: 'failed',
    sentence: { key: 'notices.backupFailed', params: { plan: 'Projects' } },
  })
  await page.getByText('The backup of Projects failed. Earlier backups are untouched.').waitFor()
  await picture(page, 'flow-notice')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Dismiss').click()
  double.tell('navigate', { page: 'settings' })
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
})

test('settings are kept by the engine, and the window follows them at once', async () => {
  const { page, double } = await windowOnto(calmWorld())
  await visit(page, 'settings')
  await page.getByText('Français').click()
  await page.getByRole('heading', { level: 1, name: 'Réglages' }).waitFor()
  await page.getByText('Sombre').click()
  await expect
    .poll(() => page.evaluate(() => document.documentElement.dataset.mantineColorScheme))
    .toBe('dark')
  expect(double.asked.filter(({ name }) => name === 'settings.update').map(({ input }) => input)).toEqual([
    { language: 'fr' },
    { theme: 'dark' },
  ])
})

test.each([
  { theme: 'light', language: 'en', serve: 'Let programs on this computer in' },
  { theme: 'dark', language: 'fr', serve: 'Laisser entrer les programmes de cet ordinateur' },
] as const)(
  'programs are let in, at a port that is free: $theme, $language',
  async ({ theme, language, serve }) => {
    const { page, double, complaints } = await windowOnto(calmWorld(), { settings: { theme, language } })
    await visit(page, 'settings')
    const section = page.getByTestId('api-keys')
    const look = async (name: string): Promise<void> => {
      await section.scrollIntoViewIfNeeded()
      await picture(page, `flow-api-${name}-${theme}-${language}`)
      expect(await axeFindings(page)).toEqual([])
    }
    await expect.poll(() => section.getByTestId('api-state').count()).toBe(0)
    await section.getByRole('switch', { name: serve }).press(' ')
    await section.getByText('http://127.0.0.1:7700').waitFor()
    await look('listening')

    const field = section.getByLabel('Port', { exact: true })
    await field.fill('8080')
    await field.press('Enter')
    await section.getByRole('alert').waitFor()
    await look('taken')
    await field.fill('99999')
    await field.blur()
    await expect.poll(() => field.inputValue()).toBe('8080')

    await section.getByRole('switch', { name: serve }).press(' ')
    await section.getByTestId('api-state').waitFor({ state: 'detached' })
    const changes = double.asked.filter(({ name }) => name === 'settings.update').map(({ input }) => input)
    expect(changes).toEqual([{ serveApi: true }, { apiPort: 8_080 }, { serveApi: false }])
    expect(complaints).toEqual([])
  },
)

test('settings of an older system are shown before they are taken', async () => {
  const { page, double } = await windowOnto(calmWorld())
  await visit(page, 'places')
  await button(page, 'Import settings…').click()
  await page.getByLabel('Contents of the .env file').fill('CLOUD_PROVIDER=aws\nAWS_SECRET_ACCESS_KEY=canary')
  await button(page, 'Show what it would do').click()
  await page.getByText('s3://old-bucket').waitFor()
  await picture(page, 'flow-env')
  expect(await axeFindings(page)).toEqual([])
  await button(page, 'Add 1 place').click()
  await page.getByText('Done. The places are set up.').waitFor()
  expect(await page.content()).not.toContain('canary')
  expect(double.asked.filter(({ name }) => name === 'env.import').map(({ input }) => input)).toMatchObject([
    { apply: false },
    { apply: true },
  ])
})

test.each([700, 420])('nothing is cut off in a window %d pixels wide', async (width) => {
  const { page } = await windowOnto(busyWorld(), { width })
  await page.getByTestId('hero').waitFor()
  for (const route of ['status', 'backups', 'restore', 'places', 'settings']) {
    await visit(page, route)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await atRest(page)
    await picture(page, `narrow-${width}-${route}`)
    await expect.poll(() => sideways(page), { message: route }).toBeLessThanOrEqual(0)
    await expect.poll(() => page.getByRole('link', { name: 'Settings' }).isVisible()).toBe(true)
  }
})
