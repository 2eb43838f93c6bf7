import { expect, test } from 'vitest'
import { axeFindings, picture, sideways } from './window-browser.ts'
import type { DoubleWorld } from './window-double-world.ts'
import { windowsOfFile } from './window-fixture.ts'
import { busyWorld, calmWorld } from './window-world.ts'

const windowOnto = windowsOfFile()

/** All is well but for one plan whose last run failed, while another plan runs. */
function failedWhileWorking(): DoubleWorld {
  const world = calmWorld()
  const { current } = world.state.status
  const sentence = { key: 'status.failed', params: { plan: 'Documents and pictures' } }
  const id = 'plan/pl_documents'
  world.state.status = {
    current: {
      ...current,
      level: 'failed',
      sentence,
      problems: [{ id, level: 'failed', sentence, planId: 'pl_documents' }],
    },
  }
  world.state.runs = busyWorld().state.runs
  return world
}

test('home has a card a plan and a place: state, last and next, copies, room and last contact', async () => {
  const { page, complaints } = await windowOnto(busyWorld())
  const plans = page.getByTestId('plan-cards').getByRole('group')
  await expect.poll(() => plans.count()).toBe(2)
  const documents = page.getByRole('group', { name: 'Documents and pictures' })
  await documents.getByText('2 of 3', { exact: true }).waitFor()
  await documents.getByText('12 minutes ago').waitFor()
  const projects = page.getByTestId('plan-cards').getByRole('group', { name: 'Projects' })
  await projects.getByText('Needs attention').waitFor()

  const places = page.getByTestId('place-cards')
  const disk = places.getByRole('group', { name: 'Blue USB disk' })
  await disk.getByText('200 of 200').waitFor()
  await disk.getByText(/free on the disk$/).waitFor()
  await disk.getByText('Last contact').waitFor()
  const r2 = places.getByRole('group', { name: 'Cloudflare R2' })
  await r2.getByText('197 of 200').waitFor()
  await r2.getByText('Last tried').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await picture(page, 'home')
  await r2.getByRole('link').click()
  await expect.poll(() => new URL(page.url()).hash).toBe('#/places/p_r2aaaaaaa1')
  expect(complaints).toEqual([])
})

test('a plan that failed is said first, and on its card, while another one runs', async () => {
  const { page } = await windowOnto(failedWhileWorking())
  await page
    .getByTestId('hero')
    .getByText(/Documents and pictures/)
    .waitFor()
  await expect.poll(() => page.getByTestId('hero').getAttribute('data-level')).toBe('failed')
  await page.getByTestId('run-card').waitFor()
  const cards = page.getByTestId('plan-cards')
  await cards.getByRole('group', { name: 'Documents and pictures' }).getByText('Failed').waitFor()
  await cards.getByRole('group', { name: 'Projects' }).getByText('Working').waitFor()
})

test('a budget that is spent is said in words, and the names of a long-winded person break no card', async () => {
  const world = calmWorld()
  const [plan] = Object.values(world.state.plans)
  const [place] = Object.values(world.state.places)
  if (!plan || !place) throw new Error('a world without plan or place')
  const long = 'W'.repeat(255)
  world.state.plans = { ...world.state.plans, [plan.id]: { ...plan, name: long } }
  world.state.places = {
    ...world.state.places,
    [place.id]: { ...place, name: long, budgetBytes: 300_000_000_000 },
  }
  const { page } = await windowOnto(world, { width: 900 })
  await page
    .getByTestId('room')
    .getByText(/^0 bytes of .* left in the budget$/)
    .waitFor()
  await expect.poll(() => sideways(page)).toBe(0)
  for (const card of await page.getByTestId(/^(plan-card|home-place)$/).all())
    await expect.poll(() => card.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
})
