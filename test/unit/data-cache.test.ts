import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { LEAST_BYTES } from '../../main/engine/access/data-cache/buckets.ts'
import { openDiskCache } from '../../main/engine/access/data-cache/disk-cache.ts'
import type { DataCache } from '../../main/engine/access/data-cache.ts'
import { createFakeEnv, type FakeEnv } from '../../main/engine/env/fake/create-fake-env.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeFiles } from '../../main/engine/env/node/node-files.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'

const FOLDER = '/home/cache/data'
const NAME = ['piece', 'secret plans.txt', '0']
const BYTES = Buffer.from('what is in them '.repeat(100))

let env: FakeEnv
beforeEach(() => {
  env = createFakeEnv()
})

const open = (in_ = env, limitBytes?: number): DataCache =>
  openDiskCache({
    env: in_,
    folder: FOLDER,
    alone: (work) => work(),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  })

/** What the next process finds. */
async function found(name: readonly string[], in_ = env): Promise<Uint8Array | undefined> {
  const cache = open(in_)
  const bytes = await cache.get(name)
  await cache.close()
  return bytes
}

async function put(name: readonly string[], bytes: Uint8Array): Promise<void> {
  const cache = open()
  await cache.put(name, bytes)
  await cache.close()
}

const files = (): string[] =>
  Object.entries(env.files.tree()).flatMap(([path, text]) =>
    path.startsWith(FOLDER) && text !== undefined ? [path] : [],
  )

