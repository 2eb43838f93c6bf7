import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../../main/engine/env/log.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../../main/engine/env/node/node-random.ts'
import type { MirrorRun } from '../../../main/engine/mirror/mirror-run.ts'
import { pull } from '../../../main/engine/mirror/pull.ts'
import { push } from '../../../main/engine/mirror/push.ts'
import { faulty } from '../../../main/engine/storage/faulty.ts'
import { createLocalStore } from '../../../main/engine/storage/local/local-store.ts'
import { createMemoryBucket } from '../../../main/engine/storage/memory/bucket.ts'
import { createMemoryStore } from '../../../main/engine/storage/memory/memory-store.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import { retrying } from '../../../main/engine/storage/retrying.ts'
import { type S3Server, startS3Server } from '../../servers/s3/server.ts'
import { openS3Store, PART_BYTES } from '../storage-s3-bench.ts'
import { layMirrorGround, type MirrorGround, sha256 } from './mirror-ground.ts'

const env = { clock: nodeClock, random: nodeRandom, log: silentLog }
let ground: MirrorGround
let server: S3Server | undefined
let place: string | undefined
afterEach(async () => {
  await ground.store.close()
  ground.close()
  await server?.close()
  server = undefined
  if (place) rmSync(place, { recursive: true })
  place = undefined
})

async function onServer(): Promise<MirrorGround> {
  server = await startS3Server({ minPartBytes: PART_BYTES })
  return layMirrorGround(openS3Store(server.url, {}))
}

async function onDisk(): Promise<MirrorGround> {
  place = mkdtempSync(join(tmpdir(), 'everstow-mirror-place-'))
  return layMirrorGround(await createLocalStore({ path: place, create: true }, env))
}

const pulling = (laid: MirrorGround) => {
  const folder = join(laid.base, 'pulled')
  mkdirSync(folder, { recursive: true })
  laid.loseMemory()
  return laid.run(pull, { mirror: { direction: 'pull', folder } }).then(() => folder)
}

describe.each([
  ['an S3 server', onServer],
  ['a folder', onDisk],
])('on %s', (_, lay) => {
  it('goes there and back, changes are kept, and a second run asks for the listings only', async () => {
    ground = await lay()
    const large = Buffer.alloc(5_000_000, 'large')
    ground.write('large', large)
    ground.write('été/a', 'one')
    ground.write('n'.repeat(255), 'long')
    ground.write('a%41\tb', 'odd')
    ground.write('Case', 'upper')
    ground.write('case', 'lower')
    ground.write('empty', '')
    expect(await ground.run(push)).toMatchObject({ transferred: 7, left: [] })
    ground.calls.length = 0
    expect(await ground.run(push)).toMatchObject({ unchanged: 7, foreign: [] })
    expect(ground.calls).toHaveLength(2)
    expect((await ground.store.head('m/files/large')).sha256).toBe(sha256(large))
    ground.write('large', Buffer.alloc(4_999_999, 'other'))
    ground.remove('été/a')
    expect(await ground.run(push)).toMatchObject({ replaced: 1, deleted: 1, left: [], foreign: [] })
    const objects = await ground.objects()
    expect(Object.values(objects)).toContain(large.toString())
    expect(Object.values(objects)).toContain('one')
    const folder = await pulling(ground)
    for (const name of ['n'.repeat(255), 'a%41\tb', 'Case', 'case', 'empty', 'large'])
      expect(sha256(readFileSync(join(folder, name)))).toBe(sha256(readFileSync(join(ground.folder, name))))
  })
})

