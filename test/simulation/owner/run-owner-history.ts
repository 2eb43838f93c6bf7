import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Backup, Run } from '../../../main/contract/index.ts'
import { createSeededRandom } from '../../crash/seed.ts'
import { contentOf, createOwnerWorld, type OwnerWorld, PLACES, PLANS, type PlanName } from './owner-world.ts'

/** What a history found, each with the step it was found in. */
export type Findings = readonly string[]

interface Step {
  readonly name: string
  readonly weight: number
  run(history: History): Promise<void>
}

interface History {
  readonly world: OwnerWorld
  readonly random: () => number
  readonly pick: <T>(items: readonly T[]) => T
  readonly wrong: (text: string) => void
}

const KEPT = 3

const STEPS: readonly Step[] = [
  {
    name: 'edit',
    weight: 5,
    async run({ world, pick, random }) {
      const folder = world.source(pick(PLANS).name)
      const bytes = Buffer.alloc(20_000 + Math.floor(random() * 60_000))
      for (let at = 0; at < bytes.length; at++) bytes[at] = random() * 256
      writeFileSync(join(folder, `file ${Math.floor(random() * 6)}`), bytes)
    },
  },
  { name: 'back up', weight: 8, run: async (history) => backUp(history, history.pick(PLANS).name) },
  {
    name: 'back up, cancelled somewhere',
    weight: 1,
    async run({ world, pick, random }) {
      const { runId } = await world.everstow.call('backup.start', { plan: pick(PLANS).name })
      await sleep(random() * 150)
      await world.everstow.call('run.cancel', { id: runId })
      await world.everstow.call('run.wait', { id: runId })
      await learnNew(world)
    },
  },
  {
    name: 'unplug or plug in',
    weight: 4,
    async run({ world, pick }) {
      const place = pick(PLACES)
      if (world.away.has(place)) world.plug(place)
      else world.unplug(place)
    },
  },
  {
    name: 'offline or online',
    weight: 1,
    async run({ world }) {
      world.offline = !world.offline
      await world.everstow.call('offline.set', { on: world.offline })
    },
  },
  { name: 'push', weight: 2, run: push },
  {
    name: 'give up what waits',
    weight: 1,
    async run({ world, pick }) {
      const { items } = await world.everstow.call('outbox.list', {})
      if (items.length === 0) return
      await world.everstow.call('outbox.remove', { backupId: pick(items).backupId, evenUnsaved: true })
    },
  },
  {
    name: 'lose a file of what waits',
    weight: 1,
    async run({ world, pick }) {
      const sessions = join(world.home, 'spool', 'sessions')
      const waiting = existsSync(sessions) ? readdirSync(sessions) : []
      if (waiting.length === 0) return
      const id = pick(waiting)
      const files = readdirSync(join(sessions, id), { recursive: true, encoding: 'utf8' })
        .map((name) => join(sessions, id, name))
        .filter((path) => statSync(path).isFile())
      if (files.length === 0) return
      rmSync(pick(files))
      world.spoilt.add(id)
    },
  },
  {
    name: 'prune',
    weight: 2,
    async run({ world, random, wrong }) {
      const graceHours = random() < 0.5 ? 0 : 72
      const before = await world.list()
      const run = await world.done(world.everstow.call('backup.prune', { graceHours, confirmed: true }))
      if (run.state === 'failed') wrong(`failed with ${run.error?.code}`)
      await checkKept(world, before, wrong)
    },
  },
  {
    name: 'undo the prune',
    weight: 1,
    async run({ world }) {
      await world.everstow.call('retention.undo', {})
      await learnNew(world)
    },
  },
  { name: 'restart', weight: 1, run: async ({ world }) => world.restart() },
  {
    name: 'restart without the cache',
    weight: 1,
    run: async ({ world }) => world.restart(() => rmSync(join(world.home, 'cache'), { recursive: true })),
  },
  {
    name: 'verify and heal',
    weight: 1,
    async run({ world, wrong }) {
      const run = await world.done(world.everstow.call('backup.verify', { heal: true }))
      const bad = unsound(run).filter(({ error }) => error === undefined)
      if (bad.length > 0) wrong(`verify finds ${JSON.stringify(bad)}`)
    },
  },
  { name: 'restore', weight: 3, run: restoreOne },
]

