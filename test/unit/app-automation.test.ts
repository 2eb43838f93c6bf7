import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AppContext } from '../../main/app/app-context.ts'
import { startAutomation } from '../../main/app/automation/automation.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { filesBelow } from '../ground/rot.ts'
import { automationGround, DAY, HOUR, MINUTE } from './automation-ground.ts'

const on = automationGround()
const { automate, pass, oversleep, addPlan, runsOf, context } = on

test('a plan runs at its time; a week of missed nights is one run', async () => {
  await addPlan('daily@14:00')
  await automate()
  await pass(HOUR)
  expect(runsOf('backup')).toHaveLength(0)
  await pass(HOUR + MINUTE)
  expect(runsOf('backup')).toHaveLength(1)
  await oversleep(7 * DAY)
  expect(runsOf('backup')).toHaveLength(2)
  await pass(2 * HOUR)
  expect(runsOf('backup')).toHaveLength(2)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['done', 'done'])
})

test('of two processes that stay, one starts what is due; the other takes over when it ends', async () => {
  await addPlan('every:6h')
  await automate()
  await automate()
  expect(runsOf('backup')).toHaveLength(1)
  await on.stops.shift()!.stop()
  await pass(7 * HOUR)
  expect(runsOf('backup')).toHaveLength(2)
})

test('paused, nothing starts; resumed, it is made up for once', async () => {
  await addPlan('every:1h')
  await on.ground.client.call('automation.pause', {})
  await automate()
  await pass(5 * HOUR)
  expect(runsOf('backup')).toHaveLength(0)
  await on.ground.client.call('automation.resume', {})
  await pass(MINUTE)
  expect(runsOf('backup')).toHaveLength(1)
})

test('one that fails is tried again after a quarter of an hour, then later and later; then at its next time', async () => {
  const source = join(on.ground.base, 'gone')
  writeFileSync(source, 'soon gone')
  await addPlan('daily@13:00', source)
  rmSync(source)
  await automate()
  await pass(HOUR + MINUTE)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['failed'])
  await pass(10 * MINUTE)
  expect(runsOf('backup')).toHaveLength(1)
  await pass(10 * MINUTE)
  expect(runsOf('backup')).toHaveLength(2)
  await pass(50 * MINUTE)
  expect(runsOf('backup')).toHaveLength(2)
  writeFileSync(source, 'back')
  await pass(30 * MINUTE)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['failed', 'failed', 'done'])
})

test('one that failed and that a person ran since is not tried again', async () => {
  const source = join(on.ground.base, 'gone')
  writeFileSync(source, 'soon gone')
  const id = await addPlan('daily@13:00', source)
  rmSync(source)
  await automate()
  await pass(HOUR + MINUTE)
  writeFileSync(source, 'back')
  await on.ground.done(on.ground.client.call('backup.start', { plan: id }))
  // By the clock of this test.
  on.ground.app.context.engine.facts.set(`last-start/${id}`, String(on.clock.now()))
  await pass(3 * HOUR)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['failed', 'done'])
})

test('one that a person cancels comes at its next time, not at once', async () => {
  await addPlan('daily@13:00')
  const app = context()
  const { runs } = app
  // Cancelled before it has begun.
  const first = {
    ...runs,
    start: (...given: Parameters<typeof runs.start>) => cancelled(runs.start(...given)),
  }
  const cancelled = (id: string) => {
    runs.cancel(id)
    return id
  }
  let now: AppContext['runs'] = first
  on.stops.push(
    startAutomation({
      ...app,
      get runs() {
        return now
      },
    }),
  )
  await pass(HOUR + MINUTE)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['cancelled'])
  now = runs
  await pass(20 * HOUR)
  expect(runsOf('backup')).toHaveLength(1)
  await pass(4 * HOUR)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['cancelled', 'done'])
})

test('one that cannot even begin is tried again and again, later and later', async () => {
  await addPlan('daily@13:00')
  const app = context()
  const refuse = async () => {
    throw new EverstowError('spool-full', { data: { path: 'spool' } })
  }
  const stuck = { ...app, engine: { ...app.engine, backUp: refuse } } as unknown as AppContext
  on.stops.push(startAutomation(stuck))
  await pass(HOUR + MINUTE)
  expect(runsOf('backup')).toHaveLength(1)
  await pass(12 * MINUTE)
  expect(runsOf('backup')).toHaveLength(1)
  await pass(5 * MINUTE)
  expect(runsOf('backup')).toHaveLength(2)
  await pass(10 * HOUR)
  expect(runsOf('backup').length).toBeGreaterThanOrEqual(4)
  expect(runsOf('backup').length).toBeLessThanOrEqual(6)
})

