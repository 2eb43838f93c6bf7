import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { actAtRandom, type Writings } from '../../ground/folder-person.ts'
import { comeToRest, openTestDevice, pause, type TestDevice } from './disk-ground.ts'
import { faultsAtRest } from './disk-judge.ts'

/** Histories to play; a soak sets more, and where to begin. */
const SEEDS = Number(process.env.SYNC_DISK_SEEDS ?? 16)
const KILLS = Number(process.env.SYNC_DISK_KILLS ?? 2)
const FIRST = Number(process.env.SYNC_DISK_FIRST ?? 1)
const AT_ONCE = 4

test(`people work in real folders: these are equal at rest, and nothing is lost (${SEEDS} histories)`, async () => {
  const seeds = Array.from({ length: SEEDS }, (_, at) => FIRST + at)
  const play = async () => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
      expect(await playHistory(seed), `seed ${seed}`).toEqual([])
  }
  await Promise.all(Array.from({ length: AT_ONCE }, play))
}, 3_600_000)

test(`as well when their processes are killed at any moment (${KILLS} histories)`, async () => {
  for (let seed = FIRST; seed < FIRST + KILLS; seed++)
    expect(await playKilled(seed), `seed ${seed}`).toEqual([])
}, 3_600_000)

async function playHistory(seed: number): Promise<string[]> {
  const random = createFakeRandom(seed)
  const ground = mkdtempSync(join(tmpdir(), 'everstow-sync-'))
  const devices: TestDevice[] = []
  try {
    for (const name of ['one', 'two', 'three'].slice(0, 2 + random.integer(2)))
      devices.push(
        await openTestDevice({ name, ground, platform: random.chance(0.5) ? 'darwin' : process.platform }),
      )
    const person = createPerson(random)
    let isAtWork = true
    const cycling = devices.map(async (device) => {
      while (isAtWork) {
        await device.cycle()
        await pause(1)
      }
    })
    for (let acts = 20 + random.integer(40); acts > 0; acts--) {
      person.act(random.pick(devices).root)
      await pause(random.integer(random.chance(0.1) ? 120 : 15))
    }
    isAtWork = false
    await Promise.all(cycling)
    await comeToRest(devices)
    return faultsAtRest(devices, ground, person.writings)
  } finally {
    for (const device of devices) device.base.close()
    rmSync(ground, { recursive: true, force: true })
  }
}

async function playKilled(seed: number): Promise<string[]> {
  const random = createFakeRandom(`kill ${seed}`)
  const ground = mkdtempSync(join(tmpdir(), 'everstow-sync-'))
  const names = ['one', 'two'] as const
  const running = new Map<string, ChildProcess>()
  const devices: TestDevice[] = []
  const start = async (name: string) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'disk-child.ts'), ground, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    running.set(name, child)
    await once(child.stdout, 'data')
  }
  const kill = async (name: string) => {
    const child = running.get(name)
    if (!child) return
    running.delete(name)
    const ended = child.exitCode === null ? once(child, 'exit') : undefined
    child.kill('SIGKILL')
    await ended
    expect(child.exitCode, `${name} ended by itself`).toBe(null)
  }
  try {
    await Promise.all(names.map(start))
    const person = createPerson(random)
    for (let round = 0; round < 6; round++) {
      for (let acts = 4 + random.integer(12); acts > 0; acts--) {
        person.act(join(ground, random.pick(names)))
        await pause(random.integer(40))
      }
      const name = random.pick(names)
      await kill(name)
      person.act(join(ground, name))
      await start(name)
    }
    for (const name of names) await kill(name)
    for (const name of names) devices.push(await openTestDevice({ name, ground }))
    await comeToRest(devices)
    return faultsAtRest(devices, ground, person.writings)
  } finally {
    for (const name of names) await kill(name)
    for (const device of devices) device.base.close()
    rmSync(ground, { recursive: true, force: true })
  }
}

function createPerson(random: ReturnType<typeof createFakeRandom>) {
  const writings: Writings = { written: new Set(), destroyed: new Set() }
  let texts = 0
  const newText = () => `t${++texts}.${'x'.repeat(random.integer(30))}`
  return { writings, act: (root: string) => actAtRandom(root, random, writings, newText) }
}