it('goes on with a large upload where it was cut off', async () => {
  ground = await onServer()
  const { store } = ground
  const large = Buffer.from(nodeRandom.bytes(6_000_000))
  ground.write('large', large)
  const stop = new AbortController()
  const watching = (onProgress: (sentBytes: number) => void): ObjectStore => ({
    ...store,
    put: (key, body, options) => store.put(key, body, { ...options, onProgress }),
  })
  ground.store = watching((bytes) => {
    if (bytes > 2_000_000) stop.abort()
  })
  await expect(ground.run(push, { signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' })
  ground.store = store
  const received = server?.requests.filter(({ operation }) => operation === 'UploadPart').length ?? 0
  expect(await ground.run(push)).toMatchObject({ transferred: 1, left: [] })
  ground.store = store
  const parts = server?.requests.filter(({ operation }) => operation === 'UploadPart').length ?? 0
  expect(parts - received).toBeLessThan(Math.ceil(large.length / PART_BYTES))
  expect(received).toBeGreaterThan(0)
  expect((await store.head('m/files/large')).sha256).toBe(sha256(large))
  const { body } = await store.get('m/files/large')
  expect(sha256(Buffer.concat(await Array.fromAsync(body)))).toBe(sha256(large))
})

it('comes to the same with a store that fails again and again', async () => {
  const inner = createMemoryStore({ bucket: createMemoryBucket() }, env)
  const { store, faults } = faulty(
    inner,
    { rates: { before: 0.15, after: 0.1, cut: 0.1, short: 0.05, slow: 0.05 }, slowMs: 2 },
    env,
  )
  ground = layMirrorGround(retrying(store, { ...env, baseMs: 1, maxTries: 30 }))
  for (let at = 0; at < 40; at++) ground.write(`f${at}`, `one ${at}`)
  await ground.run(push)
  for (let at = 0; at < 20; at++) ground.write(`f${at}`, `two ${at}`)
  for (let at = 30; at < 35; at++) ground.remove(`f${at}`)
  expect(await ground.run(push)).toMatchObject({ replaced: 20, deleted: 5, left: [] })
  expect(faults.count()).toBeGreaterThan(20)
  faults.pause()
  const values = Object.values(await ground.objects())
  for (let at = 0; at < 40; at++) expect(values).toContain(`one ${at}`)
  for (let at = 0; at < 20; at++) expect(values).toContain(`two ${at}`)
})

describe('a file that changes', () => {
  /** A store that lets something happen while it takes a body. */
  function meanwhile(inner: ObjectStore, act: () => void): ObjectStore {
    return {
      ...inner,
      put: (key, body, options) => {
        const open: typeof body.open = (range) => {
          act()
          return Readable.from(body.open(range), { objectMode: false })
        }
        return inner.put(key, { sizeBytes: body.sizeBytes, open }, options)
      },
    }
  }

  it('while it is sent is told, nothing wrong lies there, and the next run takes it', async () => {
    ground = layMirrorGround()
    const { store } = ground
    ground.write('big', Buffer.alloc(5_000_000, 'a'))
    ground.store = meanwhile(store, () => {
      // Its start is changed in place, before it is sent.
      writeFileSync(join(ground.folder, 'big'), Buffer.alloc(5_000_000, 'b'))
    })
    const outcome = await ground.run(push)
    expect(outcome.left).toMatchObject([{ path: 'big' }])
    ground.store = store
    expect(Object.keys(await ground.objects())).toEqual([])
    expect(await ground.run(push)).toMatchObject({ transferred: 1, left: [] })
    expect((await ground.objects())['m/files/big']?.[0]).toBe('b')
  })

  it('while a small one is sent does no harm: what was read whole is sent, and read again', async () => {
    ground = layMirrorGround()
    const { store } = ground
    ground.write('log', 'line 1\n')
    ground.store = meanwhile(store, () => appendFileSync(join(ground.folder, 'log'), 'line 2\n'))
    expect(await ground.run(push)).toMatchObject({ left: [{ path: 'log', reason: 'changing' }] })
    expect(await ground.objects()).toEqual({ 'm/files/log': 'line 1\n' })
    ground.store = store
    await ground.run(push)
    expect((await ground.objects())['m/files/log']).toMatch(/line 2/)
  })
})

it('goes on without a file that went, or became something else, after the folder was read', async () => {
  ground = layMirrorGround()
  for (const name of ['gone', 'folder', 'link', 'stays']) ground.write(name, name)
  const { store } = ground
  let isFirst = true
  ground.store = {
    ...store,
    list: (options) => {
      if (isFirst) {
        for (const name of ['gone', 'folder', 'link']) ground.remove(name)
        mkdirSync(join(ground.folder, 'folder'))
        symlinkSync('/etc/passwd', join(ground.folder, 'link'))
      }
      isFirst = false
      return store.list(options)
    },
  }
  const outcome = await ground.run(push)
  expect(outcome).toMatchObject({ transferred: 1, deleted: 0 })
  expect(outcome.left.map(({ path, reason }) => `${path} ${reason}`).sort()).toEqual([
    'folder changing',
    'gone changing',
    'link changing',
  ])
  expect(await ground.objects()).toEqual({ 'm/files/stays': 'stays' })
})

it('is cancelled in the middle, and loses nothing', async () => {
  ground = layMirrorGround()
  for (let at = 0; at < 50; at++) ground.write(`f${at}`, String(at))
  const stop = new AbortController()
  const cancelling = (run: MirrorRun) =>
    push({
      ...run,
      onProgress: ({ transferred }) => {
        if (transferred === 10) stop.abort()
      },
    })
  await expect(ground.run(cancelling, { signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' })
  const there = Object.keys(await ground.objects()).length
  expect(there).toBeGreaterThanOrEqual(10)
  expect(there).toBeLessThan(50)
  expect(await ground.run(push)).toMatchObject({ transferred: 50 - there, unchanged: there })
})

it('begins anew where its memory is damaged', async () => {
  ground = layMirrorGround()
  ground.write('a', 'one')
  await ground.run(push)
  ground.loseMemory()
  writeFileSync(
    join(ground.base, 'state.db'),
    'no database at all, only text that is long enough to be looked at',
  )
  expect(await ground.run(push)).toMatchObject({ unchanged: 1, transferred: 0 })
})
