import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import type { Destination } from '../../main/engine/model/destination.ts'
import { downloadTo } from '../../main/engine/storage/download.ts'
import { faulty } from '../../main/engine/storage/faulty.ts'
import { checkKey, checkPrefix, compareKeys, joinPrefix } from '../../main/engine/storage/keys.ts'
import { pathOfKey, segmentOfNames } from '../../main/engine/storage/local/file-names.ts'
import { createMemoryStore } from '../../main/engine/storage/memory/memory-store.ts'
import type { ObjectStore } from '../../main/engine/storage/object-store.ts'
import { openDestination, openStore } from '../../main/engine/storage/open-store.ts'
import { bodyOf, bytesOf, codeOf, contentOf, failureOf, KIB, sha256Of } from '../conformance/under-test.ts'

const env = { clock: nodeClock, random: nodeRandom, log: silentLog }

describe('keys', () => {
  it('sorts as UTF-8 does, whatever the characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
        const bytes = Buffer.compare(Buffer.from(left), Buffer.from(right))
        expect(Math.sign(compareKeys(left, right))).toBe(bytes)
      }),
    )
  })

  it('takes a prefix without the slashes at its ends', () => {
    expect(checkPrefix(undefined)).toBe('')
    expect(checkPrefix('/')).toBe('')
    expect(checkPrefix('/my/backups/')).toBe('my/backups')
    expect(joinPrefix('my/backups', 'a/b')).toBe('my/backups/a/b')
    expect(joinPrefix('', 'a/b')).toBe('a/b')
    expect(() => checkPrefix('a/../b')).toThrow(/dot-segment/)
  })

  it('says why it refuses, without repeating what is dangerous', () => {
    expect(() => checkKey('a\u0007b')).toThrow(/control-character/)
    expect(() => checkKey('a\u0007b')).not.toThrow('\u0007')
  })
})

