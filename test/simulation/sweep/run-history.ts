import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../../main/engine/env/clock.ts'
import { createFakeRandom, type FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { silentLog } from '../../../main/engine/env/log.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { asEverstowError } from '../../../main/engine/model/errors.ts'
import { createRepoKeys } from '../../../main/engine/repository/crypto/repo-keys.ts'
import { createLocalStore } from '../../../main/engine/storage/local/local-store.ts'
import { createMemoryStore } from '../../../main/engine/storage/memory/memory-store.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import type { OpenSpace } from '../../../main/engine/sync/space/space.ts'
import { createDevice, type Ground, noteSweep, type SimulatedDevice, written } from './device.ts'
import { createJudge, differences, type Judge, type JudgeOptions, openFresh, SPACE } from './judge.ts'
import { createTurns } from './turns.ts'
import { type Climate, createWorld, type World } from './world.ts'

const DAY_MS = 86_400_000
const ACTS = 14
/** What ends an act without being wrong: a place that fails, and what a sweep elsewhere does to one that lags behind. */
const EXPECTED: ReadonlySet<string> = new Set([
  ...['connection-lost', 'timed-out', 'place-unavailable', 'cancelled'],
  ...['chunk-missing', 'object-missing'],
])

export interface History {
  readonly faults: readonly string[]
  readonly happened: ReadonlyMap<string, number>
}

/** Plays devices that write to one space and sweep it, as the seed decides; gives what was wrong. */
export async function runHistory(seed: number | string, isInFolder = false): Promise<History> {
  Error.stackTraceLimit = 0
  const random = createFakeRandom(`sweep ${seed}`)
  const folder = mkdtempSync(join(tmpdir(), 'everstow-sweep-'))
  try {
    return await play(random, folder, isInFolder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function play(random: FakeRandom, folder: string, isInFolder: boolean): Promise<History> {
  const climate: Climate = {
    faults: random.chance(0.5) ? 0 : 0.03,
    kills: random.chance(0.5) ? 0 : 0.01,
    listsLate: random.chance(0.3),
    stampedByWriters: random.chance(0.3),
  }
  const clock = { now: () => world.nowMs() } as Clock
  const keys = createRepoKeys(Buffer.alloc(16, 7), { epochs: [{ epoch: 1, key: Buffer.alloc(32, 9) }] })
  const raw = await storeOf(isInFolder, folder, random)
  const options: JudgeOptions = { store: raw, keys, random, clock, slackMs: () => world.liesMs() }
  let judge: Judge | undefined
  const look = async (after: string): Promise<void> => judge?.look(after)
  const watcher = {
    slotWritten: () => look('a slot'),
    deleted: async (key: string) => judge?.deleted(key),
  }
  const turns = createTurns(random.fork('turns'))
  const world: World = createWorld(raw, climate, turns, random.fork('world'), watcher)
  judge = await createJudge(options)
  const fds = new Map<string, number>()
  const fdOf = (name: string): number => {
    const fd = fds.get(name) ?? openSync(join(folder, name), 'w+')
    fds.set(name, fd)
    return fd
  }
  const ground: Ground = { world, keys, fdOf, contents: new Map(), hasLarge: random.chance(0.03) }
  const devices = Array.from({ length: 2 + random.integer(3) }, (_, at) =>
    createDevice(`d${at}`, ground, random.fork(`device ${at}`), climate.stampedByWriters),
  )
  const { faults } = judge
  await turns.run(Promise.all(devices.map((device) => live(device, faults))))
  world.calmDown()
  if (faults.length === 0)
    await settle(devices, world, judge, options, ground).catch((error) =>
      faults.push(`in the end: ${told(error)}`),
    )
  for (const fd of fds.values()) closeSync(fd)
  return { faults, happened: world.happened }
}

async function live(device: SimulatedDevice, faults: string[]): Promise<void> {
  for (let act = 0; act < ACTS; act++) {
    try {
      await device.act()
    } catch (error) {
      if (!EXPECTED.has(asEverstowError(error).code)) faults.push(`${device.name}: ${told(error)}`)
    }
  }
}

/** When all is calm everything can be written and read, and what nobody needs goes. */
async function settle(
  devices: readonly SimulatedDevice[],
  world: World,
  judge: Judge,
  options: JudgeOptions,
  ground: Ground,
): Promise<void> {
  const { faults } = judge
  const spaces: OpenSpace[] = []
  for (const device of devices) {
    spaces.push(await device.ready())
    await device.writeNew()
  }
  await judge.look('all')
  for (const space of spaces) await readSome(space, ground)
  for (let round = 0; round < 20; round++) {
    await world.pass(4 * DAY_MS)
    if (round === 8) await world.arriveLate()
    const space = spaces[round % spaces.length]!
    noteSweep(world, await space.sweep())
    await judge.look('a sweep in the end')
  }
  for (const space of spaces) {
    await readSome(space, ground)
  }
  await spaces[0]!.checkpointNow(true)
  const fresh = [await openFresh(options, 'fresh', true), await openFresh(options, 'replaying', false)]
  for (const space of fresh) await space.replica.follow()
  faults.push(...differences([...spaces, ...fresh]))
  const { packs, files } = await fresh[0]!.verify({ deep: true })
  if (packs.length + files.length > 0) faults.push(`not whole: ${JSON.stringify({ packs, files })}`)
  for (const content of judge.needed())
    if (!content.startsWith('>')) await written(fresh[0]!, content, ground)
  faults.push(...(await garbage(fresh[1]!, options.store)))
}

async function readSome(space: OpenSpace, ground: Ground): Promise<void> {
  await space.replica.follow()
  for (const { content = '0-' } of [...space.replica.tree.nodes.values()].slice(0, 4))
    if (!content.startsWith('>')) await written(space, content, ground)
}

/** What lies there and should not: packs that are not live, and live ones of which less than half lives. */
async function garbage({ parts, replica }: OpenSpace, store: ObjectStore): Promise<string[]> {
  const { holdings } = parts
  const { index } = holdings
  const living = new Map<string, number>()
  const seen = new Set<number>()
  const present = [...replica.tree.nodes.values()].map(({ content = '0-' }) => content)
  for (const content of [...present, ...holdings.keptAside()]) {
    const ids = holdings.chunksOf(content) ?? new Uint8Array(0)
    for (let at = 0; at < ids.length; at += 32) {
      const slot = index.find(ids, at)
      if (seen.has(slot)) continue
      seen.add(slot)
      const pack = Buffer.from(index.packs.idOf(index.blocks.packOf(index.blockOf(slot)))).toString('hex')
      living.set(pack, (living.get(pack) ?? 0) + index.lengthOf(slot))
    }
  }
  const whole = new Map<string, number>()
  for (let slot = 0; slot < index.slots; slot++) {
    if (!index.isPresent(slot) || index.blockOf(slot) < 0) continue
    const pack = Buffer.from(index.packs.idOf(index.blocks.packOf(index.blockOf(slot)))).toString('hex')
    whole.set(pack, (whole.get(pack) ?? 0) + index.lengthOf(slot))
  }
  const { objects } = await store.list({ prefix: `sync/${SPACE}/data/` })
  return objects.flatMap(({ key }) => {
    const pack = key.slice(key.lastIndexOf('/') + 1)
    if (!holdings.packs.has(pack))
      return [`${key} is ${holdings.dead.has(pack) ? 'condemned' : 'not named'} and still there`]
    return (living.get(pack) ?? 0) * 2 < (whole.get(pack) ?? 0) || !living.has(pack)
      ? [`${key} is mostly garbage`]
      : []
  })
}

async function storeOf(isInFolder: boolean, folder: string, random: FakeRandom): Promise<ObjectStore> {
  const env = { clock: nodeClock, random, log: silentLog }
  return isInFolder
    ? createLocalStore({ path: join(folder, 'place'), create: true }, env)
    : createMemoryStore({}, env)
}

const told = (error: unknown): string =>
  (error instanceof Error ? (error.stack ?? error.message) : String(error)).slice(0, 600)