describe('the cache on disk', () => {
  it('gives the next process what was put, and shows neither names nor contents', async () => {
    await put(NAME, BYTES)
    expect(Buffer.from((await found(NAME)) ?? []).equals(BYTES)).toBe(true)
    expect(await found(['piece', 'secret plans.txt', '1'])).toBeUndefined()
    const seen = JSON.stringify(env.files.tree())
    expect(seen).not.toContain('plans')
    expect(seen).not.toContain('what is in')
    expect((await env.files.stat(files()[0]!))?.mode).toBe(0o600)
    const cache = open()
    expect(await cache.sizeBytes()).toBe(4096)
    await cache.clear()
    expect(await cache.sizeBytes()).toBe(0)
    expect(await cache.get(NAME)).toBeUndefined()
  })

  it('keeps its own copy of what it was given', async () => {
    const cache = open()
    const mine = Buffer.from(BYTES)
    await cache.put(NAME, mine)
    mine.fill(0)
    expect(Buffer.from((await cache.get(NAME)) ?? []).equals(BYTES)).toBe(true)
    await cache.close()
    expect(Buffer.from((await found(NAME)) ?? []).equals(BYTES)).toBe(true)
  })

  it('has what was put while a slow disk has not come to it, though newer things pushed it out of memory', async () => {
    const gate = Promise.withResolvers<void>()
    const writeAtomic = env.files.writeAtomic.bind(env.files)
    env.files.writeAtomic = async (...asked) => {
      await gate.promise
      await writeAtomic(...asked)
    }
    const cache = open()
    const large = Buffer.alloc(6 * 1024 * 1024)
    await cache.put(NAME, BYTES)
    for (let at = 0; at < 4; at++) await cache.put(['large', String(at)], large)
    expect(Buffer.from((await cache.get(NAME)) ?? []).equals(BYTES)).toBe(true)
    gate.resolve()
    await cache.close()
    expect(Buffer.from((await found(NAME)) ?? []).equals(BYTES)).toBe(true)
  })

  it('believes nothing that was changed: a flipped bit anywhere, a cut, another file in its place', async () => {
    await put(NAME, Buffer.from('short'))
    await put(['other'], BYTES)
    const [one, two] = await Promise.all(
      files().map(async (path) => ({ path, bytes: await env.files.readFile(path) })),
    )
    const short = [one!, two!].find(({ bytes }) => bytes.length < 100)!
    const long = [one!, two!].find(({ bytes }) => bytes.length > 100)!
    const changed = [
      ...Array.from(short.bytes, (_, at) => short.bytes.map((byte, each) => (each === at ? byte ^ 1 : byte))),
      ...Array.from(short.bytes, (_, length) => short.bytes.slice(0, length)),
      long.bytes,
    ]
    for (const bytes of changed) {
      env.files.put(short.path, bytes)
      expect(await found(NAME)).toBeUndefined()
      expect(await env.files.stat(short.path)).toBeUndefined()
    }
    await put(NAME, Buffer.from('short'))
    expect(Buffer.from((await found(NAME)) ?? []).toString()).toBe('short')
  })

  it('begins anew where its folder vanishes while it is used', async () => {
    const cache = open()
    await cache.put(NAME, BYTES)
    expect(await cache.sizeBytes()).toBeGreaterThan(0)
    await env.files.removeTree('/home')
    expect(await found(NAME)).toBeUndefined()
    await cache.put(['more'], BYTES)
    await cache.close()
    expect(await found(['more'])).toBeDefined()
  })

  it('begins anew under a new key where the old one is gone or is none, and takes the rest away', async () => {
    for (const lost of [undefined, new Secret('no key'), new Secret('00')]) {
      await put(NAME, BYTES)
      const before = files()
      if (lost) await env.secrets.set('data-cache', lost)
      else await env.secrets.delete('data-cache')
      expect(await found(NAME)).toBeUndefined()
      expect(files()).toEqual([])
      await put(NAME, BYTES)
      expect(await found(NAME)).toBeDefined()
      expect(files()).not.toEqual(before)
      await open().clear()
    }
    await put(NAME, BYTES)
    await env.secrets.set('data-cache', new Secret('ab'.repeat(32)))
    expect(await found(NAME)).toBeUndefined()
  })

  it('works in memory where its key cannot be had', async () => {
    const secrets = {
      ...env.secrets,
      get: () => Promise.reject(new Error('locked')),
    }
    const cache = openDiskCache({ env: { ...env, secrets }, folder: FOLDER, alone: (work) => work() })
    await cache.put(NAME, BYTES)
    expect(Buffer.from((await cache.get(NAME)) ?? []).equals(BYTES)).toBe(true)
    await cache.close()
    expect(files()).toEqual([])
  })

  it.each(['ENOSPC', 'EDQUOT', 'EIO', 'EACCES', 'EMFILE'])(
    'never fails whoever uses it: %s at any step',
    async (code) => {
      await put(NAME, BYTES)
      env.files.faults.chances.set(code, 1)
      const cache = open()
      expect(await cache.get(NAME)).toBeUndefined()
      await cache.put(['new'], BYTES)
      expect(Buffer.from((await cache.get(['new'])) ?? []).equals(BYTES)).toBe(true)
      await cache.close()
      env.files.faults.chances.set(code, 0.3)
      for (let number = 0; number < 40; number++) {
        const some = open()
        const bytes = Buffer.alloc(500, number)
        await some.put([String(number)], bytes)
        await some.close()
        const kept = await found([String(number)])
        expect(kept === undefined || bytes.equals(kept)).toBe(true)
      }
      env.files.faults.chances.clear()
      await put(['last'], BYTES)
      expect(await found(['last'])).toBeDefined()
    },
  )

  it('shrinks where the disk is full, and leaves the room to others', async () => {
    const cache = open()
    const bytes = Buffer.alloc(1024 * 1024)
    for (let number = 0; number < 128; number++) await cache.put([String(number)], bytes)
    expect(await cache.sizeBytes()).toBeGreaterThan(1.5 * LEAST_BYTES)
    env.files.faults.capacityBytes = 130 * 1024 * 1024
    for (let number = 200; number < 400; number++) await cache.put([String(number)], bytes)
    expect(await cache.sizeBytes()).toBeLessThanOrEqual(LEAST_BYTES)
    await cache.close()
  })

  it('keeps to its limit, and what is used stays', async () => {
    const limitBytes = LEAST_BYTES
    const cache = open(env, limitBytes)
    const bytes = Buffer.alloc(200_000)
    await cache.put(['favourite'], BYTES)
    await cache.sizeBytes()
    for (let number = 0; number < 700; number++) {
      env.clock.advance(1000)
      await cache.put([String(number)], bytes)
      if (number % 20 === 0) {
        await cache.sizeBytes()
        expect(await found(['favourite'])).toBeDefined()
      }
    }
    const size = await cache.sizeBytes()
    expect(size).toBeLessThanOrEqual(limitBytes)
    expect(size).toBeGreaterThan(limitBytes / 2)
    await cache.close()
    expect(await found(['0'])).toBeUndefined()
    expect(await found(['699'])).toBeDefined()
  })

  it('after a loss of power at any step gives the right bytes or none', async () => {
    const work = async (world: FakeEnv): Promise<void> => {
      const cache = open(world)
      for (let number = 0; number < 4; number++) await cache.put([String(number)], Buffer.alloc(700, number))
      await cache.close()
    }
    await work(env)
    const steps = env.files.stepCount()
    expect(steps).toBeGreaterThan(10)
    for (let step = 1; step <= steps; step++) {
      const world = createFakeEnv(step)
      world.files.faults.powerLossAtStep = step
      await work(world)
      const next = world.restart(step % 2 === 0 ? 'some' : 'drop')
      for (let number = 0; number < 4; number++) {
        const kept = await found([String(number)], next)
        expect(kept === undefined || Buffer.alloc(700, number).equals(kept)).toBe(true)
      }
    }
  })
})

