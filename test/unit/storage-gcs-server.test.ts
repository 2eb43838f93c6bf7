import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { type Bucket, Storage } from '@google-cloud/storage'
import { JWT } from 'google-auth-library'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type GcsServer, startGcsServer } from '../servers/gcs/index.ts'

const QUANTUM = 256 * 1024

let server: GcsServer
let bucket: Bucket
let authorization: string

beforeAll(async () => {
  server = await startGcsServer({ buckets: ['official', { name: 'versions', versioning: true }] })
  const { serviceAccount } = server
  const authClient = new JWT({
    email: serviceAccount.client_email,
    key: serviceAccount.private_key,
    scopes: ['https://www.googleapis.com/auth/devstorage.full_control'],
    transporterOptions: {
      adapter: (request, send) =>
        send(
          request.url.pathname === '/token'
            ? { ...request, url: new URL(serviceAccount.token_uri) }
            : request,
        ),
    },
  })
  const storage = new Storage({
    apiEndpoint: server.endpoint,
    useAuthWithCustomEndpoint: true,
    authClient,
    retryOptions: { autoRetry: false },
  })
  bucket = storage.bucket('official')
  const headers = await storage.authClient.getRequestHeaders()
  authorization = headers.get('authorization')!
})
afterAll(() => server.close())
afterEach(() => server.faults.clear())

