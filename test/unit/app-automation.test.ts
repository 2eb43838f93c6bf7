import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AppContext } from '../../main/app/app-context.ts'
import { startAutomation } from '../../main/app/automation/automation.ts'
import { createFakeClock, type FakeClock } from '../../main/engine/env/fake/fake-clock.ts'
import type { Surroundings } from '../../main/engine/model/conditions.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { filesBelow } from '../ground/rot.ts'
import { type Ground, layGround } from './app-ground.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** A Monday, at noon where this computer is. */
const MONDAY_NOON = new Date('2026-03-02T12:00:00').getTime()

let ground: Ground
let clock: FakeClock
let stops: (() => void)[]
let surroundings: Surroundings

beforeEach(async () => {
  ground = await layGround()
  clock = createFakeClock(MONDAY_NOON)
  stops = []
  surroundings = {}
  await ground.addPlace('disk')
})
afterEach(async () => {
  for (const stop of stops) stop()
  await ground.close()
})

/** Looks that are under way. */
let pending = 0

function watched<Given extends unknown[], Result>(work: (...given: Given) => Promise<Result>) {
  return async (...given: Given): Promise<Result> => {
    pending++
    try {
      return await work(...given)
    } finally {
      pending--
    }
  }
}

/** The application, with a clock that the test moves, and power and network as the test says. */
function context(): AppContext {
  const { context: app } = ground.app
  const { engine } = app
  return {
    ...app,
    lookAround: watched(async () => surroundings),
    settings: watched(app.settings),
    engine: {
      ...engine,
      env: { ...engine.env, clock },
      takeAutomation: watched(engine.takeAutomation),
      configuration: { ...engine.configuration, read: watched(engine.configuration.read) },
    },
  }
}

async function automate(): Promise<void> {
  stops.push(startAutomation(context()))
  await quiet()
}

const isBusy = () => pending > 0 || ground.app.context.runs.list().some(({ state }) => state === 'running')

/** Until nobody looks and nothing runs any more. */
async function quiet(): Promise<void> {
  for (let calm = 0; calm < 3; calm++) {
    await sleep(10)
    if (isBusy()) calm = 0
  }
}

/** Time passes, awake: in steps, so that looking and working take none of it. */
async function pass(ms: number): Promise<void> {
  const step = Math.max(10 * MINUTE, ms / 40)
  for (let left = ms; left > 0; left -= step) {
    await clock.advance(Math.min(step, left))
    do await sleep(1)
    while (isBusy())
  }
  await quiet()
}

/** Time passes, asleep: nobody looks before it is over. */
async function oversleep(ms: number): Promise<void> {
  clock.jump(ms)
  await pass(20_000)
}

async function addPlan(schedule: string, path = ground.source): Promise<string> {
  const { id } = await ground.client.call('plan.add', {
    name: `plan ${schedule}`,
    sources: [path],
    placeIds: (await ground.client.call('place.list', {})).map((place) => place.id),
    format: 'snapshot',
    schedule,
  })
  ground.app.context.engine.facts.set(`since/${id}`, String(clock.now()))
  return id
}

const runsOf = (kind: string) => ground.app.context.runs.list().filter((run) => run.kind === kind)

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
  stops.shift()!()
  await pass(7 * HOUR)
  expect(runsOf('backup')).toHaveLength(2)
})

test('paused, nothing starts; resumed, it is made up for once', async () => {
  await addPlan('every:1h')
  await ground.client.call('automation.pause', {})
  await automate()
  await pass(5 * HOUR)
  expect(runsOf('backup')).toHaveLength(0)
  await ground.client.call('automation.resume', {})
  await pass(MINUTE)
  expect(runsOf('backup')).toHaveLength(1)
})

