import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import type { ObjectStore } from '../../main/engine/storage/object-store.ts'
import { createS3Store, type S3Config } from '../../main/engine/storage/s3/index.ts'
import type { Fault } from '../servers/s3/faults.ts'
import { type S3ServerOptions, TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { sendRaw } from '../servers/s3/raw-client.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { hurriedClock, KIB, md5Of, openS3Store, PART_BYTES, sha256Of, testKeys } from './storage-s3-bench.ts'

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
const failureOf = async (call: Promise<unknown>): Promise<EverstowError> => {
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(EverstowError)
  return failure as EverstowError
}
const once = (fault: Fault) => server.faults.add({ times: 1, ...fault })

describe('what arrives at the place', () => {
  it('is under the prefix, with digests, type and metadata', async () => {
    const bytes = Buffer.from('hello')
    const info = await store.put('a/b.txt', bodyOfBytes(bytes), {
      sha256: sha256Of(bytes),
      contentType: 'text/plain',
      metadata: { colour: 'dark green' },
    })
    expect(info).toMatchObject({ key: 'a/b.txt', sizeBytes: 5, md5: md5Of(bytes), sha256: sha256Of(bytes) })
    expect(Math.abs(info.modifiedMs - Date.now())).toBeLessThan(5_000)
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
    const refused = openS3Store(endpoint, { partBytes: 8 * KIB * KIB })
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

describe('failures have the names that people and the delivery act on', () => {
  it('wrong keys', async () => {
    const open = (accessKeyId: string, secretAccessKey: string) =>
      openS3Store(
        server.url,
        {},
        { accessKeyId: new Secret(accessKeyId), secretAccessKey: new Secret(secretAccessKey) },
      )
    const unknown = open('NOBODY', 'x')
    const wrong = open(TEST_CREDENTIAL.accessKeyId, 'canary-secret')
    for (const bad of [unknown, wrong]) {
      // HEAD is answered without a reason, so it is the one that could be mistaken.
      for (const call of [
        () => bad.put('k', text('x')),
        () => bad.get('k'),
        () => bad.head('k'),
        () => bad.exists('k'),
        () => bad.list(),
        () => bad.delete('k'),
      ]) {
        const error = await failureOf(call())
        expect(error).toMatchObject({ code: 'credentials-refused', retry: 'never' })
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary-secret')
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('Signature=')
      }
      await bad.close()
    }
  })

  it('a missing bucket is no missing object', async () => {
    await start({}, { bucket: 'not-there' })
    const code = 'bucket-missing'
    await expect(store.put('k', text('x'))).rejects.toMatchObject({ code, data: { bucket: 'not-there' } })
    await expect(store.get('k')).rejects.toMatchObject({ code })
    await expect(store.head('k')).rejects.toMatchObject({ code })
    await expect(store.exists('k')).rejects.toMatchObject({ code })
    await expect(store.list()).rejects.toMatchObject({ code })
    await expect(store.delete('k')).rejects.toMatchObject({ code })
    await expect(store.putIfAbsent('k', Buffer.from('x'))).rejects.toMatchObject({ code })
  })

  it('a missing object costs one request once the bucket was seen', async () => {
    expect(await store.exists('k')).toBe(false)
    expect(server.requests.map(({ operation }) => operation)).toEqual(['HeadObject', 'GetObject'])
    expect(await store.exists('k')).toBe(false)
    expect(server.count('HeadObject')).toBe(2)
    expect(server.count('GetObject')).toBe(1)
  })

  it('missing rights', async () => {
    await store.put('k', text('x'))
    server.permissions.deny({ action: 's3:*' })
    const code = 'permission-denied'
    for (const call of [
      () => store.put('k', text('x')),
      () => store.get('k'),
      () => store.head('k'),
      () => store.list(),
      () => store.delete('k'),
    ]) {
      await expect(call()).rejects.toMatchObject({ code, retry: 'never', data: { status: 403 } })
    }
    await expect(store.putIfAbsent('k', Buffer.from('x'))).rejects.toMatchObject({ code })
  })

  it('a clock that is wrong, by how much, every time', async () => {
    server.setClockOffset(20 * 60_000)
    for (let count = 0; count < 2; count++) {
      const error = await failureOf(store.put('k', text('x')))
      expect(error).toMatchObject({ code: 'clock-skew', retry: 'never' })
      expect(Math.abs(Number(error.data.offsetMs) - 20 * 60_000)).toBeLessThan(5_000)
    }
  })

  it.each<[string, Partial<Fault>, object]>([
    [
      'too many requests',
      { status: 503, retryAfter: '9' },
      { code: 'throttled', retry: 'retry', retryAfterMs: 9000 },
    ],
    ['429', { status: 429 }, { code: 'throttled', retry: 'retry' }],
    ['an inner error', { status: 500 }, { code: 'place-unavailable', retry: 'retry' }],
    ['a bad gateway', { status: 502, code: 'BadGateway' }, { code: 'place-unavailable', retry: 'retry' }],
    ['a slow socket', { status: 400, code: 'RequestTimeout' }, { code: 'timed-out', retry: 'retry' }],
    [
      'an expired token',
      { status: 400, code: 'ExpiredToken' },
      { code: 'credentials-refused', retry: 'never' },
    ],
    ['a full place', { status: 507, code: 'XMinioStorageFull' }, { code: 'disk-full' }],
    ['another refusal', { status: 403, code: 'InvalidObjectState' }, { code: 'permission-denied' }],
    [
      'something nobody expects',
      { status: 418, code: 'Teapot' },
      { code: 'place-refused', data: { status: 418, reason: 'Teapot' } },
    ],
  ])('%s', async (_, fault, expected) => {
    server.faults.add({ kind: 'status', ...fault })
    await expect(store.put('k', text('x'))).rejects.toMatchObject(expected)
    await expect(store.get('k')).rejects.toMatchObject(expected)
    expect(server.requests).toHaveLength(2)
  })

  it('connections that are cut or silent', async () => {
    server.faults.add({ kind: 'reset-before', times: 1 })
    await expect(store.list()).rejects.toMatchObject({ code: 'connection-lost', retry: 'retry' })
    server.faults.add({ kind: 'stall', times: 1 })
    const startedMs = Date.now()
    await expect(store.list()).rejects.toMatchObject({ code: 'timed-out', retry: 'retry' })
    expect(Date.now() - startedMs).toBeLessThan(6_000)
  })

  it('places nobody answers at', async () => {
    const free = createTcpServer()
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve))
    const { port } = free.address() as AddressInfo
    await new Promise((resolve) => free.close(resolve))
    for (const endpoint of [`http://127.0.0.1:${port}`, 'http://nothing.invalid']) {
      const lonely = openS3Store(endpoint)
      await expect(lonely.list()).rejects.toMatchObject({ code: 'network-unreachable', retry: 'wait' })
      await expect(lonely.putIfAbsent('k', Buffer.from('x'))).rejects.toMatchObject({
        code: 'network-unreachable',
      })
      await lonely.close()
    }
  })

  it('cancelled calls, before and while they run', async () => {
    const early = AbortSignal.abort()
    await expect(store.put('k', text('x'), { signal: early })).rejects.toMatchObject({ code: 'cancelled' })
    expect(server.requests).toEqual([])
    server.faults.add({ kind: 'stall' })
    for (const call of [
      (signal: AbortSignal) => store.put('k', text('x'), { signal }),
      (signal: AbortSignal) => store.get('k', { signal }),
      (signal: AbortSignal) => store.list({ signal }),
      (signal: AbortSignal) => store.putIfAbsent('k', Buffer.from('x'), { signal }),
    ]) {
      await expect(call(AbortSignal.timeout(50))).rejects.toMatchObject({ code: 'cancelled' })
    }
  })
})

describe('places that speak another language', () => {
  async function withServer(listener: RequestListener, work: (other: ObjectStore) => Promise<void>) {
    const http = createServer(listener)
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const other = openS3Store(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)
    try {
      await work(other)
    } finally {
      await other.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    }
  }

  it('a proxy with a page of its own', () =>
    withServer(
      (_, response) =>
        response.writeHead(502, { 'content-type': 'text/html' }).end('<html><p>Bad<br>Gateway</html>'),
      async (other) => {
        await expect(other.put('k', text('x'))).rejects.toMatchObject({
          code: 'place-unavailable',
          data: { status: 502 },
        })
        await expect(other.list()).rejects.toMatchObject({ code: 'place-unavailable' })
      },
    ))

  it('a server that ignores ranges', () =>
    withServer(
      (_, response) => response.writeHead(200, { etag: '"x"', 'content-length': 10 }).end('0123456789'),
      async (other) => {
        const wanted = other.get('k', { range: { start: 2, end: 4 } })
        await expect(wanted).rejects.toMatchObject({ code: 'place-refused' })
      },
    ))

  it('a server that keeps something else and says so by its tag', () =>
    withServer(
      (request, response) => {
        request.resume()
        response.writeHead(200, { etag: `"${md5Of(Buffer.from('else'))}"` }).end()
      },
      async (other) => {
        await expect(other.put('k', text('x'))).rejects.toMatchObject({
          code: 'checksum-mismatch',
          retry: 'retry',
        })
      },
    ))

  it('no HTTP at all', async () => {
    const tcp = createTcpServer((socket) =>
      socket
        .resume()
        .on('error', () => socket.destroy())
        .end('220 mail ready\r\n'),
    )
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
    const other = openS3Store(`http://127.0.0.1:${(tcp.address() as AddressInfo).port}`)
    await expect(other.list()).rejects.toMatchObject({ code: 'place-refused', data: { reason: 'not-http' } })
    await other.close()
    await new Promise((resolve) => tcp.close(resolve))
  })
})

describe('reading', () => {
  const bytes = randomBytes(300 * KIB)
  beforeEach(() => store.put('k', bodyOfBytes(bytes)))

  it('fails where bytes are missing, whatever the way they went', async () => {
    once({ kind: 'truncate', match: { method: 'GET' } })
    await expect(read('k')).rejects.toMatchObject({ code: 'connection-lost', retry: 'retry' })
    once({ kind: 'stall', match: { method: 'GET' }, afterBytes: 1000 })
    await expect(read('k')).rejects.toMatchObject({ code: 'timed-out' })
    expect(await read('k', { range: { start: 1000, end: 301 * KIB } })).toEqual(bytes.subarray(1000))
  })

  it('waits for a reader that takes its time', async () => {
    const large = randomBytes(2 * KIB * KIB)
    await store.put('large', bodyOfBytes(large))
    const { body } = await store.get('large')
    await sleep(4_000)
    expect(await buffer(body)).toEqual(large)
  })

  it('is cancelled in the middle', async () => {
    once({ kind: 'slow', match: { method: 'GET' }, bytesPerSecond: 20_000 })
    const { body } = await store.get('k', { signal: AbortSignal.timeout(300) })
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
    await start(options)
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

describe('keys from elsewhere', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'everstow-s3-home-'))
    for (const name of [
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'AWS_PROFILE',
      'AWS_REGION',
    ]) {
      vi.stubEnv(name, undefined)
    }
    vi.stubEnv('AWS_CONFIG_FILE', join(home, 'config'))
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(home, 'credentials'))
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(home, { recursive: true })
  })
  const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL
  const open = (change: Partial<S3Config> = {}) => openS3Store(server.url, change, {})

  it('are missed where there are none', async () => {
    const keyless = open()
    await expect(keyless.list()).rejects.toMatchObject({ code: 'credentials-missing', retry: 'never' })
    await expect(keyless.head('k')).rejects.toMatchObject({ code: 'credentials-missing' })
    expect(server.requests).toEqual([])
  })

  it('are taken from the environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
    expect(await open().list()).toEqual({ objects: [] })
  })

  it('are taken from a named profile', async () => {
    const lines = [
      '[backup]',
      `aws_access_key_id = ${accessKeyId}`,
      `aws_secret_access_key = ${secretAccessKey}`,
    ]
    await writeFile(join(home, 'credentials'), lines.join('\n'))
    await expect(open({ profile: 'other' }).list()).rejects.toMatchObject({ code: 'credentials-missing' })
    expect(await open({ profile: 'backup' }).list()).toEqual({ objects: [] })
  })

  it('come in pairs', () => {
    const half = { accessKeyId: new Secret(accessKeyId) }
    expect(() => openS3Store(server.url, {}, half)).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        data: expect.objectContaining({ field: 'secretAccessKey' }),
      }),
    )
  })

  it('do not help AWS to a region nobody named', async () => {
    const env = { clock: hurriedClock, random: nodeRandom, log: silentLog }
    const nowhere = createS3Store({ bucket: 'everstow-test', flavour: 'aws' }, testKeys(), env)
    await expect(nowhere.list()).rejects.toMatchObject({ code: 'invalid-input', data: { field: 'region' } })
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
