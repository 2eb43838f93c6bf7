import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
import { type S3ServerOptions, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { hurriedClock, IMPATIENT, md5Of, openS3Store, PART_BYTES, testKeys } from './storage-s3-bench.ts'

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
const failureOf = async (call: Promise<unknown>): Promise<EverstowError> => {
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(EverstowError)
  return failure as EverstowError
}

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

  it('an answer that is cut is no missing object: its end would have said that the bucket is', async () => {
    await start({}, { bucket: 'not-there' })
    server.faults.add({ kind: 'truncate' })
    await expect(store.get('k')).rejects.toMatchObject({ code: 'connection-lost', retry: 'retry' })
    await expect(store.list()).rejects.toMatchObject({ code: 'connection-lost', retry: 'retry' })
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
    const impatient = openS3Store(server.url, IMPATIENT)
    await expect(impatient.list()).rejects.toMatchObject({ code: 'timed-out', retry: 'retry' })
    await impatient.close()
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