/** Plays one made-up history of so many steps; what it finds wrong is told with its step. */
export async function runOwnerHistory(seed: number, steps: number): Promise<Findings> {
  const random = createSeededRandom(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
  const found: string[] = []
  const told: string[] = []
  const wrong = (text: string) => found.push(`${told.join(', ')}: ${text}`)
  const world = await createOwnerWorld()
  const history = { world, random, pick, wrong }
  const bag = STEPS.flatMap((step) => new Array<Step>(step.weight).fill(step))
  try {
    for (let number = 0; number < steps && found.length === 0; number++) {
      const step = pick(bag)
      told.push(step.name)
      await step.run(history)
    }
    told.push('the end')
    if (found.length === 0) await allComesRight(history)
  } catch (error) {
    wrong(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    await world.close()
  }
  return found
}

async function backUp({ world, wrong }: History, plan: PlanName): Promise<void> {
  const content = contentOf(world.source(plan))
  const run = await world.done(world.everstow.call('backup.start', { plan }))
  await learnNew(world)
  const places = PLANS.find(({ name }) => name === plan)?.places ?? []
  const here = world.offline ? [] : places.filter((name) => !world.away.has(name))
  const backup = run.backup
  if (!backup) {
    // Without any place, and without having ever seen one, there is nothing to lay a repository out in.
    wrong(`${plan}: ${run.state} with ${run.error?.code}`)
    return
  }
  promise(world, backup, plan, content)
  const reached = placesOf(backup)
  const missed = here.filter((name) => !reached.includes(name))
  if (missed.length > 0) wrong(`${plan} did not reach ${missed}: ${whyNot(backup)}`)
}

/** Writes down where a backup was said to be. */
function promise(world: OwnerWorld, backup: Backup, plan: PlanName, content: string): void {
  const places = new Set(placesOf(backup))
  world.promised.set(backup.id, { plan, content, places })
}

/** Copies that came to be since: deliveries bring older backups as well. */
async function learnNew(world: OwnerWorld): Promise<void> {
  for (const backup of await world.list())
    for (const place of placesOf(backup)) world.promised.get(backup.id)?.places.add(place)
}

async function push({ world, wrong }: History): Promise<void> {
  const run = await world.done(world.everstow.call('backup.push', {}))
  await learnNew(world)
  if (world.offline || world.away.size > 0) return
  const { items } = await world.everstow.call('outbox.list', {})
  const left = items.filter(({ backupId }) => !world.spoilt.has(backupId))
  if (left.length > 0) wrong(`push (${run.state}) left ${JSON.stringify(left)}`)
}

/** What the rules keep is there; what they let go is promised no more. */
async function checkKept(
  world: OwnerWorld,
  before: readonly Backup[],
  wrong: (text: string) => void,
): Promise<void> {
  const after = await world.list()
  for (const [id, { plan, places }] of world.promised) {
    const now = after.find((backup) => backup.id === id)
    for (const place of places) {
      if (now && placesOf(now).includes(place)) continue
      const newer = before.filter(
        (other) => other.planName === plan && placesOf(other).includes(place) && other.id > id,
      )
      if (newer.length < KEPT)
        wrong(`${id} of ${plan} is gone from ${place} though only ${newer.length} are newer`)
      places.delete(place)
    }
  }
}

async function restoreOne({ world, pick, wrong }: History): Promise<void> {
  const choices = [...world.promised].flatMap(([id, { places }]) =>
    [...places].filter((place) => !world.away.has(place)).map((place) => ({ id, place })),
  )
  if (choices.length === 0) return
  const { id, place } = pick(choices)
  await restoreFrom(world, id, place, wrong)
}

async function restoreFrom(
  world: OwnerWorld,
  id: string,
  place: (typeof PLACES)[number],
  wrong: (text: string) => void,
): Promise<void> {
  const into = join(world.base, 'back')
  const placeId = world.placeIds.get(place) ?? ''
  const run = await world.done(world.everstow.call('restore.start', { backupId: id, into, placeId }))
  const { plan, content } = world.promised.get(id)!
  if (run.state !== 'done')
    wrong(`${id} from ${place}: ${run.state} with ${JSON.stringify(run.error ?? run.restore)}`)
  else if (contentOf(join(into, plan)) !== content) wrong(`${id} from ${place} is not what was backed up`)
  rmSync(into, { recursive: true, force: true })
}

/** With everything there again: nothing waits, everything verifies, and every promise restores from every place it was made for. */
async function allComesRight(history: History): Promise<void> {
  const { world, wrong } = history
  for (const place of [...world.away]) world.plug(place)
  world.offline = false
  await world.everstow.call('offline.set', { on: false })
  for (const { name } of PLANS) await backUp(history, name)
  await push(history)
  const run = await world.done(world.everstow.call('backup.verify', {}))
  if (unsound(run).length > 0) wrong(`verify finds ${JSON.stringify(unsound(run))}`)
  for (const [id, { places }] of world.promised)
    for (const place of places) await restoreFrom(world, id, place, wrong)
}

const unsound = ({ verify }: Run) =>
  verify?.repositories?.filter(
    ({ damaged, missing, affected, lostChunks, error }) =>
      error !== undefined || damaged.length + missing.length + affected.length + lostChunks > 0,
  ) ?? []

function placesOf({ copies }: Backup): (typeof PLACES)[number][] {
  return PLACES.filter((name) =>
    copies.some(({ placeName, state }) => placeName === name && state === 'synced'),
  )
}

const whyNot = ({ copies }: Backup): string =>
  copies.map(({ placeName, state, error }) => `${placeName} ${state} ${error?.code ?? ''}`).join(', ')
