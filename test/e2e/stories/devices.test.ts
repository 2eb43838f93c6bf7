import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Settings } from '../../../main/contract/index.ts'
import { visit } from '../window-browser.ts'
import { type Desk, type Story, storiesOfFile } from './desk.ts'

/** Two computers keep one folder, and both change the same file while neither hears of the other. */
const stories = storiesOfFile()
const atFirst = 'milk\nbread\neggs\n'

const listOf = (desk: Desk): string => readFileSync(desk.path('Shared/list.txt'), 'utf8')
const copiesOf = (desk: Desk): string[] =>
  readdirSync(desk.path('Shared')).filter((name) => name.includes('(conflict'))

async function sync({ client }: Desk): Promise<void> {
  const { runId } = await client.call('sync.run', {})
  const { error } = await client.call('run.wait', { id: runId })
  expect(error).toBeUndefined()
}

/** Syncs until this device has what the other one sent. */
async function meet(desk: Desk, list: string): Promise<void> {
  await expect
    .poll(async () => {
      await sync(desk)
      return listOf(desk)
    })
    .toBe(list)
}

/** Syncs until nothing of this device waits any more: what was changed a moment ago is left to rest first. */
async function sent(desk: Desk): Promise<void> {
  const [folder] = await desk.client.call('sync.list', {})
  await expect
    .poll(async () => {
      await sync(desk)
      return desk.client.call('sync.queue', { id: folder?.id ?? '' })
    })
    .toEqual([])
}

/** A desk that keeps its folder in the space on the network drive; the second one is let in by a code. */
async function joined(story: Story, name: string, from?: Desk, settings?: Partial<Settings>): Promise<Desk> {
  const desk = await story.desk(name, settings)
  const { client } = desk
  const { id: placeId } = await client.call('place.add', {
    name: 'NAS',
    type: 'local',
    path: story.path('nas'),
  })
  if (from) {
    const [place] = await from.client.call('place.list', {})
    const { code } = await from.client.call('sync.invite', { placeId: place?.id ?? '' })
    await client.call('repository.adopt', { placeId, secret: code })
  }
  mkdirSync(desk.path('Shared'), { recursive: true })
  await client.call('sync.add', { name: 'Shared', folder: desk.path('Shared'), placeId, auto: false })
  await desk.page.reload()
  return desk
}

/** Both changed the list, and the second one to sync has the conflict. */
async function atOdds(story: Story, settings?: Partial<Settings>): Promise<{ ada: Desk; ben: Desk }> {
  const ada = await joined(story, 'ada')
  ada.write('Shared/list.txt', atFirst)
  await sent(ada)
  const ben = await joined(story, 'ben', ada, settings)
  await meet(ben, atFirst)
  ada.write('Shared/list.txt', 'oat milk\nbread\neggs\n')
  ben.write('Shared/list.txt', 'milk\nbread\neggs\ntea\n')
  await sent(ada)
  await meet(ben, 'oat milk\nbread\neggs\n')
  return { ada, ben }
}

test('a three-way conflict between two devices: seen side by side, merged, and undone', async () => {
  const { ada, ben } = await atOdds(stories.begin())
  const { page, button } = ben
  await ben.verdict('1 conflict in Shared waits for you; both versions are kept.')
  await page.getByRole('link', { name: /^Sync/ }).click()
  await visit(page, 'sync/conflicts')
  await page.getByTestId('conflict').first().click()
  const detail = page.getByTestId('conflict-detail')
  await detail.getByTestId('line-diff').waitFor()
  await expect.poll(() => detail.getByTestId('side').count()).toBe(3)
  await ben.look('4-conflict')
  await button('Use the merged text').click()
  await page.getByTestId('settled').getByText('list.txt is decided.').waitFor()
  expect(listOf(ben)).toBe('oat milk\nbread\neggs\ntea\n')
  await sent(ben)
  await meet(ada, listOf(ben))
  await page.getByTestId('settled').getByRole('button', { name: 'Undo' }).click()
  await page.getByTestId('conflict').first().waitFor()
  expect(copiesOf(ben).map((name) => readFileSync(ben.path('Shared', name), 'utf8'))).toEqual([
    'milk\nbread\neggs\ntea\n',
  ])
  await ben.look('4-undone')
})

test('dark: a conflict is decided for both versions, from the first look to the last', async () => {
  const { ben } = await atOdds(stories.begin(), { theme: 'dark' })
  const { page, button } = ben
  await ben.verdict('1 conflict in Shared waits for you; both versions are kept.')
  await ben.look('11-status')
  await visit(page, 'sync/conflicts')
  await page.getByTestId('conflict').first().click()
  await page.getByTestId('line-diff').waitFor()
  await ben.look('11-conflict')
  await button('Keep both').click()
  await page.getByText('No conflicts. Both sides agree.').waitFor()
  expect(listOf(ben)).toBe('oat milk\nbread\neggs\n')
  expect(copiesOf(ben)).toHaveLength(1)
  // What was told of it goes with it.
  await expect.poll(() => page.getByText('1 conflict in Shared waits for you').count()).toBe(0)
  await ben.look('11-dark')
})