test('stored bytes are read again by parts, all within 60 days however seldom the computer is on', async () => {
  await addPlan('manual')
  const [plan] = await on.ground.client.call('plan.list', {})
  await on.ground.done(on.ground.client.call('backup.start', { plan: plan!.id }))
  await automate()
  await pass(5 * HOUR)
  expect(runsOf('verify')).toHaveLength(0)
  await pass(2 * HOUR)
  expect(runsOf('verify').map(({ state }) => state)).toEqual(['done'])
  await oversleep(90 * DAY)
  const [, second] = runsOf('verify')
  expect(second?.verify?.repositories[0]).toMatchObject({ level: 'contents', damaged: [] })
  // Everything, after three months.
  const all = await on.ground.done(on.ground.client.call('backup.verify', { dataPercent: 100 }))
  expect(second?.verify?.repositories[0]?.bytes).toBe(all.verify?.repositories[0]?.bytes)
})

test('damage that a check cannot mend is told at once; what it mends is not', async () => {
  const id = await addPlan('manual')
  await on.ground.done(on.ground.client.call('backup.start', { plan: id }))
  const notices: string[] = []
  on.ground.client.onEvent('notice', ({ sentence }) => notices.push(sentence.key))
  const packs = filesBelow(on.ground.placePath('disk'), ['data/'])
  const check = () => on.ground.done(on.ground.client.call('backup.verify', { dataPercent: 100, heal: true }))
  for (const path of packs) writeFileSync(path, 'rot')
  // The directories are nowhere else.
  expect((await check()).state).toBe('incomplete')
  expect(notices).toEqual(['notices.damageFound'])
})

test('backups that no rule keeps go on Sunday night', async () => {
  const id = await addPlan('manual')
  await on.ground.client.call('plan.update', { id, change: { keep: 'last:1' } })
  for (let count = 0; count < 3; count++)
    await on.ground.done(on.ground.client.call('backup.start', { plan: id }))
  await automate()
  await oversleep(5 * DAY)
  expect(runsOf('prune')).toHaveLength(0)
  await oversleep(DAY)
  expect(runsOf('prune').map(({ state }) => state)).toEqual(['done'])
  expect((await on.ground.client.call('backup.list', {})).total).toBe(1)
})

test('why it does not run now is said in one sentence', async () => {
  await addPlan('daily@14:00')
  await addPlan('manual')
  const why = async () => (await on.ground.client.call('schedule.list', {})).jobs.map((job) => job.why.key)
  expect((await why()).slice(0, 2)).toEqual(['whyNot.nobody', 'whyNot.manual'])
  await automate()
  expect((await why())[1]).toBe('whyNot.manual')
  expect(await on.ground.client.call('schedule.list', {})).toMatchObject({ isKept: true })
  await on.ground.client.call('automation.pause', {})
  expect((await why())[0]).toBe('whyNot.pausedForever')
})

test('a schedule can be tried before it is kept: its next runs, what it waits for, and what is wrong with it', async () => {
  on.surroundings = { mains: false }
  const id = await addPlan('daily@03:00')
  const tried = (given: { schedule: string; planId?: string; quietHours?: string }) =>
    on.ground.client.call('schedule.preview', { waitFor: ['mains', 'unmetered'], ...given })
  const timeOf = (iso = ''): string => new Date(iso).toTimeString().slice(0, 5)

  const twice = await tried({ schedule: 'daily@03:00,12:30', quietHours: '22:00-07:00' })
  expect(twice.kind).toBe('calendar')
  expect(
    new Set(twice.runs.map(({ dueAt, startsAt }) => `${timeOf(dueAt)} ${startsAt ? timeOf(startsAt) : ''}`)),
  ).toEqual(new Set(['03:00 07:00', '12:30 ']))
  expect(twice.runs).toHaveLength(5)
  expect(twice.conditions).toEqual([
    { condition: 'mains', state: 'unmet' },
    { condition: 'unmetered', state: 'unknown' },
  ])
  // What a plan that is not changed says of itself.
  const { jobs } = await on.ground.client.call('schedule.list', {})
  const [{ dueAt } = { dueAt: '' }] = (await tried({ planId: id, schedule: 'daily@03:00' })).runs
  expect(Math.abs(Date.parse(dueAt) - Date.parse(jobs[0]?.nextRunAt ?? ''))).toBeLessThan(MINUTE)
  expect(await tried({ schedule: 'manual' })).toMatchObject({ runs: [], why: { key: 'whyNot.manual' } })
  // A new plan that runs every few hours begins at once.
  expect(Date.parse((await tried({ schedule: 'every:6h' })).runs[0]?.dueAt ?? '')).toBeLessThanOrEqual(
    Date.now(),
  )

  const refused = (given: Parameters<typeof tried>[0]) => tried(given).catch((error: EverstowError) => error)
  expect(await refused({ schedule: '0 0 30 2 *' })).toMatchObject({
    code: 'invalid-input',
    data: { field: 'schedule' },
  })
  expect(await refused({ schedule: 'manual', quietHours: '22:00-22:00' })).toMatchObject({
    data: { field: 'quietHours' },
  })
  expect(await refused({ schedule: 'manual', planId: 'plan_none' })).toMatchObject({ code: 'unknown-plan' })
  expect((await on.ground.client.call('plan.list', {}))[0]?.schedule).toBe('daily@03:00')
})

