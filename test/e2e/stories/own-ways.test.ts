import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Desk, storiesOfFile } from './desk.ts'

/** The same work in another language, and without a pointer. */
const stories = storiesOfFile()

test('en français : un fichier supprimé est retrouvé par la recherche et revient', async () => {
  const story = stories.begin()
  const ada = await story.desk('ada', { language: 'fr' })
  const { page, button, client } = ada
  ada.write('Documents/contrat signé.txt', 'Signé et scellé')
  await ada.keepDocumentsAt({ name: 'NAS', type: 'local', path: story.path('nas') })
  const { runId } = await client.call('backup.start', { plan: 'Documents' })
  await client.call('run.wait', { id: runId })
  rmSync(ada.path('Documents/contrat signé.txt'))
  await ada.verdict('Tout est sauvegardé, en un seul endroit.')
  await page.getByRole('link', { name: 'Restaurer', exact: true }).click()
  await page.getByText('Chercher un fichier', { exact: true }).click()
  await page.getByTestId('file-search').getByRole('textbox').fill('contrat')
  await page
    .getByTestId('file-search')
    .getByRole('button', { name: /contrat signé\.txt/ })
    .click()
  await button('Suivant').click()
  await page.getByTestId('basket-sum').waitFor()
  await ada.look('10-choix')
  await button('Suivant').click()
  await expect.poll(() => page.getByLabel('Dossier', { exact: true }).inputValue()).toMatch(/\(restored\)$/)
  const into = await page.getByLabel('Dossier', { exact: true }).inputValue()
  await button('Suivant').click()
  await page.getByTestId('checks').waitFor()
  await ada.look('10-controle')
  await button('Lancer la restauration').click()
  await page.locator('[data-testid=restore-report][data-state=done]').waitFor()
  await ada.look('10-francais')
  expect(readFileSync(join(into, 'Documents', 'contrat signé.txt'), 'utf8')).toBe('Signé et scellé')
})

/** Goes on with a key until the element in focus is called this. */
async function reach({ page }: Desk, name: RegExp, key = 'Tab'): Promise<void> {
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement
      const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : []
      return element?.getAttribute('aria-label') ?? (labels[0] ?? element)?.textContent?.trim() ?? ''
    })
  const seen: string[] = []
  for (let step = 0; step < 80; step++) {
    const text = await focused()
    if (name.test(text)) return
    seen.push(text.slice(0, 30))
    await page.keyboard.press(key)
  }
  throw new Error(`the keyboard did not get to ${name}; it came by ${seen.join(' | ')}`)
}

test('keyboard only: the first backup, from the welcome to the verdict', async () => {
  const story = stories.begin()
  const ada = await story.desk()
  ada.write('Documents/letter.txt', 'Dear Grace')
  const { page } = ada
  const press = async (name: RegExp): Promise<void> => {
    await reach(ada, name)
    await page.keyboard.press('Enter')
  }
  await page.getByTestId('first-run').waitFor()
  await press(/^Create my first backup$/)
  await page
    .getByTestId('total')
    .getByText(/in 1 file/)
    .waitFor()
  await press(/^Next$/)
  await page.getByRole('heading', { name: 'Where should it be kept?' }).waitFor()
  await press(/^Disk or network folder/)
  await reach(ada, /^Folder/)
  await page.keyboard.type(story.path('nas'))
  await ada.look('12-where')
  await press(/^Test$/)
  await page.getByTestId('test-passed').waitFor()
  await press(/^Add this place$/)
  await page.getByTestId('your-places').waitFor()
  await press(/^Start the first backup$/)
  await page.locator('[data-testid=started][data-state=done]').waitFor()
  await ada.look('12-started')
  await press(/^Show my status$/)
  await ada.verdict('Everything is backed up, in one place.')
  await ada.look('12-keyboard')
})