describe('several processes', () => {
  it('share it, whoever of them is killed and whoever deletes it meanwhile', async () => {
    const base = mkdtempSync(join(tmpdir(), 'everstow-data-cache-'))
    onTestFinished(() => rmSync(base, { recursive: true, force: true, maxRetries: 20 }))
    const folder = join(base, 'data')
    const key = randomBytes(32).toString('hex')
    const said: string[] = []
    const start = (seed: number): ChildProcess => {
      const child = join(import.meta.dirname, 'data-cache-child.ts')
      const started = spawn(process.execPath, [child, folder, key, String(seed)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      started.stdout.on('data', (text) => said.push(String(text).trim()))
      return started
    }
    const children = [start(1), start(3)]
    try {
      for (let round = 0; round < 3; round++) {
        const before = said.length
        await until(() => said.length > before && existsSync(folder))
        // Away in one step, as long as others write into it.
        const gone = join(base, `gone ${round}`)
        renameSync(folder, gone)
        rmSync(gone, { recursive: true })
        const killed = children.shift()
        killed?.kill('SIGKILL')
        children.push(start(round))
      }
      const before = said.length
      await until(() => said.length > before + 1)
    } finally {
      for (const child of children) child.kill('SIGKILL')
      await Promise.all(
        children.map(
          (child) => child.exitCode ?? child.signalCode ?? new Promise((gone) => child.on('exit', gone)),
        ),
      )
    }
    expect(new Set(said.flatMap((text) => text.split('\n')))).toEqual(new Set(['under way']))
    const secrets = {
      kind: 'memory' as const,
      get: async () => new Secret(key),
      set: async () => {},
      delete: async () => false,
    }
    const env = { files: nodeFiles, log: silentLog, random: nodeRandom, secrets }
    const cache = openDiskCache({ env, folder, alone: (work) => work() })
    expect(await cache.sizeBytes()).toBeGreaterThan(0)
    let there = 0
    for (let number = 0; number < 200; number++) {
      const kept = await cache.get(['shared', String(number)])
      if (!kept) continue
      there++
      expect(Buffer.alloc(1_000 + number * 300, number).equals(kept)).toBe(true)
    }
    expect(there).toBeGreaterThan(0)
    await cache.clear()
    expect(readdirSync(base)).toEqual([])
  })
})

async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 60_000
  while (!isSo()) {
    if (Date.now() > end) throw new Error('it never came')
    await sleep(20)
  }
}
