import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../main/engine/env/fake/fake-clock.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import type { ObjectStore } from '../../main/engine/storage/object-store.ts'
import type { S3Config } from '../../main/engine/storage/s3/index.ts'
import type { Fault } from '../servers/s3/faults.ts'
import { type S3ServerOptions, TEST_BUCKET } from '../servers/s3/options.ts'
import { sendRaw } from '../servers/s3/raw-client.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { IMPATIENT, KIB, md5Of, openS3Store, PART_BYTES, sha256Of } from './storage-s3-bench.ts'

let server: S3Server
let store: ObjectStore
const start = async (options: S3ServerOptions = {}, change: Partial<S3Config> = {}) => {
  await store?.close()
  await server?.close()
  server = await startS3Server({ minPartBytes: PART_BYTES, ...options })
  store = openS3Store(server.url, change)
}
beforeEach(() => start())
afterEach(async () => {
  await store.close()
  await server.close()
})

const text = (content: string) => bodyOfBytes(Buffer.from(content))
const read = async (key: string, options?: Parameters<ObjectStore['get']>[1]) =>
  buffer((await store.get(key, options)).body)
const once = (fault: Fault) => server.faults.add({ times: 1, ...fault })

describe('what arrives at the place', () => {
  it('is under the prefix, with digests, type and metadata', async () => {
    const bytes = Buffer.from('hello')
    const beforeMs = Date.now()
    const info = await store.put('a/b.txt', bodyOfBytes(bytes), {
      sha256: sha256Of(bytes),
      contentType: 'text/plain',
      metadata: { colour: 'dark green' },
    })
    expect(info).toMatchObject({ key: 'a/b.txt', sizeBytes: 5, md5: md5Of(bytes), sha256: sha256Of(bytes) })
    // The service tells seconds.
    expect(info.modifiedMs).toBeGreaterThan(beforeMs - 2_000)
    expect(info.modifiedMs).toBeLessThan(Date.now() + 2_000)
    expect(server.objects().get('backups/a/b.txt')).toMatchObject({
      sizeBytes: 5,
      contentType: 'text/plain',
      metadata: { colour: 'dark green', sha256: sha256Of(bytes), md5: md5Of(bytes) },
    })
    expect(await store.head('a/b.txt')).toMatchObject({
      metadata: { colour: 'dark green' },
      md5: md5Of(bytes),
    })
    expect(store.url('a/b.txt')).toBe(`s3://${TEST_BUCKET}/backups/a/b.txt`)
  })

  it('carries a SHA-256 that AWS checks and keeps', async () => {
    await start({}, { flavour: 'aws' })
    const bytes = Buffer.from('hello')
    await store.put('k', bodyOfBytes(bytes), { sha256: sha256Of(bytes) })
    const kept = server.objects().get('backups/k')?.checksums
    expect(kept).toEqual({ sha256: Buffer.from(sha256Of(bytes), 'hex').toString('base64') })
  })

  it.each([100, 3 * PART_BYTES])(
    'is encrypted and classed as the destination says, %i bytes',
    async (sizeBytes) => {
      const encryption = { kind: 'aws:kms', kmsKeyId: 'key-1' } as const
      await start({}, { encryption, storageClass: 'STANDARD_IA' })
      const bytes = randomBytes(sizeBytes)
      const info = await store.put('k', bodyOfBytes(bytes), { md5: md5Of(bytes) })
      // Under KMS the tag is no MD5, and must not be taken for one.
      expect(info).toMatchObject({ storageClass: 'STANDARD_IA', md5: md5Of(bytes) })
      expect(server.objects().get('backups/k')).toMatchObject({ encryption, storageClass: 'STANDARD_IA' })
      expect(await read('k')).toEqual(bytes)
    },
  )

  it('needs one request for a small object, and none where the bytes are wrong', async () => {
    await expect(
      store.put('k', text('hello'), { sha256: sha256Of(Buffer.from('other')) }),
    ).rejects.toMatchObject({
      code: 'checksum-mismatch',
      retry: 'never',
    })
    expect(server.requests).toEqual([])
    await store.put('k', text('hello'))
    expect(server.requests).toHaveLength(1)
  })

  it('is refused where bytes changed on their way, and may be tried again', async () => {
    once({ kind: 'flip', match: { operation: 'PutObject' } })
    await expect(store.put('k', text('hello'))).rejects.toMatchObject({
      code: 'checksum-mismatch',
      retry: 'retry',
    })
    expect(server.objects().size).toBe(0)
  })

  it.each<Record<string, string>>([
    { Upper: 'x' },
    { name: 'ünï' },
    { name: ' padded' },
    { name: 'two\r\nlines' },
  ])('refuses metadata that headers cannot carry: %o', async (metadata) => {
    await expect(store.put('k', text('x'), { metadata })).rejects.toMatchObject({ code: 'invalid-input' })
    expect(server.requests).toEqual([])
  })

  it('stays here where the headers are refused', async () => {
    let bodyBytes = 0
    const http = createServer()
    http.on('checkContinue', (request, response) => {
      request.on('data', (piece: Buffer) => {
        bodyBytes += piece.byteLength
      })
      response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    // The wait for "100 Continue" ends with the answer alone, however late a busy machine gives it.
    const patient = { ...nodeClock, sleep: createFakeClock().sleep }
    const change = { partBytes: 8 * KIB * KIB, stallTimeoutMs: 20_000 }
    const refused = openS3Store(endpoint, change, undefined, patient)
    const large = bodyOfBytes(randomBytes(6 * KIB * KIB))
    await expect(refused.put('k', large)).rejects.toMatchObject({ code: 'permission-denied' })
    expect(bodyBytes).toBe(0)
    await refused.close()
    await new Promise((resolve) => http.close(resolve))
  })

  it('goes out all the same to a place that knows no "100 Continue"', async () => {
    await store.close()
    store = openS3Store(server.url, { partBytes: 8 * KIB * KIB })
    const large = randomBytes(6 * KIB * KIB)
    server.faults.add({ kind: 'latency', delayMs: 200, match: { operation: 'PutObject' } })
    await store.put('k', bodyOfBytes(large))
    expect(await read('k')).toEqual(large)
  })
})

describe('reading', () => {
  const bytes = randomBytes(300 * KIB)
  beforeEach(() => store.put('k', bodyOfBytes(bytes)))

  it('fails where bytes are missing, whatever the way they went', async () => {
    once({ kind: 'truncate', match: { method: 'GET' } })
    await expect(read('k')).rejects.toMatchObject({ code: 'connection-lost', retry: 'retry' })
    once({ kind: 'stall', match: { method: 'GET' }, afterBytes: 1000 })
    const impatient = openS3Store(server.url, IMPATIENT)
    const reading = impatient.get('k').then(({ body }) => buffer(body))
    await expect(reading).rejects.toMatchObject({ code: 'timed-out' })
    await impatient.close()
    expect(await read('k', { range: { start: 1000, end: 301 * KIB } })).toEqual(bytes.subarray(1000))
  })

  it('waits for a reader that takes its time', async () => {
    const large = randomBytes(2 * KIB * KIB)
    await store.put('large', bodyOfBytes(large))
    await store.close()
    store = openS3Store(server.url, { stallTimeoutMs: 3_000 })
    const { body } = await store.get('large')
    await sleep(6_000)
    expect(await buffer(body)).toEqual(large)
  })

  it('is cancelled in the middle', async () => {
    once({ kind: 'slow', match: { method: 'GET' }, bytesPerSecond: 20_000 })
    const stop = new AbortController()
    const { body } = await store.get('k', { signal: stop.signal })
    body.once('data', () => stop.abort())
    await expect(buffer(body)).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('of one version only', async () => {
    const { etag } = await store.head('k')
    expect(await read('k', { ifMatch: etag })).toEqual(bytes)
    await store.put('k', text('other'))
    await expect(store.get('k', { ifMatch: etag })).rejects.toMatchObject({ code: 'precondition-failed' })
  })
})

describe('creating only where nothing is', () => {
  const attempt = () => store.putIfAbsent('k', Buffer.from('mine'))

  it('tells created from exists', async () => {
    expect(await attempt()).toBe('created')
    expect(await attempt()).toBe('exists')
  })

  it.each<[string, Fault]>([
    ['a conflict', { kind: 'status', status: 409, code: 'ConditionalRequestConflict' }],
    ['an inner error', { kind: 'status', status: 500 }],
    ['an overload', { kind: 'status', status: 503 }],
    ['a connection cut before', { kind: 'reset-before' }],
    ['a connection cut after', { kind: 'reset-after' }],
    ['silence', { kind: 'stall' }],
  ])('cannot tell after %s', async (_, fault) => {
    if (fault.kind === 'stall') {
      await store.close()
      store = openS3Store(server.url, IMPATIENT)
    }
    once(fault)
    expect(await attempt()).toBe('ambiguous')
    // Settled by reading, never by guessing: the bytes are there or they are not.
    expect(await attempt()).toBe(fault.kind === 'reset-after' ? 'exists' : 'created')
  })

  it('says where it cannot be done at all', async () => {
    await start({ flavour: 'b2' })
    await expect(attempt()).rejects.toMatchObject({ code: 'not-supported' })
    expect(server.requests.map(({ operation }) => operation)).toEqual(['PutObject'])
  })

  it('is for small things', async () => {
    const tooLarge = Buffer.alloc(8 * KIB * KIB + 1)
    await expect(store.putIfAbsent('k', tooLarge)).rejects.toMatchObject({ code: 'invalid-input' })
  })
})

describe('listing', () => {
  it('shows only what lies under the prefix, and no folders that consoles make', async () => {
    for (const key of ['backups/', 'backups/folder/', 'backups/a+b c%.txt', 'backups2/x', 'elsewhere']) {
      const target = `/${TEST_BUCKET}/${encodeURIComponent(key).replaceAll('%2F', '/')}`
      expect((await sendRaw(server, { method: 'PUT', target, body: '' })).status).toBe(200)
    }
    const { objects } = await store.list()
    expect(objects.map(({ key }) => key)).toEqual(['a+b c%.txt'])
  })
})

describe('the probe', () => {
  it.each<[string, S3ServerOptions, object]>([
    [
      'AWS',
      {},
      {
        writes: true,
        reads: true,
        deletes: true,
        conditionalWrites: true,
        versioning: false,
        objectLock: false,
      },
    ],
    ['B2', { flavour: 'b2' }, { writes: true, conditionalWrites: false }],
    ['R2', { flavour: 'r2' }, { conditionalWrites: true, versioning: undefined, objectLock: undefined }],
    ['a service that ignores conditions', { conditionalWrites: 'ignored' }, { conditionalWrites: false }],
    [
      'a versioned bucket with locks',
      { versioning: 'Enabled', objectLock: true },
      { versioning: true, objectLock: true },
    ],
  ])('finds out what %s can do and leaves nothing behind', async (_, options, expected) => {
    // No request of a probe is given up: one that lands after its time would be left behind.
    await start(options, { stallTimeoutMs: 20_000 })
    expect(await store.probe()).toMatchObject(expected)
    expect(server.versionCount()).toBe(0)
  })

  it('tells rights that are missing', async () => {
    const allow = server.permissions.deny({ action: 's3:PutObject' })
    expect(await store.probe()).toMatchObject({ writes: false, reads: true, conditionalWrites: false })
    allow()
    server.permissions.deny({ action: 's3:DeleteObject' })
    server.permissions.deny({ action: 's3:GetBucketVersioning' })
    server.permissions.deny({ action: 's3:GetBucketObjectLockConfiguration' })
    expect(await store.probe()).toMatchObject({
      writes: true,
      deletes: false,
      versioning: undefined,
      objectLock: undefined,
    })
  })

  it('measures the clock', async () => {
    server.setClockOffset(90_000)
    const { clockOffsetMs } = await store.probe()
    expect(Math.abs((clockOffsetMs ?? 0) - 90_000)).toBeLessThan(3_000)
  })
})

it('a body that fails to be read is the body’s failure', async () => {
  const broken = {
    sizeBytes: 10,
    open: () =>
      new Readable({
        read() {
          this.destroy(Object.assign(new Error('bad sector'), { code: 'EIO' }))
        },
      }),
  }
  await expect(store.put('k', broken)).rejects.toMatchObject({ code: 'io-error' })
})
