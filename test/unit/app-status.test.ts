import { rmSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { statusView } from '../../main/app/views/status-view.ts'
import type { Run } from '../../main/contract/index.ts'
import { type Ground, layGround } from './app-ground.ts'

let ground: Ground

beforeEach(async () => {
  ground = await layGround()
  await ground.addPlace('disk')
})
afterEach(() => ground.close())

async function addPlan(): Promise<string> {
  const placeIds = (await ground.client.call('place.list', {})).map(({ id }) => id)
  const plan = { name: 'Documents', sources: [ground.source], placeIds, schedule: 'manual' }
  return (await ground.client.call('plan.add', plan)).id
}

/** The verdict while some other work runs. */
async function whileWorking() {
  const { engine } = ground.app.context
  const [like] = await ground.client.call('run.list', {})
  if (!like) throw new Error('nothing ran yet')
  const running: Run = { ...like, id: 'run_other', label: 'Projects', state: 'running' }
  return statusView(engine, await engine.configuration.read(), [], [running], { state: 'off', port: 7_700 })
}

test('work that goes on hides no plan that failed, and says so where nothing is wrong', async () => {
  const id = await addPlan()
  await ground.done(ground.client.call('backup.start', { plan: id }))
  expect(await whileWorking()).toMatchObject({ level: 'working', sentence: { key: 'status.working' } })

  rmSync(ground.source, { recursive: true })
  const run = await ground.done(ground.client.call('backup.start', { plan: id }))
  expect(run.state).toBe('failed')
  expect(await whileWorking()).toMatchObject({
    level: 'failed',
    sentence: { key: 'status.failed', params: { plan: 'Documents' } },
  })
})

test('a plan says how many copies of its newest backup are current', async () => {
  await ground.addPlace('office')
  const id = await addPlan()
  const planOf = async () => (await ground.client.call('plan.list', {})).find((plan) => plan.id === id)
  expect((await planOf())?.copies).toBeUndefined()
  await ground.done(ground.client.call('backup.start', { plan: id }))
  expect((await planOf())?.copies).toEqual({ current: 2, total: 2 })
})
