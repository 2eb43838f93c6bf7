import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AppContext } from '../../main/app/app-context.ts'
import { type Automation, startAutomation } from '../../main/app/automation/automation.ts'
import { statusView } from '../../main/app/views/status-view.ts'
import { WatchRefused } from '../../main/engine/engine.ts'
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
let stops: Automation[]
let surroundings: Surroundings

beforeEach(async () => {
  ground = await layGround({ lookAround: async () => surroundings })
  clock = createFakeClock(MONDAY_NOON)
  stops = []
  surroundings = {}
  await ground.addPlace('disk')
})
afterEach(async () => {
  for (const { stop } of stops) await stop()
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
      duties: { ...engine.duties, take: watched(engine.duties.take) },
      sources: {
        ...engine.sources,
        isHere: watched(engine.sources.isHere),
        watch: watched(engine.sources.watch),
      },
      places: {
        ...engine.places,
        isReachable: watched(engine.places.isReachable),
        heldBack: watched(engine.places.heldBack),
      },
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
  await stops.shift()!.stop()
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
  await oversleep(5 * DAY)
  expect(runsOf('prune')).toHaveLength(0)
  await oversleep(DAY)
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

test('a schedule can be tried before it is kept: its next runs, what it waits for, and what is wrong with it', async () => {
  surroundings = { mains: false }
  const id = await addPlan('daily@03:00')
  const tried = (given: { schedule: string; planId?: string; quietHours?: string }) =>
    ground.client.call('schedule.preview', { waitFor: ['mains', 'unmetered'], ...given })
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
  const { jobs } = await ground.client.call('schedule.list', {})
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
  expect((await ground.client.call('plan.list', {}))[0]?.schedule).toBe('daily@03:00')
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
  // At once, not at the next hour.
  await pass(MINUTE)
  expect(runsOf('push').map(({ state }) => state)).toContain('done')
  const [backup] = (await ground.client.call('backup.list', {})).backups
  expect(backup?.copies.map(({ state }) => state)).toEqual(['synced', 'synced'])
})

/** What is told is told within this time on a machine that does little else. */
const UNTOLD_MS = 1_000

/** Until the system told of what was done, or long enough to be sure that it is nothing to tell of. */
async function told(id: string, deed: () => void, patienceMs = 20_000): Promise<boolean> {
  const fact = () => ground.app.context.engine.facts.get(`changes/${id}`)
  await sleep(300)
  const before = fact()
  // Changes within ten seconds are noted once: an earlier deed that is told of late must not stand for this one.
  clock.jump(11_000)
  deed()
  for (const end = Date.now() + patienceMs; fact() === before && Date.now() < end; ) await sleep(25)
  return fact() !== before
}

const touch = (name: string) => writeFileSync(join(ground.source, name), `${Math.random()}`)

test('files that change are backed up once they rest, in one run; what is left out starts nothing', async () => {
  const id = await addPlan('on-change')
  await ground.client.call('plan.update', { id, change: { exclude: ['*.log', 'cache/'] } })
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
  await stops.pop()!.stop()
  touch('b.txt')
  clock.jump(HOUR)
  await automate()
  await pass(3 * MINUTE)
  expect(runsOf('backup')).toHaveLength(2)
})

test('a source that is unplugged makes nothing fail, and is watched again when it is back', async () => {
  const drive = join(ground.base, 'stick')
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
  stops.push(startAutomation(deaf))
  await quiet()
  await pass(2 * HOUR + 2 * MINUTE)
  expect(runsOf('backup')).toHaveLength(3)
  const [job] = (await ground.client.call('schedule.list', {})).jobs
  expect(job?.note).toEqual({ key: 'whyNot.deaf.limit' })
})

test('a drive that is connected is used once, also by the next start', async () => {
  await ground.addPlace('drive')
  await addPlan('on-connect')
  await automate()
  expect(runsOf('backup')).toHaveLength(1)
  await oversleep(DAY)
  renameSync(ground.placePath('drive'), ground.placePath('drive-away'))
  await pass(HOUR)
  expect(runsOf('backup')).toHaveLength(1)
  renameSync(ground.placePath('drive-away'), ground.placePath('drive'))
  await pass(MINUTE)
  expect(runsOf('backup')).toHaveLength(2)
  await stops.pop()!.stop()
  await automate()
  await pass(HOUR)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['done', 'done'])
})

test('a drive that did not come for two weeks is told', async () => {
  const id = await addPlan('on-connect')
  await ground.done(ground.client.call('backup.start', { plan: id }))
  renameSync(ground.placePath('disk'), ground.placePath('disk-away'))
  await automate()
  const { engine } = ground.app.context
  const later = { ...engine, env: { ...engine.env, clock } }
  const verdict = async (days: number) => {
    clock.jump(Date.now() + days * DAY - clock.now())
    const configuration = await engine.configuration.read()
    return statusView(later, configuration, [], [], { state: 'off', port: 7_700 }).problems.map(
      ({ sentence }) => sentence.key,
    )
  }
  expect(await verdict(13)).not.toContain('status.stale')
  expect(await verdict(15)).toContain('status.stale')
})

test('a plan may wait until one of its places can be reached', async () => {
  const id = await addPlan('every:1h')
  await ground.client.call('plan.update', { id, change: { waitFor: ['reachable'] } })
  renameSync(ground.placePath('disk'), ground.placePath('disk-away'))
  await automate()
  await pass(3 * HOUR)
  expect(runsOf('backup')).toHaveLength(0)
  renameSync(ground.placePath('disk-away'), ground.placePath('disk'))
  await pass(MINUTE)
  expect(runsOf('backup').map(({ state }) => state)).toEqual(['done'])
})

test('a place that waits for power holds back its own copies only, and they go once there is power', async () => {
  const office = await ground.addPlace('office')
  const change = { waitFor: ['mains' as const] }
  await ground.client.call('place.update', { id: office, change })
  const id = await addPlan('manual')
  surroundings = { mains: false }
  const run = await ground.done(ground.client.call('backup.start', { plan: id }))
  expect(run.state).toBe('incomplete')
  expect(run.backup?.copies).toMatchObject([
    { placeName: 'disk', state: 'synced' },
    { placeName: 'office', state: 'waiting', error: { code: 'place-paused', data: { reason: 'mains' } } },
  ])
  await automate()
  await pass(5 * MINUTE)
  surroundings = { mains: true }
  await pass(MINUTE)
  const [backup] = (await ground.client.call('backup.list', {})).backups
  expect(backup?.copies.map(({ state }) => state)).toEqual(['synced', 'synced'])
  const places = await ground.client.call('place.list', {})
  expect(places.map(({ health, waitFor }) => [health.state, waitFor])).toEqual([
    ['ok', []],
    ['ok', ['mains']],
  ])
})

test('a clean-up that would remove more than half asks a person once, and removes nothing', async () => {
  const id = await addPlan('manual')
  for (let count = 0; count < 5; count++) await ground.done(ground.client.call('backup.start', { plan: id }))
  await ground.client.call('plan.update', { id, change: { keep: 'last:1' } })
  const notices: unknown[] = []
  ground.client.onEvent('notice', ({ sentence }) => notices.push(sentence))
  await automate()
  await oversleep(6 * DAY)
  await pass(2 * HOUR)
  expect(runsOf('prune')).toHaveLength(1)
  expect(notices).toEqual([{ key: 'notices.cleanupWaits', params: { place: 'disk', count: 4, total: 5 } }])
  expect((await ground.client.call('backup.list', {})).total).toBe(5)
})