const call = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.endpoint}${path}`, { ...init, headers: { authorization, ...init.headers } })

describe('the official client', () => {
  it('stores, reads, lists and deletes, validating with CRC-32C', async () => {
    const bytes = randomBytes(100_000)
    const file = bucket.file('folder/with space é')
    await file.save(bytes, {
      resumable: false,
      validation: 'crc32c',
      metadata: { metadata: { kind: 'test' } },
    })
    expect((await file.download())[0]).toEqual(bytes)
    expect((await file.getMetadata())[0]).toMatchObject({ size: '100000', metadata: { kind: 'test' } })
    await file.setMetadata({ metadata: { kind: 'patched' } })
    expect((await file.getMetadata())[0].metadata).toEqual({ kind: 'patched' })
    await file.copy(bucket.file('copy'))
    const [files] = await bucket.getFiles({ prefix: 'co' })
    expect(files.map((found) => found.name)).toEqual(['copy'])
    expect(await buffer(bucket.file('copy').createReadStream({ start: 10, end: 19 }))).toEqual(
      bytes.subarray(10, 20),
    )
    await file.delete()
    expect(await file.exists()).toEqual([false])
  })

  it('uploads in chunks and is held to preconditions', async () => {
    const bytes = randomBytes(3 * QUANTUM + 17)
    const file = bucket.file('chunked')
    // At an endpoint that is not Google's the client begins uploads without its token, so the session is begun for it.
    const path = '/upload/storage/v1/b/official/o?uploadType=resumable&name=chunked&ifGenerationMatch=0'
    const uri = (await call(path, { method: 'POST' })).headers.get('location')!
    const stream = file.createWriteStream({ uri, chunkSize: QUANTUM, validation: 'crc32c' })
    await pipeline(Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]), stream)
    expect((await file.download({ validation: 'md5' }))[0]).toEqual(bytes)
    const again = file.save(bytes, { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } })
    await expect(again).rejects.toMatchObject({ code: 412 })
  })
})

describe('the server', () => {
  it('lets in nobody without a token of its own', async () => {
    const path = '/storage/v1/b/official/o'
    expect((await fetch(server.endpoint + path)).status).toBe(401)
    expect((await call(path, { headers: { authorization: 'Bearer ya29.made-up' } })).status).toBe(401)
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'e30.e30.AAAA' }
    const token = await fetch(`${server.endpoint}/token`, { method: 'POST', body: new URLSearchParams(form) })
    expect([token.status, (await token.json()).error]).toEqual([400, 'invalid_grant'])
    server.denied.add('storage.objects.list')
    expect((await call(path)).status).toBe(403)
    server.denied.clear()
  })

  it('follows the protocol of resumable uploads', async () => {
    const bytes = randomBytes(2 * QUANTUM + 5)
    const begin = async (): Promise<string> => {
      const path = '/upload/storage/v1/b/official/o?uploadType=resumable&name=raw'
      const reply = await call(path, { method: 'POST' })
      return reply.headers.get('location')!
    }
    const send = async (
      uri: string,
      range: string,
      body: Uint8Array<ArrayBuffer> | null,
    ): Promise<[number, string | null]> => {
      const reply = await fetch(uri, {
        method: 'PUT',
        headers: { 'content-range': range },
        body,
        redirect: 'manual',
      })
      await reply.arrayBuffer()
      return [reply.status, reply.headers.get('range')]
    }
    const uri = await begin()
    expect(await send(uri, 'bytes */*', null)).toEqual([308, null])
    expect(await send(uri, 'bytes 0-99/*', bytes.subarray(0, 100))).toEqual([400, null])
    expect(await send(uri, 'bytes */*', null)).toEqual([308, null])
    expect(await send(uri, `bytes 0-${QUANTUM - 1}/*`, bytes.subarray(0, QUANTUM))).toEqual([
      308,
      `bytes=0-${QUANTUM - 1}`,
    ])
    const gap = await send(
      uri,
      `bytes ${2 * QUANTUM}-${2 * QUANTUM + 4}/${bytes.length}`,
      bytes.subarray(2 * QUANTUM),
    )
    expect(gap[0]).toBe(400)
    // Bytes that are there already are passed over.
    expect(await send(uri, `bytes 0-${2 * QUANTUM - 1}/*`, bytes.subarray(0, 2 * QUANTUM))).toEqual([
      308,
      `bytes=0-${2 * QUANTUM - 1}`,
    ])
    expect(
      await send(
        uri,
        `bytes ${2 * QUANTUM}-${bytes.length - 1}/${bytes.length}`,
        bytes.subarray(2 * QUANTUM),
      ),
    ).toEqual([200, null])
    expect(await send(uri, `bytes */${bytes.length}`, null)).toEqual([200, null])
    expect((await bucket.file('raw').download())[0]).toEqual(bytes)

    const whole = await begin()
    expect(await send(whole, 'bytes 0-*/*', bytes)).toEqual([200, null])
    const cancelled = await begin()
    expect((await fetch(cancelled, { method: 'DELETE' })).status).toBe(499)
    expect((await send(cancelled, 'bytes */*', null))[0]).toBe(404)
  })

  it('refuses bytes whose hash is another', async () => {
    const path = '/upload/storage/v1/b/official/o?uploadType=media&name=hashed'
    for (const hash of ['md5=AAAAAAAAAAAAAAAAAAAAAA==', 'crc32c=AAAAAA==']) {
      const reply = await call(path, { method: 'POST', body: 'text', headers: { 'x-goog-hash': hash } })
      expect(reply.status).toBe(400)
    }
    expect(server.object('official', 'hashed')).toBeUndefined()
    // The check value of RFC 3720: 32 bytes of zero give 8a9136aa.
    const zeros = await call(path, {
      method: 'POST',
      body: new Uint8Array(32),
      headers: { 'x-goog-hash': 'crc32c=ipE2qg==' },
    })
    expect(zeros.status).toBe(200)
  })

  it('keeps versions where the bucket has them', async () => {
    const put = (text: string): Promise<Response> =>
      call('/upload/storage/v1/b/versions/o?uploadType=media&name=v', { method: 'POST', body: text })
    const first = (await (await put('one')).json()) as { generation: string }
    await put('two')
    await call('/storage/v1/b/versions/o/v', { method: 'DELETE' })
    expect((await call('/storage/v1/b/versions/o/v')).status).toBe(404)
    const old = await call(`/storage/v1/b/versions/o/v?alt=media&generation=${first.generation}`)
    expect(await old.text()).toBe('one')
    const all = (await (await call('/storage/v1/b/versions/o?versions=true')).json()) as { items: unknown[] }
    expect(all.items).toHaveLength(2)
  })

  it('makes faults by match, times and seed', async () => {
    server.faults.add({ kind: 'status', status: 503, retryAfter: 2, match: { key: /^x/ }, times: 1 })
    expect((await call('/storage/v1/b/official/o/y')).status).toBe(404)
    const struck = await call('/storage/v1/b/official/o/x1')
    expect([struck.status, struck.headers.get('retry-after')]).toEqual([503, '2'])
    expect((await call('/storage/v1/b/official/o/x1')).status).toBe(404)
    server.faults.add({ kind: 'reset-before', match: { method: 'GET' }, times: 1 })
    await expect(call('/storage/v1/b/official')).rejects.toThrow()
    const outcomes = async (): Promise<number[]> => {
      const own = await startGcsServer({ seed: 7 })
      own.faults.add({ kind: 'status', probability: 0.5 })
      const statuses: number[] = []
      for (let i = 0; i < 20; i++) statuses.push((await fetch(`${own.endpoint}/x`)).status)
      await own.close()
      return statuses
    }
    const [one, two] = [await outcomes(), await outcomes()]
    expect(one).toEqual(two)
    expect(new Set(one)).toEqual(new Set([404, 503]))
  })
})
