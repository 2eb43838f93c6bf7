import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { AppContext } from '../../main/app/app-context.ts'
import { type Automation, startAutomation } from '../../main/app/automation/automation.ts'
import { type SpaceTidier, tidySpaces } from '../../main/app/automation/tidy-spaces.ts'
import { createFakeClock, type FakeClock } from '../../main/engine/env/fake/fake-clock.ts'
import { type Ground, layGround } from './app-ground.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Only for what never comes. */
const PATIENCE_MS = 300_000

let ground: Ground
let clock: FakeClock
let folderId: string
let automation: Automation | undefined

beforeEach(async () => {
  ground = await layGround()
  clock = createFakeClock(Date.now())
  automation = undefined
  mkdirSync(join(ground.base, 'docs'))
  const placeId = await ground.addPlace('nas')
  const folder = { name: 'docs', folder: join(ground.base, 'docs'), placeId }
  folderId = (await ground.client.call('sync.add', { ...folder, auto: true })).id
})
afterEach(async () => {
  await automation?.stop()
  await ground.close()
})

/** The application, with a clock that the test moves. */
function context(): AppContext {
  const { context: app } = ground.app
  return { ...app, engine: { ...app.engine, env: { ...app.engine.env, clock } } }
}

async function write(text: string): Promise<void> {
  writeFileSync(join(ground.base, 'docs', 'note.txt'), text.repeat(100))
  expect((await ground.done(ground.client.call('sync.run', { id: folderId }))).state).toBe('done')
}

const spaceFolder = (): string => {
  const sync = ground.placePath('nas/sync')
  return join(sync, readdirSync(sync).find((name) => name !== 'about') ?? '')
}
const packs = (): string[] => readdirSync(join(spaceFolder(), 'data'))

/** Makes the slots of the space as if they had been written so far apart, the last of them so long ago. */
function spread(apartMs: number, agoMs: number): void {
  const log = join(spaceFolder(), 'log')
  const slots = readdirSync(log).sort()
  for (const [at, slot] of slots.entries()) {
    const seconds = (Date.now() - agoMs - (slots.length - 1 - at) * apartMs) / 1_000
    utimesSync(join(log, slot), seconds, seconds)
  }
}

const tidyByHand = async (dryRun = false) =>
  (await ground.done(ground.client.call('sync.tidy', { id: folderId, dryRun }))).spaceTidy

/** A space in which the first version of a file is beyond the window, and its pack given up. */
async function givenUp(): Promise<void> {
  await write('one')
  await write('two')
  for (let more = 0; more < 6; more++) {
    spread(HOUR, 2 * HOUR)
    expect(await tidyByHand()).toMatchObject({ packs: 0, leavingPacks: 0 })
  }
  spread(6 * DAY, HOUR)
  expect(await tidyByHand(true)).toMatchObject({ dryRun: true, packs: 0, leavingPacks: 1 })
  expect(await tidyByHand()).toMatchObject({ packs: 0, leavingPacks: 1 })
  // A slot has to come after the one that says so, or nobody can tell how long ago that was.
  spread(2 * DAY, 2 * HOUR)
  expect(await tidyByHand()).toMatchObject({ packs: 0, leavingPacks: 0 })
  expect(packs()).toHaveLength(2)
}

const sweeps = () => ground.app.context.runs.list().filter(({ kind }) => kind === 'sweep')

test('what no version needs any more is given up, then deleted, and said', async () => {
  await givenUp()
  spread(2 * DAY, HOUR)
  const tidied = await tidyByHand()
  expect(tidied).toMatchObject({ name: 'docs', dryRun: false, packs: 1, leavingPacks: 0 })
  expect(tidied?.bytes).toBeGreaterThan(0)
  expect(packs()).toHaveLength(1)
  const { engine } = ground.app.context
  expect(
    engine.history
      .since(0)
      .filter(({ kind }) => kind === 'sweep')
      .at(-1),
  ).toMatchObject({
    outcome: 'done',
    bytes: tidied?.bytes,
  })
  expect((await ground.client.call('sync.check', { id: folderId, deep: true })).damaged).toEqual([])
})

test('it is done by itself about once a day, and silent where nothing goes', async () => {
  await write('one')
  const tidier: SpaceTidier = tidySpaces(context())
  const [folder] = (await ground.app.context.engine.configuration.read()).syncedFolders
  expect(tidier.isDue(folder!)).toBe(false)
  clock.jump(DAY)
  expect(tidier.isDue(folder!)).toBe(true)
  await tidier.tidy(folder!, new AbortController().signal)
  expect(sweeps()).toEqual([])
  clock.jump(21 * HOUR)
  expect(tidier.isDue(folder!)).toBe(false)
  clock.jump(6 * HOUR)
  expect(tidier.isDue(folder!)).toBe(true)
  // A clock that was years ahead must not put it off for years.
  clock.jump(900 * DAY)
  await tidier.tidy(folder!, new AbortController().signal)
  clock.jump(-900 * DAY)
  expect(tidier.isDue(folder!)).toBe(false)
  clock.jump(DAY)
  expect(tidier.isDue(folder!)).toBe(true)
})

test('what was given up goes while the application runs; a run and the log say so', async () => {
  await givenUp()
  spread(2 * DAY, 22 * HOUR)
  ground.app.context.engine.facts.set(`tidy-due/${folderId}`, String(clock.now() - 1))
  automation = startAutomation(context())
  await vi.waitFor(
    async () => {
      await clock.advance(500)
      expect(sweeps().at(-1)?.spaceTidy).toMatchObject({ packs: 1 })
    },
    { timeout: PATIENCE_MS, interval: 20 },
  )
  expect(packs()).toHaveLength(1)
  const { entries } = await ground.client.call('audit.list', {})
  expect(entries.filter(({ action }) => action === 'sync.tidy').map(({ actor }) => actor.kind)).toContain(
    'schedule',
  )
})

test('not right after another device did it, and not where something waits for a person', async () => {
  await givenUp()
  spread(2 * DAY, HOUR)
  const { engine } = ground.app.context
  const { signal } = new AbortController()
  expect(await engine.syncs.tidyWish(folderId, 20 * HOUR, signal)).toBe('no')
  spread(2 * DAY, 22 * HOUR)
  expect(await engine.syncs.tidyWish(folderId, 20 * HOUR, signal)).toBe('now')
  const status = engine.syncs.status(folderId)
  engine.syncs.book.setStatus(folderId, JSON.stringify({ ...status, state: 'held' }))
  expect(await engine.syncs.tidyWish(folderId, 20 * HOUR, signal)).toBe('later')
})

test('a space that has lost a pack is left alone, and a person hears of it', async () => {
  await write('one')
  const [pack] = packs()
  rmSync(join(spaceFolder(), 'data', pack!))
  const [folder] = (await ground.app.context.engine.configuration.read()).syncedFolders
  await tidySpaces(context()).tidy(folder!, new AbortController().signal)
  await vi.waitFor(
    () => expect(sweeps().at(-1)).toMatchObject({ state: 'failed', error: { code: 'space-incomplete' } }),
    { timeout: PATIENCE_MS },
  )
})

test('offline nothing is tidied', async () => {
  await write('one')
  await ground.client.call('offline.set', { on: true })
  const run = await ground.done(ground.client.call('sync.tidy', { id: folderId }))
  expect(run).toMatchObject({ state: 'failed', error: { code: 'offline' } })
})