test('one that fails is tried again after a quarter of an hour, then later and later; then at its next time', async () => {
  const source = join(ground.base, 'gone')
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
  const source = join(ground.base, 'gone')
  writeFileSync(source, 'soon gone')
  const id = await addPlan('daily@13:00', source)
  rmSync(source)
  await automate()
  await pass(HOUR + MINUTE)
  writeFileSync(source, 'back')
  await ground.done(ground.client.call('backup.start', { plan: id }))
  // By the clock of this test.
  ground.app.context.engine.facts.set(`last-start/${id}`, String(clock.now()))
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
  stops.push(
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
  stops.push(startAutomation(stuck))
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
  const [plan] = await ground.client.call('plan.list', {})
  await ground.done(ground.client.call('backup.start', { plan: plan!.id }))
  await automate()
  await pass(5 * HOUR)
  expect(runsOf('verify')).toHaveLength(0)
  await pass(2 * HOUR)
  expect(runsOf('verify').map(({ state }) => state)).toEqual(['done'])
  await oversleep(90 * DAY)
  const [, second] = runsOf('verify')
  expect(second?.verify?.repositories[0]).toMatchObject({ level: 'contents', damaged: [] })
  // Everything, after three months.
  const all = await ground.done(ground.client.call('backup.verify', { dataPercent: 100 }))
  expect(second?.verify?.repositories[0]?.bytes).toBe(all.verify?.repositories[0]?.bytes)
})

test('damage that a check cannot mend is told at once; what it mends is not', async () => {
  const id = await addPlan('manual')
  await ground.done(ground.client.call('backup.start', { plan: id }))
  const notices: string[] = []
  ground.client.onEvent('notice', ({ sentence }) => notices.push(sentence.key))
  const packs = filesBelow(ground.placePath('disk'), ['data/'])
  const check = () => ground.done(ground.client.call('backup.verify', { dataPercent: 100, heal: true }))
  for (const path of packs) writeFileSync(path, 'rot')
  // The directories are nowhere else.
  expect((await check()).state).toBe('incomplete')
  expect(notices).toEqual(['notices.damageFound'])
})

test('backups that no rule keeps go on Sunday night', async () => {
  const id = await addPlan('manual')
  await ground.client.call('plan.update', { id, change: { keep: 'last:1' } })
  for (let count = 0; count < 3; count++) await ground.done(ground.client.call('backup.start', { plan: id }))
  await automate()
  await pass(5 * DAY)
  expect(runsOf('prune')).toHaveLength(0)
  await pass(DAY)
  expect(runsOf('prune').map(({ state }) => state)).toEqual(['done'])
  expect((await ground.client.call('backup.list', {})).total).toBe(1)
})

test('why it does not run now is said in one sentence', async () => {
  await addPlan('daily@14:00')
  await addPlan('manual')
  const why = async () => (await ground.client.call('schedule.list', {})).jobs.map((job) => job.why.key)
  expect((await why()).slice(0, 2)).toEqual(['whyNot.nobody', 'whyNot.manual'])
  await automate()
  expect((await why())[1]).toBe('whyNot.manual')
  expect(await ground.client.call('schedule.list', {})).toMatchObject({ isKept: true })
  await ground.client.call('automation.pause', {})
  expect((await why())[0]).toBe('whyNot.pausedForever')
})

test('on a battery a plan that wants the mains waits, and runs once it is plugged in; nobody knowing, it runs', async () => {
  const id = await addPlan('every:1h')
  await ground.client.call('plan.update', { id, change: { waitFor: ['mains'] } })
  surroundings = { mains: false }
  await automate()
  await pass(5 * HOUR)
  expect(runsOf('backup')).toHaveLength(0)
  surroundings = { mains: true }
  await pass(MINUTE)
  expect(runsOf('backup')).toHaveLength(1)
  surroundings = {}
  await pass(HOUR + MINUTE)
  expect(runsOf('backup')).toHaveLength(2)
})

test('nothing starts in quiet hours; what was due comes after them, once', async () => {
  const id = await addPlan('every:1h')
  await ground.client.call('plan.update', { id, change: { quietHours: '11:00-14:30' } })
  await automate()
  await pass(2 * HOUR)
  expect(runsOf('backup')).toHaveLength(0)
  await pass(HOUR)
  expect(runsOf('backup')).toHaveLength(1)
})

test('a place that is away makes nothing fail, and what waits goes there when it is back', async () => {
  await ground.addPlace('drive')
  await addPlan('daily@13:00')
  renameSync(ground.placePath('drive'), ground.placePath('drive-away'))
  await automate()
  await pass(HOUR + MINUTE)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['incomplete'])
  renameSync(ground.placePath('drive-away'), ground.placePath('drive'))
  await pass(2 * HOUR)
  expect(runsOf('push').map(({ state }) => state)).toContain('done')
  const [backup] = (await ground.client.call('backup.list', {})).backups
  expect(backup?.copies.map(({ state }) => state)).toEqual(['synced', 'synced'])
})
