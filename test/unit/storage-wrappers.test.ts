import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../main/engine/env/fake/fake-clock.ts'
import { createFakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { createRecordingLog } from '../../main/engine/env/fake/recording-log.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
import type { RetryOptions } from '../../main/engine/storage/again.ts'
import { faulty } from '../../main/engine/storage/faulty.ts'
import { logged } from '../../main/engine/storage/logged.ts'
import { createMemoryStore } from '../../main/engine/storage/memory/memory-store.ts'
import { metered } from '../../main/engine/storage/metered.ts'
import type {
  Body,
  ObjectInfo,
  ObjectStore,
  PutIfAbsentAnswer,
} from '../../main/engine/storage/object-store.ts'
import { createRateLimit } from '../../main/engine/storage/rate-limit.ts'
import { retrying } from '../../main/engine/storage/retrying.ts'
import { throttled } from '../../main/engine/storage/throttled.ts'
import {
  bodyOf,
  bytesOf,
  codeOf,
  contentOf,
  failureOf,
  KIB,
  MIB,
  readAll,
  streamCodeOf,
} from '../conformance/under-test.ts'

const realEnv = { clock: nodeClock, random: nodeRandom }

/** A memory store, faults and retries on a clock that stands still. */
function bench(options: Partial<RetryOptions> = {}) {
  const clock = createFakeClock()
  const random = createFakeRandom('wrappers')
  const log = createRecordingLog()
  const inner = createMemoryStore({}, { clock, random })
  const { store: failing, faults } = faulty(inner, { rates: {} }, { clock, random })
  const store = retrying(failing, { clock, random, log, ...options })
  return { clock, random, log, inner, failing, faults, store }
}

/** A store whose one operation fails as told before it works. */
function failingHead(
  inner: ObjectStore,
  errors: readonly EverstowError[],
): { store: ObjectStore; calls: () => number } {
  let calls = 0
  const head: ObjectStore['head'] = (key, signal) => {
    const error = errors[calls++]
    return error ? Promise.reject(error) : inner.head(key, signal)
  }
  return { store: { ...inner, head }, calls: () => calls }
}

describe('retrying', () => {
  it('waits longer and longer, at random, up to the cap', async () => {
    const { clock, inner, log } = bench()
    await inner.put('object', bodyOf('x'))
    const lost = new EverstowError('connection-lost')
    const waits: number[] = []
    for (const float of [0.999, 0.5]) {
      const { store } = failingHead(inner, Array(9).fill(lost))
      const random = { bytes: nodeRandom.bytes, float: () => float }
      const spied = {
        ...clock,
        sleep: (ms: number) => clock.sleep(ms, void waits.push(Math.round(ms)) as undefined),
      }
      const tried = retrying(store, { clock: spied, random, log, capMs: 5_000, maxTries: 10 })
      await clock.run(tried.head('object'))
    }
    expect(waits).toEqual([
      ...[200, 400, 800, 1599, 3198, 4998, 4998, 4998, 4998],
      ...[150, 300, 600, 1200, 2400, 3750, 3750, 3750, 3750],
    ])
    expect(log.entries.filter((entry) => entry.level === 'warn').length).toBe(18)
  })

  it('gives up after so many tries, and at once where trying again is no use', async () => {
    const { clock, random, log, inner } = bench()
    const lost = new EverstowError('connection-lost')
    const often = failingHead(inner, Array(50).fill(lost))
    const tried = retrying(often.store, { clock, random, log, maxTries: 4 })
    expect(await clock.run(codeOf(tried.head('object')))).toBe('connection-lost')
    expect(often.calls()).toBe(4)
    for (const error of [
      new EverstowError('permission-denied'),
      new EverstowError('network-unreachable'),
      new Error('bug'),
    ]) {
      const once = failingHead(inner, Array(50).fill(error))
      await clock.run(failureOf(retrying(once.store, { clock, random, log }).head('object')))
      expect(once.calls()).toBe(1)
    }
  })

  const overloaded = () => {
    const { clock, random, log, inner } = bench()
    const begunMs = clock.monotonicMs()
    const askedMs: number[] = []
    let isBusy = true
    const busy: ObjectStore = {
      ...inner,
      async put(key, body) {
        askedMs.push(clock.monotonicMs() - begunMs)
        if (isBusy) throw new EverstowError('throttled')
        return inner.put(key, body)
      },
    }
    const keys = Array.from({ length: 40 }, (_, at) => `object/${at}`)
    return {
      ...{ clock, inner, keys, askedMs },
      retried: (options: Partial<RetryOptions>) => retrying(busy, { clock, random, log, ...options }),
      recover: () => {
        isBusy = false
      },
      putAll: (store: ObjectStore) =>
        Promise.all(keys.map((key) => streamCodeOf(store.put(key, bodyOf(key))))),
    }
  }

  it('asks a place that is overloaded once after each pause, each pause longer than the one before', async () => {
    const { clock, inner, keys, askedMs, retried, recover } = overloaded()
    const store = retried({ maxTries: 40, capMs: 120_000, maxElapsedMs: 3_600_000 })
    const work = Promise.all(keys.map((key) => store.put(key, bodyOf(key))))
    await clock.advance(0)
    // All that was under way when it began.
    expect(askedMs.splice(0)).toEqual(keys.map(() => 0))
    await clock.advance(1_800_000)
    const pauses = askedMs.map((ms, at) => ms - (askedMs[at - 1] ?? 0))
    const growing = pauses.slice(0, 10)
    expect(growing).toEqual(growing.toSorted((one, other) => one - other))
    for (const [at, ms] of growing.entries()) {
      expect(ms).toBeGreaterThanOrEqual(100 * 2 ** at)
      expect(ms).toBeLessThanOrEqual(200 * 2 ** at)
    }
    for (const ms of pauses.slice(10)) expect(ms).toBeGreaterThanOrEqual(60_000)
    expect(askedMs.filter((ms) => ms < 60_000).length).toBeLessThanOrEqual(10)
    expect(askedMs.filter((ms) => ms >= 1_200_000).length).toBeLessThanOrEqual(10)

    recover()
    await clock.run(work)
    for (const key of keys) expect((await contentOf(inner, key)).toString()).toBe(key)
  })

  it('gives up together, then asks once for each work, and goes on at once when the place is back', async () => {
    const { clock, askedMs, retried, recover, putAll } = overloaded()
    const store = retried({})
    const failed = (await clock.run(putAll(store))).filter((code) => code !== 'throttled')
    expect(failed).toEqual([])
    expect(askedMs.splice(0).length).toBe(40 + 7)
    for (const minutes of [1, 5, 9]) {
      await clock.run(clock.sleep(minutes * 60_000))
      await clock.run(putAll(store))
      expect(askedMs.splice(0).length).toBe(1)
    }
    // After a rest it is patient again, and does not begin with all at once.
    await clock.run(clock.sleep(601_000))
    await clock.run(putAll(store))
    expect(askedMs.splice(0).length).toBe(7)

    recover()
    const begunMs = clock.monotonicMs()
    expect(new Set(await clock.run(putAll(store)))).toEqual(new Set([undefined]))
    expect(clock.monotonicMs()).toBe(begunMs)
  })

  it('what fails alone is tried again at its own pace', async () => {
    const { clock, random, log, inner } = bench()
    const askedMs: number[] = []
    const store = retrying(
      {
        ...inner,
        async exists(key) {
          if (key !== 'odd') return true
          askedMs.push(clock.monotonicMs())
          throw new EverstowError('connection-lost')
        },
      },
      { clock, random, log },
    )
    const stop = clock.every(10, () => void store.exists('even'))
    expect(await clock.run(codeOf(store.exists('odd')))).toBe('connection-lost')
    stop()
    expect(askedMs.length).toBe(8)
    for (const [at, ms] of askedMs.slice(1).entries())
      expect(ms - (askedMs[at] ?? 0)).toBeGreaterThanOrEqual(100 * 2 ** at)
  })

  it('gives up when the time is used up', async () => {
    const { clock, random, log, inner } = bench()
    const { store } = failingHead(inner, Array(5000).fill(new EverstowError('timed-out')))
    const startedMs = clock.monotonicMs()
    const tried = retrying(store, { clock, random, log, maxTries: 5000, maxElapsedMs: 60_000 })
    expect(await clock.run(codeOf(tried.head('object')))).toBe('timed-out')
    expect(clock.monotonicMs() - startedMs).toBeLessThanOrEqual(60_000)
    expect(clock.monotonicMs() - startedMs).toBeGreaterThan(25_000)
  })

  it('gives up the calls that follow at once, as long as nothing succeeds and there is no rest between', async () => {
    const { clock, random, log, inner } = bench()
    await inner.put('object', bodyOf('x'))
    const STALL_MS = 90_000
    let calls = 0
    let isAway = true
    const stalled: ObjectStore = {
      ...inner,
      async head(key, signal) {
        calls++
        if (!isAway) return inner.head(key, signal)
        await clock.sleep(STALL_MS)
        throw new EverstowError('timed-out')
      },
    }
    const store = retrying(stalled, { clock, random, log })
    const triesOfCall = async () => {
      const before = calls
      await clock.run(store.head('object').catch(() => {}))
      return calls - before
    }
    const begunMs = clock.monotonicMs()
    expect(await triesOfCall()).toBeGreaterThan(5)
    for (let closing = 0; closing < 3; closing++) expect(await triesOfCall()).toBe(1)
    expect(clock.monotonicMs() - begunMs).toBeLessThan(600_000 + 5 * STALL_MS)

    await clock.run(clock.sleep(601_000))
    expect(await triesOfCall()).toBeGreaterThan(5)
    isAway = false
    expect(await triesOfCall()).toBe(1)
    isAway = true
    expect(await triesOfCall()).toBeGreaterThan(5)
  })

  it('comes back no sooner than it was told, and not at all when that is too late', async () => {
    const { clock, random, log, inner } = bench()
    await inner.put('object', bodyOf('x'))
    const busy = new EverstowError('throttled', { retryAfterMs: 7_000 })
    const { store } = failingHead(inner, [busy])
    const startedMs = clock.monotonicMs()
    await clock.run(retrying(store, { clock, random, log }).head('object'))
    expect(clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(7_000)
    const long = new EverstowError('throttled', { retryAfterMs: 3_600_000 })
    const never = failingHead(inner, [long])
    expect(await codeOf(retrying(never.store, { clock, random, log }).head('object'))).toBe('throttled')
    expect(never.calls()).toBe(1)
  })

  it('stops waiting the moment it is cancelled', async () => {
    const { clock, random, log, inner } = bench()
    const { store, calls } = failingHead(inner, Array(50).fill(new EverstowError('connection-lost')))
    const cancel = new AbortController()
    const work = codeOf(retrying(store, { clock, random, log }).head('object', cancel.signal))
    await turn()
    cancel.abort()
    expect(await work).toBe('cancelled')
    expect(calls()).toBe(1)
    expect(clock.pending()).toBe(0)
  })

  it('opens the body anew for every try of a put', async () => {
    const { clock, store, faults } = bench()
    const bytes = bytesOf(100 * KIB)
    let opened = 0
    const body: Body = {
      sizeBytes: bytes.byteLength,
      open: () => {
        opened += 1
        return Readable.from([bytes], { objectMode: false })
      },
    }
    faults.script('put', 'cut', 'before', 'after', 'cut')
    await clock.run(store.put('object', body))
    expect(opened).toBe(4)
    expect((await contentOf(store, 'object')).equals(bytes)).toBe(true)
  })

  it.each(['cut', 'short'] as const)('a download that is %s again and again comes whole', async (fault) => {
    const { clock, store, faults } = bench()
    const bytes = bytesOf(2 * MIB)
    await store.put('object', bodyOf(bytes))
    for (let broken = 0; broken < 12; broken++) faults.script('get', fault)
    expect((await clock.run(contentOf(store, 'object'))).equals(bytes)).toBe(true)
    for (let broken = 0; broken < 4; broken++) faults.script('get', fault)
    const range = { start: 1000, end: 1_500_000 }
    expect(
      (await clock.run(contentOf(store, 'object', { range }))).equals(bytes.subarray(1000, 1_500_000)),
    ).toBe(true)
  })

  it('a download never mixes two versions', async () => {
    const { clock, store, inner, faults } = bench()
    await store.put('object', bodyOf(bytesOf(2 * MIB, 'old')))
    faults.script('get', 'cut')
    const { body } = await store.get('object')
    await inner.put('object', bodyOf(bytesOf(2 * MIB, 'new')))
    expect(await clock.run(streamCodeOf(readAll(body)))).toBe('precondition-failed')
  })

  it('a download that gets nothing gives up', async () => {
    const { clock, store, faults } = bench({ maxTries: 3 })
    await store.put('object', bodyOf(bytesOf(MIB)))
    faults.script('get', 'cut', 'before', 'before', 'before', 'before')
    const { body } = await store.get('object')
    const code = await clock.run(streamCodeOf(readAll(body)))
    expect(['place-unavailable', 'throttled', 'connection-lost', 'timed-out']).toContain(code)
  })

  it('a download that breaks before anybody reads it ends nothing but itself', async () => {
    const { clock, inner, random, log } = bench()
    await inner.put('object', bodyOf('content'))
    let gets = 0
    const breaking: ObjectStore = {
      ...inner,
      async get(key, options) {
        const result = await inner.get(key, options)
        if (gets++ === 0) result.body.destroy(new EverstowError('connection-lost'))
        return result
      },
    }
    const { body } = await retrying(breaking, { clock, random, log }).get('object')
    await turn()
    expect((await clock.run(readAll(body))).toString()).toBe('content')
  })

  it('lets go of the connection when the reader does', async () => {
    const { inner, random, log, clock } = bench()
    await inner.put('object', bodyOf(bytesOf(4 * MIB)))
    const bodies: Readable[] = []
    const watched: ObjectStore = {
      ...inner,
      async get(key, options) {
        const result = await inner.get(key, options)
        bodies.push(result.body)
        return result
      },
    }
    const { body } = await retrying(watched, { clock, random, log }).get('object')
    await new Promise((resolve) => body.once('data', resolve))
    body.destroy()
    await turn()
    expect(bodies.map((each) => each.destroyed)).toEqual([true])
  })

  const ours = Buffer.from('ours, with a random id')
  it.each([
    ['made, answer lost', ['after'], undefined, 'created', ours],
    ['not made, answer lost', ['before'], undefined, 'created', ours],
    ['lost twice, then made', ['before', 'before'], undefined, 'created', ours],
    ['made on the second try, both answers lost', ['before', 'after'], undefined, 'created', ours],
    ['somebody was first', [], 'theirs', 'exists', Buffer.from('theirs')],
    ['somebody was first, answer lost', ['after'], 'theirs', 'exists', Buffer.from('theirs')],
    [
      'somebody was first with as many bytes',
      ['before'],
      'OURS, with a random id',
      'exists',
      Buffer.from('OURS, with a random id'),
    ],
  ] as const)('settles a conditional put: %s', async (_what, script, theirs, answer, content) => {
    const { clock, store, inner, faults } = bench()
    if (theirs) await inner.put('key', bodyOf(theirs))
    faults.script('putIfAbsent', ...script)
    expect(await clock.run(store.putIfAbsent('key', ours))).toBe(answer)
    expect((await contentOf(inner, 'key')).equals(content)).toBe(true)
  })

  it('settles a put that arrives after its time-out as its own', async () => {
    const { clock, inner, random, log } = bench()
    let tries = 0
    const late: ObjectStore = {
      ...inner,
      async putIfAbsent(key, bytes, options): Promise<PutIfAbsentAnswer> {
        if (tries++ > 0) await inner.putIfAbsent(key, Buffer.from(ours), options)
        return tries === 1 ? 'ambiguous' : inner.putIfAbsent(key, bytes, options)
      },
    }
    expect(await clock.run(retrying(late, { clock, random, log }).putIfAbsent('key', ours))).toBe('created')
  })

  it('says ambiguous when it cannot be settled in time, and throws certain refusals', async () => {
    const { clock, inner, random, log } = bench()
    const never: ObjectStore = { ...inner, putIfAbsent: async () => 'ambiguous' }
    const options = { clock, random, log, maxTries: 3 }
    expect(await clock.run(retrying(never, options).putIfAbsent('key', ours))).toBe('ambiguous')
    const refusing: ObjectStore = {
      ...inner,
      putIfAbsent: () => Promise.reject(new EverstowError('not-supported')),
    }
    expect(await codeOf(retrying(refusing, options).putIfAbsent('key', ours))).toBe('not-supported')
  })
})

describe('throttled', () => {
  const setUp = async (uploadLimit?: number, downloadLimit?: number) => {
    const clock = createFakeClock()
    const inner = createMemoryStore({}, { clock, random: nodeRandom })
    const upload = createRateLimit(clock, uploadLimit)
    const download = createRateLimit(clock, downloadLimit)
    await inner.put('object', bodyOf(bytesOf(MIB)))
    return { clock, inner, upload, download, store: throttled(inner, { upload, download }) }
  }
  const timed = async (clock: ReturnType<typeof createFakeClock>, work: () => Promise<unknown>) => {
    const startedMs = clock.monotonicMs()
    await clock.run(work())
    return (clock.monotonicMs() - startedMs) / 1000
  }

  it.each([10 * KIB, 100 * KIB, 512 * KIB])('keeps to %i bytes a second, up and down', async (limit) => {
    const { clock, store } = await setUp(limit, limit)
    const expected = MIB / limit
    const up = await timed(clock, () => store.put('new', bodyOf(bytesOf(MIB))))
    const down = await timed(clock, () => contentOf(store, 'object'))
    for (const seconds of [up, down]) {
      expect(seconds).toBeGreaterThan(expected * 0.9 - 0.3)
      expect(seconds).toBeLessThan(expected * 1.1 + 0.3)
    }
    expect((await clock.run(contentOf(store, 'new'))).equals(bytesOf(MIB))).toBe(true)
  })

  it('keeps to it as well where a body is read into buffers, and counts that', async () => {
    const { clock, upload, download } = await setUp(100 * KIB)
    const bytes = bytesOf(MIB)
    const body: Body = {
      ...bodyOf(bytes),
      readInto: async (into, start) => bytes.copy(into, 0, start, start + into.byteLength),
    }
    // Reads as the far stores do.
    const inner: ObjectStore = {
      ...createMemoryStore({}, { clock, random: nodeRandom }),
      async put(key, { readInto, sizeBytes }) {
        const into = Buffer.alloc(sizeBytes)
        for (let at = 0; at < sizeBytes; ) at += await readInto!(into.subarray(at), at)
        expect(into.equals(bytes)).toBe(true)
        return { key, sizeBytes } as ObjectInfo
      },
    }
    const { store: counted, meter } = metered(inner)
    const seconds = await timed(clock, () => throttled(counted, { upload, download }).put('new', body))
    expect(seconds).toBeGreaterThan(9)
    expect(seconds).toBeLessThan(11.6)
    expect(meter.snapshot().write).toEqual({ requests: 1, bytes: MIB })
  })

  it('shares one limit among many streams, and counts conditional puts', async () => {
    const { clock, store } = await setUp(100 * KIB)
    const puts = [0, 1, 2, 3].map((at) => () => store.put(`new/${at}`, bodyOf(bytesOf(100 * KIB, at))))
    const seconds = await timed(clock, async () => {
      await Promise.all(puts.map((put) => put()))
      for (const key of ['a', 'b']) await store.putIfAbsent(key, bytesOf(100 * KIB))
    })
    expect(seconds).toBeGreaterThan(4)
    expect(seconds).toBeLessThan(6.5)
  })

  it('without a limit nothing waits, and a body that is a file stays one', async () => {
    const { clock, inner, upload, download } = await setUp()
    const seen: Body[] = []
    const spied: ObjectStore = {
      ...inner,
      put: (key, body, options) => {
        seen.push(body)
        return inner.put(key, body, options)
      },
    }
    const store = throttled(spied, { upload, download })
    const body = { ...bodyOf('content'), filePath: '/some/file' }
    expect(await timed(clock, () => store.put('new', body))).toBe(0)
    upload.set(1000)
    await clock.run(store.put('new', body))
    expect(seen.map((each) => each.filePath)).toEqual(['/some/file', undefined])
  })

  it('a changed limit counts at once, also for those who wait', async () => {
    const { clock, store, download } = await setUp(undefined, 100)
    const work = contentOf(store, 'object')
    await clock.advance(5_000)
    const startedMs = clock.monotonicMs()
    download.set(undefined)
    expect((await clock.run(work)).byteLength).toBe(MIB)
    expect(clock.monotonicMs() - startedMs).toBeLessThan(100)
  })

  it('who is cancelled while waiting lets the next one through', async () => {
    const { clock, store, download, inner } = await setUp(undefined, 1000)
    await inner.put('small', bodyOf('x'))
    const cancel = new AbortController()
    const work = streamCodeOf(contentOf(store, 'object', { signal: cancel.signal }))
    await clock.advance(3_000)
    cancel.abort()
    expect(await work).toBe('cancelled')
    expect((await clock.run(contentOf(store, 'small'))).toString()).toBe('x')
    const { body } = await store.get('object')
    body.resume()
    await clock.advance(1_000)
    body.destroy()
    expect((await clock.run(contentOf(store, 'small'))).toString()).toBe('x')
    expect(download.bytesPerSecond()).toBe(1000)
  })

  it('holds on the real clock too', async () => {
    const inner = createMemoryStore({}, realEnv)
    const upload = createRateLimit(nodeClock, 400 * KIB)
    const store = throttled(inner, { upload, download: createRateLimit(nodeClock, undefined) })
    const startedMs = nodeClock.monotonicMs()
    await store.put('object', bodyOf(bytesOf(400 * KIB)))
    expect(nodeClock.monotonicMs() - startedMs).toBeGreaterThan(600)
  })
})

describe('logged', () => {
  it('tells of what was done, what failed and what was only looked for', async () => {
    const clock = createFakeClock()
    const log = createRecordingLog()
    const inner = createMemoryStore({}, { clock, random: nodeRandom })
    const { store: failing, faults } = faulty(inner, { rates: {} }, { clock, random: createFakeRandom(1) })
    const store = logged(failing, { log, clock, fields: { destination: 'home' } })
    await store.put('a', bodyOf('content'))
    await store.exists('a')
    await codeOf(store.head('missing'))
    await codeOf(store.get('missing'))
    faults.script('put', 'before')
    await failureOf(store.put('b', bodyOf('x')))
    await contentOf(store, 'a')
    faults.script('get', 'cut')
    await streamCodeOf(contentOf(store, 'a'))
    const { body } = await store.get('a')
    body.destroy()
    await turn()
    await codeOf(store.delete('a', AbortSignal.abort()))
    expect(log.entries.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'info put done',
      'debug exists done',
      'debug head failed',
      'debug get failed',
      'error put failed',
      'info get done',
      'error get failed',
      'debug get not read to its end',
      'info delete failed',
    ])
    for (const entry of log.entries) expect(entry.fields).toMatchObject({ destination: 'home' })
    expect(log.entries[0]?.fields).toMatchObject({ key: 'a', sizeBytes: 7 })
    expect(log.entries[3]?.fields).toMatchObject({ code: 'object-missing' })
  })
})

describe('metered', () => {
  it('counts requests and the bytes that moved, also of failed tries', async () => {
    const clock = createFakeClock()
    const random = createFakeRandom(3)
    const inner = createMemoryStore({}, { clock, random })
    const { store: failing, faults } = faulty(inner, { rates: {} }, { clock, random })
    const { store: counted, meter } = metered(failing)
    const store = retrying(counted, { clock, random, log: silentLog })
    faults.script('put', 'before', 'after')
    await clock.run(store.put('a', bodyOf(bytesOf(1000))))
    await store.putIfAbsent('b', bytesOf(10))
    await contentOf(store, 'a', { range: { start: 0, end: 100 } })
    await store.head('a')
    await store.list()
    await store.delete('a')
    expect(meter.snapshot()).toEqual({
      write: { requests: 4, bytes: 2010 },
      read: { requests: 2, bytes: 100 },
      list: { requests: 1, bytes: 0 },
      delete: { requests: 1, bytes: 0 },
    })
  })
})

describe('faulty', () => {
  it('does the same for the same seed, and nothing while it is paused', async () => {
    const history = async (seed: number) => {
      const clock = createFakeClock()
      const inner = createMemoryStore({}, { clock, random: nodeRandom })
      const rates = { before: 0.3, after: 0.2, short: 0.2, flipped: 0.2 }
      const { store, faults } = faulty(inner, { rates }, { clock, random: createFakeRandom(seed) })
      const outcomes: string[] = []
      for (let at = 0; at < 40; at++) {
        const work = at % 2 === 0 ? store.put('a', bodyOf('content')) : contentOf(store, 'a')
        outcomes.push(await work.then(String, (error: EverstowError) => error.code))
      }
      expect(faults.count()).toBeGreaterThan(5)
      faults.pause()
      for (let at = 0; at < 20; at++) await store.put('a', bodyOf('content'))
      expect((await contentOf(store, 'a')).toString()).toBe('content')
      return outcomes
    }
    expect(await history(1)).toEqual(await history(1))
    expect(await history(1)).not.toEqual(await history(2))
  })
})