describe('file names of keys', () => {
  const segment = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 700 })
    .filter((text) => text.isWellFormed() && !/[\p{Cc}/]/u.test(text) && text !== '.' && text !== '..')

  it('lead back to the key, and are names that every system takes', () => {
    fc.assert(
      fc.property(segment, (text) => {
        const names = pathOfKey('/', text).slice(1).split('/')
        expect(segmentOfNames(names)).toBe(text)
        for (const name of names) {
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
          expect(name).not.toMatch(/[<>:"|?*\\]|[. ]$/)
          expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('stay as they are where they can', () => {
    const name = 'unified_backup_20260105_120000.tar.gz'
    expect(pathOfKey('/place', `archives/${name}`)).toBe(`/place/archives/${name}`)
  })

  it('of strangers mean nothing', () => {
    for (const name of ['100%.txt', '%41', '%zz', 'a:b', 'con', 'trailing.', '%2e', '%C3', 'x%~']) {
      expect(segmentOfNames([name]), name).toBeUndefined()
    }
  })
})

describe('downloadTo', () => {
  const bytes = bytesOf(300 * KIB + 11)
  const filled = async (): Promise<ObjectStore> => {
    const store = createMemoryStore({}, env)
    await store.put('object', bodyOf(bytes))
    return store
  }
  const collect = () => {
    const pieces: Buffer[] = []
    const sink = new Writable({
      highWaterMark: 1000,
      write(piece: Buffer, _encoding, done) {
        pieces.push(Buffer.from(piece))
        setImmediate(done)
      },
    })
    return { sink, bytes: () => Buffer.concat(pieces) }
  }

  it('writes ranges in order into a stream, never more in flight than allowed', async () => {
    const inner = await filled()
    let open = 0
    let mostOpen = 0
    const store: ObjectStore = {
      ...inner,
      async get(key, options) {
        open += 1
        mostOpen = Math.max(mostOpen, open)
        const result = await inner.get(key, options)
        result.body.once('close', () => {
          open -= 1
        })
        return result
      },
    }
    const { sink, bytes: written } = collect()
    const seen: number[] = []
    const onProgress = (receivedBytes: number, totalBytes: number) => {
      expect(totalBytes).toBe(bytes.byteLength)
      seen.push(receivedBytes)
    }
    await downloadTo(store, 'object', sink, { rangeBytes: 16 * KIB, parallel: 3, onProgress })
    expect(written().equals(bytes)).toBe(true)
    expect(mostOpen).toBe(3)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe(bytes.byteLength)
  })

  it('needs one request for a small object whose size is known', async () => {
    const inner = await filled()
    const store: ObjectStore = { ...inner, head: () => Promise.reject(new Error('not asked for')) }
    const { sink, bytes: written } = collect()
    await downloadTo(store, 'object', sink, { sizeBytes: bytes.byteLength })
    expect(written().equals(bytes)).toBe(true)
  })

  it.each([
    ['another digest than promised', { sha256: sha256Of(Buffer.from('other')) }],
    ['another size than promised', { sizeBytes: bytes.byteLength + 1 }],
  ])('refuses %s', async (_what, options) => {
    const store = await filled()
    expect(await codeOf(downloadTo(store, 'object', collect().sink, options))).toBe('checksum-mismatch')
  })

  it.each([KIB * 16, KIB * 1024])(
    'finds a flipped bit by the store’s own digest, ranges of %i',
    async (rangeBytes) => {
      const { store, faults } = faulty(await filled(), { rates: {} }, { ...env, random: createFakeRandom(7) })
      faults.script('get', 'flipped')
      const failure = await failureOf(downloadTo(store, 'object', collect().sink, { rangeBytes }))
      expect(failure).toMatchObject({ code: 'checksum-mismatch', data: { kind: 'sha256' } })
    },
  )

  it('gives up when a range fails, and when the object changes under it', async () => {
    const { store, faults } = faulty(await filled(), { rates: {} }, env)
    faults.script('get', 'none', 'cut')
    const failure = await failureOf(downloadTo(store, 'object', collect().sink, { rangeBytes: 16 * KIB }))
    expect(failure.retry).toBe('retry')

    const inner = await filled()
    let gets = 0
    const changing: ObjectStore = {
      ...inner,
      async get(key, options) {
        if (++gets === 6) await inner.put('object', bodyOf(bytesOf(bytes.byteLength, 'other')))
        return inner.get(key, options)
      },
    }
    const download = downloadTo(changing, 'object', collect().sink, { rangeBytes: 16 * KIB })
    expect(await codeOf(download)).toBe('precondition-failed')
  })

  it('stops when it is cancelled, and when the sink fails', async () => {
    const store = await filled()
    const cancel = new AbortController()
    const options = { rangeBytes: 16 * KIB, signal: cancel.signal, onProgress: () => cancel.abort() }
    expect(await codeOf(downloadTo(store, 'object', collect().sink, options))).toBe('cancelled')
    const sink = {
      writeAt: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })),
    }
    expect(await codeOf(downloadTo(store, 'object', sink, { rangeBytes: 16 * KIB }))).toBe('disk-full')
    const broken = new Writable({
      highWaterMark: 10,
      write: (_piece, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
    })
    expect(await codeOf(downloadTo(store, 'object', broken, { rangeBytes: 16 * KIB }))).toBe('disk-full')
  })
})

describe('opening a destination', () => {
  const destination = (type: string, more: Partial<Destination> = {}): Destination =>
    ({ id: 'p_0123456789', name: 'mine', type, ...more }) as Destination

  it('refuses a provider nobody offers, and names those there are', async () => {
    const failure = await failureOf(openStore(destination('dropbox'), {}, env))
    expect(failure).toMatchObject({
      code: 'unknown-provider',
      data: { name: 'dropbox', known: 'local, s3, r2, b2, gcs, azure' },
    })
  })

  it('opens a folder under any name and case of its type, wrapped, counted and limited', async () => {
    const path = await mkdtemp(join(tmpdir(), 'everstow-open-'))
    try {
      const options = { create: true }
      const { store, meter, limits } = await openDestination(destination('Disk', { path }), {}, env, options)
      await store.put('a/b', bodyOf('content'))
      expect((await contentOf(store, 'a/b')).toString()).toBe('content')
      await store.exists('a/b')
      await store.list()
      await store.delete('a/b')
      expect(meter.snapshot()).toEqual({
        write: { requests: 1, bytes: 7 },
        read: { requests: 2, bytes: 7 },
        list: { requests: 1, bytes: 0 },
        delete: { requests: 1, bytes: 0 },
      })
      expect(limits.upload.bytesPerSecond()).toBeUndefined()
      const limited = await openDestination(destination('LOCAL', { path, uploadLimit: 5000 }), {}, env)
      expect(limited.limits.upload.bytesPerSecond()).toBe(5000)
    } finally {
      await rm(path, { recursive: true })
    }
  })

  it('wants a path for a folder', async () => {
    expect(await codeOf(openStore(destination('local'), {}, env))).toBe('invalid-input')
    expect(await codeOf(openStore(destination('local', { path: 'relative' }), {}, env))).toBe('invalid-input')
  })
})