test('on a battery a plan that wants the mains waits, and runs once it is plugged in; nobody knowing, it runs', async () => {
  const id = await addPlan('every:1h')
  await on.ground.client.call('plan.update', { id, change: { waitFor: ['mains'] } })
  on.surroundings = { mains: false }
  await automate()
  await pass(5 * HOUR)
  expect(runsOf('backup')).toHaveLength(0)
  on.surroundings = { mains: true }
  await pass(MINUTE)
  expect(runsOf('backup')).toHaveLength(1)
  on.surroundings = {}
  await pass(HOUR + MINUTE)
  expect(runsOf('backup')).toHaveLength(2)
})

test('nothing starts in quiet hours; what was due comes after them, once', async () => {
  const id = await addPlan('every:1h')
  await on.ground.client.call('plan.update', { id, change: { quietHours: '11:00-14:30' } })
  await automate()
  await pass(2 * HOUR)
  expect(runsOf('backup')).toHaveLength(0)
  await pass(HOUR)
  expect(runsOf('backup')).toHaveLength(1)
})

test('a place that is away makes nothing fail, and what waits goes there when it is back', async () => {
  await on.ground.addPlace('drive')
  await addPlan('daily@13:00')
  renameSync(on.ground.placePath('drive'), on.ground.placePath('drive-away'))
  await automate()
  await pass(HOUR + MINUTE)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['incomplete'])
  renameSync(on.ground.placePath('drive-away'), on.ground.placePath('drive'))
  // At once, not at the next hour.
  await pass(MINUTE)
  expect(runsOf('push').map(({ state }) => state)).toContain('done')
  const [backup] = (await on.ground.client.call('backup.list', {})).backups
  expect(backup?.copies.map(({ state }) => state)).toEqual(['synced', 'synced'])
})

test('a plan may wait until one of its places can be reached', async () => {
  const id = await addPlan('every:1h')
  await on.ground.client.call('plan.update', { id, change: { waitFor: ['reachable'] } })
  renameSync(on.ground.placePath('disk'), on.ground.placePath('disk-away'))
  await automate()
  await pass(3 * HOUR)
  expect(runsOf('backup')).toHaveLength(0)
  renameSync(on.ground.placePath('disk-away'), on.ground.placePath('disk'))
  await pass(MINUTE)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['done'])
})

test('a place that waits for power holds back its own copies only, and they go once there is power', async () => {
  const office = await on.ground.addPlace('office')
  const change = { waitFor: ['mains' as const] }
  await on.ground.client.call('place.update', { id: office, change })
  const id = await addPlan('manual')
  on.surroundings = { mains: false }
  const run = await on.ground.done(on.ground.client.call('backup.start', { plan: id }))
  expect(run.state).toBe('incomplete')
  expect(run.backup?.copies).toMatchObject([
    { placeName: 'disk', state: 'synced' },
    { placeName: 'office', state: 'waiting', error: { code: 'place-paused', data: { reason: 'mains' } } },
  ])
  await automate()
  await pass(5 * MINUTE)
  on.surroundings = { mains: true }
  await pass(MINUTE)
  const [backup] = (await on.ground.client.call('backup.list', {})).backups
  expect(backup?.copies.map(({ state }) => state)).toEqual(['synced', 'synced'])
  const places = await on.ground.client.call('place.list', {})
  expect(places.map(({ health, waitFor }) => [health.state, waitFor])).toEqual([
    ['ok', []],
    ['ok', ['mains']],
  ])
})

test('a clean-up that would remove more than half asks a person once, and removes nothing', async () => {
  const id = await addPlan('manual')
  for (let count = 0; count < 5; count++)
    await on.ground.done(on.ground.client.call('backup.start', { plan: id }))
  await on.ground.client.call('plan.update', { id, change: { keep: 'last:1' } })
  const notices: unknown[] = []
  on.ground.client.onEvent('notice', ({ sentence }) => notices.push(sentence))
  await automate()
  await oversleep(6 * DAY)
  await pass(2 * HOUR)
  expect(runsOf('prune')).toHaveLength(1)
  expect(notices).toEqual([{ key: 'notices.cleanupWaits', params: { place: 'disk', count: 4, total: 5 } }])
  expect((await on.ground.client.call('backup.list', {})).total).toBe(5)
})
