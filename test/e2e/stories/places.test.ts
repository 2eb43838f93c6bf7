import { expect, test } from 'vitest'
import { layCable } from '../../servers/cable.ts'
import { visit } from '../window-browser.ts'
import { cloudAt, type Desk, storiesOfFile } from './desk.ts'

/** What places do to people: full, away, shut, slow to come back. */
const stories = storiesOfFile()

/** Presses the button and waits until the backup has ended. */
async function backUp(ada: Desk): Promise<void> {
  const before = await ada.client.call('backup.list', {})
  await ada.button('Back up now').first().click()
  await expect
    .poll(async () => {
      const { backups } = await ada.client.call('backup.list', {})
      const states = backups[0]?.copies.map(({ state }) => state) ?? []
      return backups.length > before.backups.length && !states.some((state) => /pending|syncing/.test(state))
    })
    .toBe(true)
}

test('quota reached: what is full, what waits, and that it goes on once there is room', async () => {
  const cloud = await stories.s3()
  const story = stories.begin()
  const ada = await story.desk()
  const { page, button } = ada
  ada.write('Documents/letter.txt', 'Dear Grace')
  await ada.keepDocumentsAt({ name: 'NAS', type: 'local', path: story.path('nas') }, cloudAt(cloud))
  await backUp(ada)
  const full = cloud.faults.add({
    kind: 'status',
    status: 403,
    code: 'QuotaExceeded',
    match: { operation: 'PutObject' },
  })
  ada.write('Documents/book.txt', 'A long book\n'.repeat(20_000))
  await backUp(ada)
  await ada.verdict('Cloud still has to receive 1 backup.')
  const problem = page.getByTestId('problem').filter({ hasText: 'Cloud still has to receive' })
  await problem.getByText('Cloud is full: its quota is used up. Nothing is lost').waitFor()
  await ada.look('5-quota')
  full.remove()
  await problem.getByRole('button', { name: 'Send again' }).click()
  await ada.verdict('Everything is backed up. 2 of 2 copies are current.')

  // A limit of one's own: nothing is refused, but it is said, and it is raised where it was set.
  const [place] = await ada.client.call('place.list', {})
  await ada.client.call('place.update', { id: place?.id ?? '', change: { budgetBytes: 100 } })
  await ada.verdict(/^NAS holds .*, more than its budget of 100 bytes\.$/)
  await page.getByTestId('problem').getByRole('button', { name: 'Open the place' }).click()
  await button('Change NAS').click()
  await button('Advanced').click()
  await ada.fill({ 'Snapshots here take at most': '5' })
  await button('Save the place').click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.getByRole('link', { name: 'Status', exact: true }).click()
  await ada.verdict('Everything is backed up. 2 of 2 copies are current.')
  await ada.look('5-room-again')
})

test('a place unreachable and back: calm while it waits, then every copy is current by itself', async () => {
  const cloud = await stories.s3()
  const cable = await layCable(cloud.url)
  const story = stories.begin()
  const ada = await story.desk()
  try {
    ada.write('Documents/letter.txt', 'Dear Grace')
    const nas = { name: 'NAS', type: 'local', path: story.path('nas') } as const
    await ada.keepDocumentsAt(nas, cloudAt({ ...cloud, url: cable.url }))
    await backUp(ada)
    await cable.cut()
    ada.write('Documents/second.txt', 'Written while the line was down')
    await backUp(ada)
    await ada.verdict('Waiting for Cloud. Copies go there as soon as it is back.')
    await ada.look('6-waiting')
    // It looks every ten seconds; a computer that wakes looks at once.
    await cable.mend()
    await expect
      .poll(() => {
        ada.host.app.lookForDue()
        return ada.page.getByTestId('hero').innerText()
      })
      .toBe('Everything is backed up. 2 of 2 copies are current.')
    await ada.look('6-back')
  } finally {
    await ada.leave()
    await cable.close()
  }
})

test('wrong password: it says what is safe, and the second try is right', async () => {
  const story = stories.begin()
  const nas = { name: 'NAS', type: 'local', path: story.path('nas') } as const
  const ada = await story.desk()
  ada.write('Documents/letter.txt', 'Dear Grace')
  await ada.keepDocumentsAt(nas)
  await backUp(ada)
  await ada.client.call('key.add', { label: 'Family', passphrase: 'seven boats at sea' })
  await ada.leave()

  const ben = await story.desk('ben')
  const { page, button } = ben
  await ben.client.call('place.add', nas)
  await button('Look around first').click()
  await visit(page, 'places')
  await button('Open the backups that lie at NAS…').click()
  await page.getByText('A passphrase', { exact: true }).click()
  const passphrase = page.getByLabel('A passphrase', { exact: true }).last()
  await passphrase.fill('seven goats at sea')
  await button('Open').click()
  await page.getByText('This passphrase does not open these backups.').waitFor()
  await ben.look('7-wrong')
  await passphrase.fill('seven boats at sea')
  await button('Open').click()
  await page.getByText('1 backup is in the list now.').waitFor()
  await ben.look('7-opened')
  expect((await ben.client.call('backup.list', {})).total).toBe(1)
})

test('offline queue: seen with its reasons, one is taken out, the rest goes in its order', async () => {
  const cloud = await stories.s3()
  const cable = await layCable(cloud.url)
  const story = stories.begin()
  const ada = await story.desk()
  const { page, button } = ada
  try {
    const nas = { name: 'NAS', type: 'local', path: story.path('nas') } as const
    const [, cloudId] = await ada.keepDocumentsAt(nas, cloudAt({ ...cloud, url: cable.url }))
    await cable.cut()
    for (const name of ['one', 'two', 'three']) {
      ada.write(`Documents/${name}.txt`, name)
      await backUp(ada)
    }
    await page.getByRole('link', { name: 'Backups', exact: true }).click()
    const items = page.getByTestId('outbox-item')
    await expect.poll(() => items.count()).toBe(3)
    await expect
      .poll(() => items.first().innerText())
      .toMatch(
        /Documents[\s\S]*→ Cloud[\s\S]*Safe in another place already[\s\S]*Cloud cannot be reached[\s\S]*Waiting/,
      )
    await page.getByTestId('outbox').scrollIntoViewIfNeeded()
    await ada.look('8-queue')
    await items
      .nth(1)
      .getByRole('button', { name: /^Do not send/ })
      .click()
    await button('Do not copy it to Cloud').click()
    await expect.poll(() => items.count()).toBe(2)
    await cable.mend()
    await button('Send now').click()
    await page.getByText('Nothing waits. Every backup has reached its places.').waitFor()
    await ada.look('8-sent')
    const { backups } = await ada.client.call('backup.list', {})
    const inCloud = backups.map(({ copies }) => copies.find(({ placeId }) => placeId === cloudId))
    expect(inCloud.map((copy) => copy?.state)).toEqual(['synced', undefined, 'synced'])
    expect(Date.parse(inCloud[2]?.syncedAt ?? '')).toBeLessThan(Date.parse(inCloud[0]?.syncedAt ?? ''))
  } finally {
    await ada.leave()
    await cable.close()
  }
})
