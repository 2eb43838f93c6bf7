import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { typeAskedWords } from '../window-browser.ts'
import { cloudAt, type Desk, type Story, storiesOfFile } from './desk.ts'

/** The life of one person's files, told at their own window: from the first backup to the day the computer is gone. */
const stories = storiesOfFile({ goesOn: true })
const photo = randomBytes(400_000)
const contract = 'Contract between Ada and Grace\nsigned and sealed\n'
let story: Story
let ada: Desk
let words: readonly string[] = []

test('first run: what, where with a test, and it runs; the recovery kit is made and proven', async () => {
  story = stories.begin()
  ada = await story.desk()
  ada.write('Documents/letter.txt', 'Dear Grace')
  ada.write('Documents/contract signed.txt', contract)
  ada.write('Pictures/lake.jpg', photo)
  const { page, button } = ada
  await button('Create my first backup').click()
  await page
    .getByTestId('total')
    .getByText(/in 3 files/)
    .waitFor()
  await button('Next').click()

  await page.getByRole('button', { name: /^Disk or network folder/ }).click()
  await ada.fill({ Folder: story.path('nas') })
  await button('Test').click()
  await page
    .getByTestId('test-passed')
    .getByText(/^It works\./)
    .waitFor()
  await button('Add this place').click()
  await page.getByTestId('your-places').getByText(story.path('nas')).waitFor()
  await ada.look('1-where')

  await button('Start the first backup').click()
  await page.locator('[data-testid=started][data-state=done]').waitFor()
  await button('Make my recovery kit').click()
  await button('Make the 24 words').click()
  const shown = page.getByTestId('kit-words').getByRole('listitem')
  await shown.last().waitFor()
  words = (await shown.allInnerTexts()).map((text) => text.replace(/^\d+\s*/, ''))
  expect(words).toHaveLength(24)
  await button('I have it: prove it').click()
  await page
    .getByLabel(/^Word \d+$/)
    .first()
    .waitFor()
  await typeAskedWords(page, words)
  await button('Prove the kit').click()
  await page.getByText('It works. These words open your backups.').waitFor()
  await button('Done').click()
  await page.getByText('Your recovery kit is made and proven.').waitFor()
  await ada.look('1-first-run')
  await button('Show my status').click()
  await ada.verdict('Everything is backed up, in one place.')
})

test('back up and watch: how far, how fast, how long still; then the verdict', async () => {
  const { page, button, client } = ada
  const cloud = await stories.s3()
  const { id } = await client.call('place.add', cloudAt(cloud))
  const [plan] = await client.call('plan.list', {})
  await client.call('plan.update', {
    id: plan?.id ?? '',
    change: { placeIds: [...(plan?.placeIds ?? []), id] },
  })
  ada.write('Pictures/film.mp4', randomBytes(64_000_000))
  const slow = cloud.faults.add({ kind: 'latency', delayMs: 5_000, match: { operation: 'PutObject' } })
  await button('Back up now').click()
  await ada.verdict('Working on My files.')
  const run = page.getByTestId('run-card')
  await run.getByText('Copying to places').waitFor()
  await run.getByText(/MB of .* MB · .*\/s · less than a minute left/).waitFor()
  await ada.look('2-watch')
  slow.remove()
  await ada.verdict('Everything is backed up. 2 of 2 copies are current.')
  await page.getByTestId('numbers').getByText('2 of 2', { exact: true }).waitFor()
  await ada.look('2-verdict')
})

test('a deleted file is found by its name and restored, byte by byte', async () => {
  const { page, button } = ada
  rmSync(ada.path('Documents/contract signed.txt'))
  await page.getByRole('link', { name: 'Restore' }).click()
  await page.getByText('Find a file', { exact: true }).click()
  await page.getByTestId('file-search').getByRole('textbox').fill('contract')
  await button(/^Add .*contract signed\.txt/).click()
  await ada.look('3-found')
  await button('Next').click()
  await button(/^Versions/).click()
  await page.getByTestId('preview').getByText('signed and sealed').waitFor()
  await button('Next').click()
  await page.getByText('The original place').click()
  await button('Next').click()
  await page.getByTestId('checks').waitFor()
  await ada.look('3-check')
  const agreed = page.getByLabel(/^Yes, add to /)
  if (await agreed.isVisible()) await agreed.check()
  await button('Start the restore').click()
  await page.locator('[data-testid=restore-report][data-state=done]').waitFor()
  expect(readFileSync(ada.path('Documents/contract signed.txt'), 'utf8')).toBe(contract)
  await ada.look('3-restored')
})

test('the computer is gone: on a new one the place and the 24 words bring everything back', async () => {
  await ada.leave()
  rmSync(ada.home, { recursive: true })
  const again = await story.desk('new computer')
  const { page, button } = again
  await button('Restore from an existing backup').click()
  await page.getByRole('button', { name: /^Disk or network folder/ }).click()
  await again.fill({ Folder: story.path('nas') })
  await button('Add this place').click()
  await button(/^Open the backups that lie at /).click()
  await page.getByRole('textbox', { name: 'The 24 words' }).fill(words.join(' '))
  await page.getByText('24 of 24 words').waitFor()
  await button('Open').click()
  await page.getByText(/^\d backups are in the list now\./).waitFor()
  await again.look('9-opened')
  await button('Done').click()
  await button('Choose what to restore').click()
  await page.getByText('From which backup?').waitFor()
  await button('Next').click()
  await page.getByTestId('basket-sum').waitFor()
  await button('Next').click()
  await page.getByText('Another folder').click()
  await again.fill({ Folder: again.path('back') })
  await button('Next').click()
  await page.getByTestId('checks').waitFor()
  await button('Start the restore').click()
  await page.locator('[data-testid=restore-report][data-state=done]').waitFor()
  await again.look('9-recovered')
  expect(readFileSync(again.path('back/Pictures/lake.jpg')).equals(photo)).toBe(true)
  expect(readFileSync(again.path('back/Documents/contract signed.txt'), 'utf8')).toBe(contract)
})
