import { expect, test } from 'vitest'
import { freePort } from '../../ground/port.ts'
import { type Desk, storiesOfFile } from './desk.ts'

/** What somebody finds out from the data in backups, and lets a program find out, too. */
const stories = storiesOfFile()

/** A price list over so many backups; bread becomes dearer with each. */
async function keepPrices(ada: Desk, placePath: string, backups: number): Promise<void> {
  for (let nth = 0; nth < backups; nth++) {
    const shops = [
      { id: 'quay', milk: nth < 3 ? 1.1 : 1.2 },
      ...(nth === backups - 1 ? [{ id: 'port', milk: 1 }] : []),
    ]
    ada.write('Documents/prices.json', JSON.stringify({ bread: 2 + nth / 10, shops }))
    if (nth === 0) await ada.keepDocumentsAt({ name: 'NAS', type: 'local', path: placePath })
    const { runId } = await ada.client.call('backup.start', { plan: 'Documents' })
    await ada.client.call('run.wait', { id: runId })
  }
}

test('a price over time: found, followed, compared; then a program reads it with a key of its own', async () => {
  const story = stories.begin()
  const ada = await story.desk()
  const { page, button, client } = ada
  await keepPrices(ada, story.path('nas'), 6)
  await page.getByRole('link', { name: 'Explore', exact: true }).click()
  await page
    .getByTestId('found-files')
    .getByRole('button', { name: /^prices/ })
    .click()
  const tree = page.getByTestId('data-tree')
  await tree.getByRole('treeitem', { name: /^bread 2\.5$/ }).click()
  await expect.poll(() => page.getByTestId('value-text').innerText()).toBe('2.5')
  await ada.look('20-data')

  await page.getByTestId('data-section').getByRole('link', { name: 'Over time' }).click()
  const figure = page.getByTestId('series-figure')
  await figure.locator('.recharts-line-curve').waitFor()
  await figure.getByText(/^From 2 on .* to 2\.5 on .*; never below 2, never above 2\.5\./).waitFor()
  await page.getByRole('slider').press('Home')
  await expect.poll(() => page.getByTestId('series-reached').innerText()).toMatch(/: 2$/)
  await expect.poll(() => page.getByTestId('series-table').getByRole('row').count()).toBe(7)
  await ada.look('20-over-time')

  await page
    .getByRole('navigation', { name: 'Parts of this page' })
    .getByRole('link', { name: 'Compare' })
    .click()
  await page.getByLabel('Value', { exact: true }).fill('')
  await page.getByLabel('Value', { exact: true }).press('Enter')
  const changes = page.getByTestId('change-tree')
  await changes.getByRole('treeitem', { name: /^changed bread 2\.4 → 2\.5$/ }).waitFor()
  await changes.getByRole('treeitem', { name: /^added .*port/ }).waitFor()
  await ada.look('20-compared')

  await client.call('settings.update', { serveApi: true, apiPort: await freePort() })
  await page.getByRole('link', { name: 'Access' }).click()
  await page.getByRole('switch', { name: 'Let programs read data in backups' }).press('Space')
  await expect.poll(async () => (await client.call('settings.get', {})).serveData).toBe(true)
  await button('New key…').click()
  await ada.fill({ Name: 'Bookkeeper', Paths: '**/prices.json' })
  await button('Make the key').click()
  const token = await page.getByLabel('The key', { exact: true }).inputValue()
  await page.getByLabel('For an agent that reaches Everstow as it runs', { exact: true }).waitFor()
  await ada.look('20-key')
  await button('Done').click()

  await expect.poll(async () => (await client.call('api.state', {})).state).toBe('listening')
  const { url } = await client.call('api.state', {})
  const { sources } = await client.call('data.sources', {})
  const path = sources.find(({ name }) => name === 'prices')?.path ?? ''
  const ask = () =>
    fetch(`${url}/api/v1/data/series?${new URLSearchParams({ path, select: '/bread' })}`, {
      headers: { authorization: `Bearer ${token}` },
    })
  const answer = await ask()
  expect(answer.status).toBe(200)
  const { points } = (await answer.json()) as { points: { value: number }[] }
  expect(points.map(({ value }) => value)).toEqual([2, 2.1, 2.2, 2.3, 2.4, 2.5])

  // What it did is told, and it can be ended.
  await page.reload()
  const card = page.getByTestId('client')
  await card.getByText(/bytes of 100 MB used/).waitFor()
  await card.getByRole('link', { name: 'What Bookkeeper has read' }).click()
  await page.getByTestId('act').first().waitFor()
  await ada.look('20-activity')
  await page.goBack()
  await button('Take key Bookkeeper away').click()
  await button('Take the key away').click()
  await page.getByText('No program has a key that reads data.').waitFor()
  expect((await ask()).status).toBe(401)
  await ada.look('20-revoked')
})
