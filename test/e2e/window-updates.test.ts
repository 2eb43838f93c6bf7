import { expect, test } from 'vitest'
import type { UpdateState } from '../../main/contract/index.ts'
import { axeFindings, picture, visit } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { busyWorld, newWorld } from './window-world.ts'

const windowOnto = windowsOfFile()

test('newer versions: how it stands, and the one next step', async () => {
  const world = busyWorld()
  const window = await windowOnto({
    ...world,
    answer: async (name, input, patch) =>
      name.startsWith('update.') ? { output: world.state.update.current } : world.answer(name, input, patch),
  })
  const { page, double } = window
  const show = (current: UpdateState): void => double.patch('update', { current })
  await visit(page, 'settings')
  await page.getByText('Something else updates Everstow here').waitFor()

  const state = (name: string) => page.locator(`[data-testid=update][data-state=${name}]`)
  show({ state: 'idle', checkedAt: new Date(Date.now() - 3_600_000).toISOString() })
  await state('idle').getByText('Everstow is up to date.').waitFor()
  await page.getByRole('radiogroup', { name: 'Newer versions' }).getByText('Tell me').click()
  await expect
    .poll(() => double.asked.filter(({ name }) => name === 'settings.update').map(({ input }) => input))
    .toEqual([{ updates: 'ask' }])

  show({ state: 'available', version: '2.0.0' })
  await state('available').getByText('Version 2.0.0 is there.').waitFor()
  await page.getByRole('button', { name: 'Load it' }).click()
  show({ state: 'loading', version: '2.0.0', share: 0.4 })
  await state('loading').getByText('Loading version 2.0.0: 40%').waitFor()
  expect(await axeFindings(page)).toEqual([])
  show({ state: 'ready', version: '2.0.0' })
  await state('ready').getByText('Version 2.0.0 is ready. It is installed when you quit.').waitFor()
  await state('ready').scrollIntoViewIfNeeded()
  await picture(page, 'updates-ready')
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: 'Restart now' }).click()
  await expect.poll(() => double.asked.filter(({ name }) => name === 'update.apply').length).toBe(2)

  show({ state: 'failed' })
  await state('failed').getByRole('button', { name: 'Look now' }).click()
  await expect.poll(() => double.asked.filter(({ name }) => name === 'update.check').length).toBe(1)
})

test.each(['light', 'dark'] as const)('empty states have their pictures: %s', async (theme) => {
  const { page } = await windowOnto(newWorld(), { settings: { theme } })
  await page.getByRole('button', { name: 'Look around first' }).click()
  for (const name of ['backups', 'places', 'restore', 'databases', 'activity'] as const) {
    await visit(page, name)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await picture(page, `empty-${name}-${theme}`)
  }
  expect(await axeFindings(page)).toEqual([])
})
