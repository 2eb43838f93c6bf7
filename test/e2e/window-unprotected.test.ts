import { expect, test } from 'vitest'
import { axeFindings, picture, visit } from './window-browser.ts'
import { windowsOfFile } from './window-fixture.ts'
import { busyWorld, calmWorld } from './window-world.ts'

const windowOnto = windowsOfFile()

test('the page names what no backup holds, each with a fix beside it', async () => {
  const { page, double, complaints } = await windowOnto(busyWorld())
  await page.getByRole('link', { name: 'Not protected' }).click()
  await page.getByTestId('unprotected-verdict').waitFor()
  await expect
    .poll(() => page.getByTestId('unprotected-verdict').innerText())
    .toMatch(/^2 files could not be read and are in no recent backup\./)
  // Figures were never counted: that begins by itself.
  await page.getByTestId('rule').nth(2).waitFor()
  expect(double.asked.filter(({ name }) => name === 'unprotected.count')).toHaveLength(1)
  await expect
    .poll(() => page.getByTestId('scope').innerText())
    .toMatch(
      /Not there any more: \/home\/ada\/Desktop[\s\S]*Left out from now on: Temporary files[\s\S]*Comes with the next backup/,
    )
  await expect
    .poll(() => page.getByTestId('unread-file').first().innerText())
    .toMatch(/postgres-data[\s\S]*Everstow may not read it\. Let your account read it/)
  const outside = page.getByTestId('outside-folder')
  await expect
    .poll(() => outside.allInnerTexts())
    .toEqual([
      expect.stringMatching(/Films[\s\S]*96 GB[\s\S]*212 files/),
      expect.stringMatching(/Letters/),
      expect.stringMatching(/\.ssh/),
    ])
  await expect
    .poll(() => page.getByTestId('rule').first().innerText())
    .toMatch(/node_modules\/[\s\S]*in Projects[\s\S]*atlas\/node_modules: 4\.2 GB[\s\S]*at least 11\.2 GB/)
  await page.setViewportSize({ width: 1240, height: 2_100 })
  await picture(page, 'unprotected-whole')
  expect(complaints).toEqual([])
})

test('fixes work with the keyboard alone: add to a plan, on purpose and back, leave out, change the rules', async () => {
  const { page, double } = await windowOnto(busyWorld())
  const asked = (name: string) => double.asked.filter((each) => each.name === name).map(({ input }) => input)
  await visit(page, 'unprotected')
  await page.getByTestId('rule').first().waitFor()
  const outside = page.getByTestId('outside-folder')

  await page.getByRole('button', { name: 'Add Films to a plan' }).press('Enter')
  await page.getByRole('menuitem', { name: 'Documents and pictures' }).press('Enter')
  await expect.poll(() => outside.count()).toBe(2)
  expect(asked('plan.update')[0]).toMatchObject({
    id: 'pl_documents',
    change: { sources: expect.arrayContaining(['/home/ada/Documents', '/home/ada/Films']) },
  })

  await page.getByRole('button', { name: 'This is on purpose: .ssh' }).press('Enter')
  await expect.poll(() => outside.count()).toBe(1)
  const purposely = page.getByTestId('purposely')
  await expect.poll(() => purposely.innerText()).toMatch(/Games[\s\S]*at least 61\.3 GB[\s\S]*\.ssh/)
  await purposely.getByRole('button', { name: 'It needs a backup after all: .ssh' }).press('Enter')
  await expect.poll(() => outside.count()).toBe(2)

  await page.getByRole('button', { name: 'Leave out /home/ada/Projects/secret *keys*' }).press('Enter')
  await expect.poll(() => page.getByTestId('unread-file').count()).toBe(1)
  expect(asked('plan.update')[1]).toMatchObject({
    id: 'pl_projects',
    change: { exclude: ['*.iso', '/home/ada/Projects/secret *keys*'] },
  })

  await page.getByRole('button', { name: 'Change the rules of Projects' }).first().press('Enter')
  await page.getByRole('dialog', { name: /Projects/ }).waitFor()
  expect(await axeFindings(page)).toEqual([])
})

test('counting is told, can be stopped, and ends when the page is left', async () => {
  const world = busyWorld()
  const waits: (() => void)[] = []
  const { page, double } = await windowOnto({
    ...world,
    answer: async (name, input, patch) => {
      if (name === 'unprotected.count') await new Promise<void>((go) => waits.push(go))
      return world.answer(name, input, patch)
    },
  })
  await visit(page, 'unprotected')
  await page.getByText('Counting what lies outside…').waitFor()
  await expect.poll(() => page.getByTestId('outside-folder').first().innerText()).toMatch(/not counted/)
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'unprotected-counting')
  await page.getByRole('button', { name: 'Stop counting' }).click()
  await page.getByRole('button', { name: 'Count again' }).click()
  await page.getByText('Counting what lies outside…').waitFor()
  await visit(page, 'status')
  await page.getByTestId('hero').waitFor()
  await expect.poll(() => double.cancelled.filter((name) => name === 'unprotected.count')).toHaveLength(2)
  for (const go of waits) go()
})

test('nothing forgotten is one calm sentence, also where it is narrow', async () => {
  const { page, complaints } = await windowOnto(calmWorld(), { width: 900 })
  await visit(page, 'unprotected')
  await page.getByTestId('rule').first().waitFor()
  await expect
    .poll(() => page.getByTestId('unprotected-verdict').innerText())
    .toMatch(/^Nothing is forgotten\. What backups leave out, you chose\./)
  await expect.poll(() => page.getByTestId('outside-folder').count()).toBe(0)
  await page.setViewportSize({ width: 620, height: 900 })
  // What is drawn follows the new width after a moment.
  await expect
    .poll(() =>
      page.evaluate(() => {
        const main = document.querySelector('main')!
        return main.scrollWidth - main.clientWidth
      }),
    )
    .toBeLessThanOrEqual(0)
  await picture(page, 'unprotected-calm')
  expect(complaints).toEqual([])
})
