import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { typeAskedWords } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { KIT_WORDS, newSnapshotWorld, snapshotWorld } from './window-snapshot-world.ts'

/** What people come for, done by the shortest way there is. `docs/design.md` says what that takes, and must not flatter. */
const windowOnto = windowsOfFile()

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true })

interface Effort {
  readonly clicks: number
  readonly fields: number
}

/** Counts presses of the pointer and fields that are typed into, from now on. */
async function countFrom(page: Page): Promise<() => Promise<Effort>> {
  const counted = await page.evaluateHandle(() => {
    const counts = { clicks: 0, typed: new Set<EventTarget>() }
    addEventListener('pointerdown', () => counts.clicks++, true)
    addEventListener(
      'input',
      ({ target }) => {
        if (target instanceof HTMLInputElement && !/radio|checkbox/.test(target.type))
          counts.typed.add(target)
      },
      true,
    )
    return counts
  })
  return () => counted.evaluate(({ clicks, typed }) => ({ clicks, fields: typed.size }))
}

/** What the document says of Everstow under one of its headings. */
async function written(heading: string, row: string): Promise<Effort> {
  const text = await readFile(join(import.meta.dirname, '../../docs/design.md'), 'utf8')
  const section = text.split(/^### /m).find((each) => each.startsWith(`${heading}\n`))
  const cells = section
    ?.split('\n')
    .find((line) => line.startsWith(`| ${row} |`))
    ?.split('|')
  return { clicks: Number(cells?.[2]), fields: Number(cells?.[3]) }
}

test('a first backup takes what is written, and so does the kit that opens it', async () => {
  const { page } = await windowOnto(newSnapshotWorld())
  await button(page, 'Create my first backup').waitFor()
  const effort = await countFrom(page)
  await button(page, 'Create my first backup').click()
  await button(page, 'Next').click()
  await page.getByRole('button', { name: /^Disk or network folder/ }).click()
  await page.getByLabel('Folder', { exact: true }).fill('/media/disk')
  await button(page, 'Add this place').click()
  await button(page, 'Start the first backup').click()
  await page.getByTestId('started').waitFor()
  expect(await effort()).toEqual(await written('A first backup', 'Everstow'))

  await button(page, 'Make my recovery kit').click()
  await button(page, 'Make the 24 words').click()
  await page.getByTestId('kit-words').waitFor()
  await Promise.all([page.waitForEvent('download'), button(page, 'Save the page…').click()])
  await button(page, 'I have it: prove it').click()
  await page
    .getByLabel(/^Word \d+$/)
    .first()
    .waitFor()
  await typeAskedWords(page, KIT_WORDS)
  await button(page, 'Prove the kit').click()
  await page.getByText('It works. These words open your backups.').waitFor()
  await button(page, 'Done').click()
  expect(await effort()).toEqual(await written('A first backup', 'Everstow, kit made and proven'))
})

test('one file comes back by its name with as much as is written', async () => {
  const { page } = await windowOnto(snapshotWorld())
  await page.getByTestId('hero').waitFor()
  const effort = await countFrom(page)
  await page.getByRole('link', { name: 'Restore' }).click()
  await page.getByText('Find a file', { exact: true }).click()
  await page.getByTestId('file-search').getByRole('textbox').fill('contract')
  await button(page, /contract signed\.pdf/)
    .first()
    .click()
  await page.getByTestId('basket').getByText('Documents/contract signed.pdf').waitFor()
  await button(page, 'Next').click()
  await page.getByTestId('basket-sum').waitFor()
  await button(page, 'Next').click()
  await expect.poll(() => page.getByLabel('Folder', { exact: true }).inputValue()).toMatch(/\(restored\)/)
  await button(page, 'Next').click()
  await page.getByTestId('checks').waitFor()
  await button(page, 'Start the restore').click()
  await page.locator('[data-testid=restore-report][data-state=done]').waitFor()
  expect(await effort()).toEqual(await written('Restore one file', 'Everstow'))
})

test('whether all is safe is said in one sentence before anything was pressed', async () => {
  const { page } = await windowOnto(snapshotWorld())
  const effort = await countFrom(page)
  await page.getByTestId('hero').getByText('Everything is backed up.').waitFor()
  expect(await effort()).toEqual(await written('See whether I am safe', 'Everstow'))
})
