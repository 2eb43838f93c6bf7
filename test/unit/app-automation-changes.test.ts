import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startAutomation } from '../../main/app/automation/automation.ts'
import { statusView } from '../../main/app/views/status-view.ts'
import { WatchRefused } from '../../main/engine/engine.ts'
import { automationGround, DAY, HOUR, MINUTE } from './automation-ground.ts'

const on = automationGround()
const { automate, quiet, pass, oversleep, addPlan, runsOf, context } = on

/** What is told is told within this time on a machine that does little else. */
const UNTOLD_MS = 1_000

/** Until the system told of what was done, or long enough to be sure that it is nothing to tell of. */
async function told(id: string, deed: () => void, patienceMs = 120_000): Promise<boolean> {
  const fact = () => on.ground.app.context.engine.facts.get(`changes/${id}`)
  await sleep(300)
  const before = fact()
  // Changes within ten seconds are noted once: an earlier deed that is told of late must not stand for this one.
  on.clock.jump(11_000)
  deed()
  for (const end = Date.now() + patienceMs; fact() === before && Date.now() < end; ) await sleep(25)
  return fact() !== before
}

const touch = (name: string) => writeFileSync(join(on.ground.source, name), `${Math.random()}`)

test('files that change are backed up once they rest, in one run; what is left out starts nothing', async () => {
  const id = await addPlan('on-change')
  await on.ground.client.call('plan.update', { id, change: { exclude: ['*.log', 'cache/'] } })
  await automate()
  expect(runsOf('backup')).toHaveLength(1)
  await pass(30 * MINUTE)
  expect(await told(id, () => touch('trace.log'), UNTOLD_MS)).toBe(false)
  await pass(30 * MINUTE)
  expect(runsOf('backup')).toHaveLength(1)
  expect(await told(id, () => touch('b.txt'))).toBe(true)
  await pass(MINUTE)
  expect(await told(id, () => touch('folder/a.txt'))).toBe(true)
  await pass(MINUTE + 30_000)
  expect(runsOf('backup')).toHaveLength(1)
  await pass(MINUTE)
  expect(runsOf('backup')).toHaveLength(2)
  await pass(HOUR)
  expect(runsOf('backup')).toHaveLength(2)
  await oversleep(23 * HOUR)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['done', 'done', 'done'])
})

test('what changed while nothing ran is caught at the next start', async () => {
  await addPlan('on-change')
  await automate()
  await on.stops.pop()!.stop()
  touch('b.txt')
  on.clock.jump(HOUR)
  await automate()
  await pass(3 * MINUTE)
  expect(runsOf('backup')).toHaveLength(2)
})

test('a source that is unplugged makes nothing fail, and is watched again when it is back', async () => {
  const drive = join(on.ground.base, 'stick')
  mkdirSync(drive)
  writeFileSync(join(drive, 'a.txt'), 'first')
  const id = await addPlan('on-change', drive)
  await automate()
  renameSync(drive, `${drive}-away`)
  await pass(HOUR)
  renameSync(`${drive}-away`, drive)
  await pass(4 * MINUTE)
  await pass(MINUTE)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['done', 'done'])
  expect(await told(id, () => writeFileSync(join(drive, 'a.txt'), 'second'))).toBe(true)
  await pass(3 * MINUTE)
  expect(runsOf('backup')).toHaveLength(3)
  // For good: a day later it fails, as it should.
  rmSync(drive, { recursive: true })
  await oversleep(DAY)
  await oversleep(DAY + HOUR)
  expect(runsOf('backup').at(-1)?.state).toBe('failed')
})

test('where the system watches nothing more it says so, and the plan runs every hour', async () => {
  await addPlan('on-change')
  const app = context()
  const refuse = async () => {
    throw new WatchRefused('limit', undefined)
  }
  const deaf = { ...app, engine: { ...app.engine, sources: { ...app.engine.sources, watch: refuse } } }
  on.stops.push(startAutomation(deaf))
  await quiet()
  await pass(2 * HOUR + 2 * MINUTE)
  expect(runsOf('backup')).toHaveLength(3)
  const [job] = (await on.ground.client.call('schedule.list', {})).jobs
  expect(job?.note).toEqual({ key: 'whyNot.deaf.limit' })
})

test('a drive that is connected is used once, also by the next start', async () => {
  await on.ground.addPlace('drive')
  await addPlan('on-connect')
  await automate()
  expect(runsOf('backup')).toHaveLength(1)
  await oversleep(DAY)
  renameSync(on.ground.placePath('drive'), on.ground.placePath('drive-away'))
  await pass(HOUR)
  expect(runsOf('backup')).toHaveLength(1)
  renameSync(on.ground.placePath('drive-away'), on.ground.placePath('drive'))
  await pass(MINUTE)
  expect(runsOf('backup')).toHaveLength(2)
  await on.stops.pop()!.stop()
  await automate()
  await pass(HOUR)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['done', 'done'])
})

test('a drive that did not come for two weeks is told', async () => {
  const id = await addPlan('on-connect')
  await on.ground.done(on.ground.client.call('backup.start', { plan: id }))
  renameSync(on.ground.placePath('disk'), on.ground.placePath('disk-away'))
  await automate()
  const { engine } = on.ground.app.context
  const later = { ...engine, env: { ...engine.env, clock: on.clock } }
  const verdict = async (days: number) => {
    on.clock.jump(Date.now() + days * DAY - on.clock.now())
    const configuration = await engine.configuration.read()
    return statusView(later, configuration, [], [], { state: 'off', port: 7_700 }).problems.map(
      ({ sentence }) => sentence.key,
    )
  }
  expect(await verdict(13)).not.toContain('status.stale')
  expect(await verdict(15)).toContain('status.stale')
})
