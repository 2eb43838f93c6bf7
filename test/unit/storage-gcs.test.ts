import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import { createGcsStore, type GcsConfig, gcsConfigOf } from '../../main/engine/storage/gcs/index.ts'
import type { ObjectStore, UploadJournal } from '../../main/engine/storage/object-store.ts'
import { type GcsServer, startGcsServer } from '../servers/gcs/index.ts'

const KIB = 1024
const env = { clock: nodeClock, random: nodeRandom }
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

let server: GcsServer
let bucket: string
let count = 0

beforeAll(async () => {
  server = await startGcsServer()
})
afterAll(() => server.close())
beforeEach(() => {
  bucket = `bucket-${++count}`
  server.createBucket(bucket)
})
afterEach(() => {
  server.faults.clear()
  server.denied.clear()
  server.clockOffsetMs = 0
  server.requests.length = 0
})

const credentials = () => ({ serviceAccountJson: new Secret(JSON.stringify(server.serviceAccount)) })

/** For a store that is to give up soon; others are not to take a busy machine for a silent place. */
const IMPATIENT = { stallTimeoutMs: 1_000 } as const
const PATIENCE = { timeout: 120_000 } as const

function openStore(change: Partial<GcsConfig> = {}, secrets = credentials()): Promise<ObjectStore> {
  const config = gcsConfigOf({ bucket, endpoint: server.endpoint, prefix: 'backups' })
  return createGcsStore(
    { ...config, partSizeBytes: 512 * KIB, stallTimeoutMs: 120_000, ...change },
    secrets,
    env,
  )
}

function memoryJournal(): UploadJournal & { token: string | undefined } {
  return {
    token: undefined,
    async load() {
      return this.token
    },
    async save(token) {
      this.token = token
    },
    async clear() {
      this.token = undefined
    },
  }
}

async function failure(work: Promise<unknown>): Promise<EverstowError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(EverstowError)
  return error as EverstowError
}

const operations = (): string[] => server.requests.map((request) => request.operation)

describe('objects', () => {
  it('keeps bytes, hashes, type and metadata below the prefix', async () => {
    const store = await openStore({ storageClass: 'NEARLINE' })
    const bytes = randomBytes(1000)
    const beginMs = Date.now()
    const put = await store.put('packs/é 漢😀.pack', bodyOfBytes(bytes), {
      sha256: sha256(bytes),
      md5: md5(bytes),
      contentType: 'application/x-pack',
      metadata: { 'content-kind': 'pack' },
    })
    expect(put).toMatchObject({
      key: 'packs/é 漢😀.pack',
      sizeBytes: 1000,
      md5: md5(bytes),
      storageClass: 'NEARLINE',
    })
    expect(server.keys(bucket)).toEqual(['backups/packs/é 漢😀.pack'])
    expect(server.object(bucket, 'backups/packs/é 漢😀.pack')?.contentType).toBe('application/x-pack')
    const head = await store.head('packs/é 漢😀.pack')
    expect(head.sha256).toBe(sha256(bytes))
    expect(head.metadata).toEqual({ 'content-kind': 'pack' })
    expect(head.modifiedMs).toBeGreaterThan(beginMs - 2_000)
    expect(head.modifiedMs).toBeLessThan(Date.now() + 2_000)
    const { info, body } = await store.get('packs/é 漢😀.pack')
    expect(await buffer(body)).toEqual(bytes)
    expect(info).toMatchObject({ sizeBytes: 1000, md5: md5(bytes), etag: put.etag, sha256: sha256(bytes) })
    expect(store.url('a b')).toBe(`gs://${bucket}/backups/a b`)
  })

  it('holds empty objects, and bodies of exactly one and two parts', async () => {
    const store = await openStore({ partSizeBytes: 256 * KIB })
    for (const sizeBytes of [0, 256 * KIB, 512 * KIB, 512 * KIB + 1]) {
      const bytes = randomBytes(sizeBytes)
      await store.put(`of-${sizeBytes}`, bodyOfBytes(bytes), { sha256: sha256(bytes) })
      expect(await buffer((await store.get(`of-${sizeBytes}`)).body)).toEqual(bytes)
      expect(await store.size(`of-${sizeBytes}`)).toBe(sizeBytes)
    }
  })

  it('reads ranges, and only the version that was asked for', async () => {
    const store = await openStore()
    const bytes = randomBytes(5000)
    const { etag } = await store.put('k', bodyOfBytes(bytes))
    const ranged = await store.get('k', { range: { start: 100, end: 300 }, ifMatch: etag! })
    expect(ranged.info.sizeBytes).toBe(5000)
    expect(await buffer(ranged.body)).toEqual(bytes.subarray(100, 300))
    expect(await buffer((await store.get('k', { range: { start: 4990, end: 9999 } })).body)).toEqual(
      bytes.subarray(4990),
    )
    expect((await failure(store.get('k', { range: { start: 5000, end: 5001 } }))).code).toBe('invalid-input')
    await store.put('k', bodyOfBytes(randomBytes(10)))
    expect((await failure(store.get('k', { ifMatch: etag! }))).code).toBe('precondition-failed')
  })

  it('lists page by page in the order of UTF-8, and deletes what may be gone already', async () => {
    const store = await openStore()
    const keys = ['a/1', 'a/2', 'a/\u{1f600}', 'a/\uff5e', 'b']
    for (const key of keys) await store.put(key, bodyOfBytes(Buffer.from(key)))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await store.list({ prefix: 'a/', limit: 2, ...(cursor && { cursor }) })
      expect(page.objects.length).toBeLessThanOrEqual(2)
      seen.push(...page.objects.map((object) => object.key))
      cursor = page.cursor
    } while (cursor)
    expect(seen).toEqual(['a/1', 'a/2', 'a/\uff5e', 'a/\u{1f600}'])
    await store.delete('a/1')
    await store.delete('a/1')
    expect(await store.exists('a/1')).toBe(false)
    expect(await store.exists('a/2')).toBe(true)
  })

  it('refuses a body that is not what was promised, and shows nothing of it', async () => {
    const store = await openStore()
    for (const sizeBytes of [100, 1_200_000]) {
      const bytes = randomBytes(sizeBytes)
      const wrong = [{ sha256: sha256(Buffer.from('other')) }, { md5: md5(Buffer.from('other')) }]
      for (const promise of wrong)
        expect((await failure(store.put('k', bodyOfBytes(bytes), promise))).code).toBe('checksum-mismatch')
      const short = { ...bodyOfBytes(bytes), sizeBytes: sizeBytes + 1 }
      expect((await failure(store.put('k', short))).code).toBe('checksum-mismatch')
      const long = { ...bodyOfBytes(bytes), sizeBytes: sizeBytes - 1 }
      expect((await failure(store.put('k', long))).code).toBe('checksum-mismatch')
    }
    expect(server.keys(bucket)).toEqual([])
    expect(server.openUploads()).toBe(0)
  })
})

describe('putIfAbsent', () => {
  it('creates once', async () => {
    const store = await openStore()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.putIfAbsent('log/1', Buffer.from(`writer ${index}`))),
    )
    expect(answers.filter((answer) => answer === 'created')).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'exists')).toHaveLength(19)
    expect((await failure(store.putIfAbsent('big', Buffer.alloc(8 * 1024 * KIB + 1)))).code).toBe(
      'invalid-input',
    )
  })

  it('is ambiguous whenever nobody is known to have won, and settles by reading', async () => {
    const store = await openStore()
    const impatient = await openStore(IMPATIENT)
    const faults = [
      { kind: 'reset-after' },
      { kind: 'reset-before' },
      { kind: 'status', status: 503 },
      { kind: 'status', status: 409 },
      { kind: 'stall' },
    ] as const
    for (const [index, fault] of faults.entries()) {
      server.faults.add({ ...fault, match: { operation: 'object.insert' }, times: 1 })
      const asked = fault.kind === 'stall' ? impatient : store
      expect(await asked.putIfAbsent(`log/${index}`, Buffer.from('mine'))).toBe('ambiguous')
    }
    expect(await store.exists('log/0')).toBe(true)
    expect(await store.exists('log/1')).toBe(false)
  })

  it('throws refusals that are certain', async () => {
    const store = await openStore()
    server.denied.add('storage.objects.create')
    expect((await failure(store.putIfAbsent('k', Buffer.from('x')))).code).toBe('permission-denied')
    server.denied.clear()
    server.faults.add({ kind: 'status', status: 429, retryAfter: 3, times: 1 })
    const throttled = await failure(store.putIfAbsent('k', Buffer.from('x')))
    expect([throttled.code, throttled.retryAfterMs]).toEqual(['throttled', 3000])
  })
})

describe('large uploads', () => {
  const bytes = randomBytes(2_000_000)
  const promise = { sha256: sha256(bytes), md5: md5(bytes) }

  it('go in chunks, and report what is safe', async () => {
    const store = await openStore()
    const progress: number[] = []
    const journal = memoryJournal()
    const info = await store.put('big', bodyOfBytes(bytes), {
      ...promise,
      journal,
      onProgress: (sent) => progress.push(sent),
    })
    expect(info).toMatchObject({ sizeBytes: 2_000_000, ...promise })
    expect(progress.at(-1)).toBe(2_000_000)
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
    expect(journal.token).toBeUndefined()
    expect(operations().filter((operation) => operation === 'upload.chunk')).toHaveLength(4)
    expect(await buffer((await store.get('big')).body)).toEqual(bytes)
  })

  it('mend broken chunks by asking the server how much it has', async () => {
    const store = await openStore()
    server.faults.add({ kind: 'reset-midway', match: { operation: 'upload.chunk' }, times: 1 })
    server.faults.add({
      kind: 'status',
      status: 503,
      retryAfter: 0,
      match: { operation: 'upload.chunk' },
      times: 1,
    })
    server.faults.add({ kind: 'reset-after', match: { operation: 'upload.chunk' }, times: 1 })
    await store.put('big', bodyOfBytes(bytes), promise)
    expect(await buffer((await store.get('big')).body)).toEqual(bytes)
    expect(operations()).toContain('upload.status')
  })

  it('learn from the status that the last chunk had arrived after all', async () => {
    const store = await openStore()
    const waiting = { operation: 'upload.chunk' }
    for (let chunk = 0; chunk < 3; chunk++)
      server.faults.add({ kind: 'latency', amount: 0, match: waiting, times: 1 })
    server.faults.add({ kind: 'reset-after', match: waiting, times: 1 })
    expect((await store.put('big', bodyOfBytes(bytes), promise)).md5).toBe(promise.md5)
    expect(server.object(bucket, 'backups/big')?.sizeBytes).toBe(bytes.length)
  })

  it('are resumed by another store from where the server says', async () => {
    const journal = memoryJournal()
    const first = await openStore()
    const stop = new AbortController()
    const stopped = first.put('big', bodyOfBytes(bytes), {
      ...promise,
      journal,
      signal: stop.signal,
      onProgress: (sent) => sent >= 1_000_000 && stop.abort(),
    })
    expect((await failure(stopped)).code).toBe('cancelled')
    expect(journal.token).toContain('upload_id')
    server.requests.length = 0

    const second = await openStore()
    const progress: number[] = []
    const info = await second.put('big', bodyOfBytes(bytes), {
      ...promise,
      journal,
      onProgress: (sent) => progress.push(sent),
    })
    expect(info.sha256).toBe(promise.sha256)
    expect(progress[0]).toBeGreaterThanOrEqual(1_000_000)
    expect(operations()).not.toContain('upload.start')
    expect(operations().filter((operation) => operation === 'upload.chunk')).toHaveLength(2)
    expect(journal.token).toBeUndefined()
    expect(await buffer((await second.get('big')).body)).toEqual(bytes)
  })

  it('begin anew when the journal speaks of another body, or the server forgot the upload', async () => {
    const journal = memoryJournal()
    const store = await openStore()
    const begin = async (): Promise<void> => {
      const stop = new AbortController()
      const options = {
        ...promise,
        journal,
        signal: stop.signal,
        onProgress: (sent: number) => sent > 0 && stop.abort(),
      }
      expect((await failure(store.put('big', bodyOfBytes(bytes), options))).code).toBe('cancelled')
    }
    await begin()
    const other = randomBytes(bytes.length)
    await store.put('big', bodyOfBytes(other), { sha256: sha256(other), journal })
    expect(await buffer((await store.get('big')).body)).toEqual(other)
    await begin()
    server.expireUploads()
    await store.put('big', bodyOfBytes(bytes), { ...promise, journal })
    expect(await buffer((await store.get('big')).body)).toEqual(bytes)
    journal.token = '{"version":1,"uri":"http://elsewhere.example/steal","bucket":'
    await store.put('big', bodyOfBytes(other), { journal })
    expect(await buffer((await store.get('big')).body)).toEqual(other)
  })

  it('never send the token to an address that the journal names elsewhere', async () => {
    const other = await startGcsServer({ buckets: [bucket] })
    const token = {
      version: 1,
      uri: `${other.endpoint}/upload?upload_id=1`,
      bucket,
      name: 'backups/big',
      sizeBytes: bytes.length,
    }
    const journal = memoryJournal()
    journal.token = JSON.stringify({ ...token, sha256: promise.sha256 })
    const store = await openStore()
    await store.put('big', bodyOfBytes(bytes), { ...promise, journal })
    expect(other.requests).toEqual([])
    await other.close()
  })

  it('leave the session in the journal when the place stays away', async () => {
    const journal = memoryJournal()
    const store = await openStore()
    const impatient = await openStore(IMPATIENT)
    server.faults.add({ kind: 'stall', match: { operation: 'upload.chunk' } })
    server.faults.add({ kind: 'status', status: 500, match: { operation: 'upload.status' } })
    const error = await failure(impatient.put('big', bodyOfBytes(bytes), { ...promise, journal }))
    expect(error.retry).toBe('retry')
    expect(journal.token).toBeDefined()
    server.faults.clear()
    await store.put('big', bodyOfBytes(bytes), { ...promise, journal })
    expect(await store.size('big')).toBe(bytes.length)
  })
})

describe('refusals and failures', () => {
  it('tells a missing bucket from a missing object', async () => {
    const store = await openStore()
    expect((await failure(store.head('nothing'))).code).toBe('object-missing')
    expect((await failure(store.get('nothing'))).code).toBe('object-missing')
    const nowhere = await openStore({ bucket: 'no-such-bucket' })
    for (const work of [
      () => nowhere.head('k'),
      () => nowhere.get('k'),
      () => nowhere.list(),
      () => nowhere.delete('k'),
      () => nowhere.exists('k'),
      () => nowhere.put('k', bodyOfBytes(Buffer.from('x'))),
      () => nowhere.putIfAbsent('k', Buffer.from('x')),
      () => nowhere.put('k', bodyOfBytes(Buffer.alloc(600 * KIB))),
      () => nowhere.probe(),
    ])
      expect((await failure(work())).code).toBe('bucket-missing')
  })

  it('refuses a key of somebody else, a text that is no key, and a place without any', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    const forged = { ...server.serviceAccount, private_key: pem }
    const store = await openStore({}, { serviceAccountJson: new Secret(JSON.stringify(forged)) })
    const error = await failure(store.list())
    expect(error.code).toBe('credentials-refused')
    const text = await failure(openStore({}, { serviceAccountJson: new Secret('{"private_key": "oops') }))
    expect(text.code).toBe('credentials-refused')
    expect(JSON.stringify([text.message, text.data])).not.toContain('oops')
    const config = {
      ...gcsConfigOf({ bucket, endpoint: server.endpoint }),
      credentialsFile: '/nowhere/key.json',
    }
    expect((await failure(createGcsStore(config, {}, env))).code).toBe('credentials-missing')
  })

  it('reads the key from its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'everstow-gcs-key-'))
    try {
      const credentialsFile = join(folder, 'key.json')
      await writeFile(credentialsFile, JSON.stringify(server.serviceAccount))
      const config = gcsConfigOf({ bucket, endpoint: server.endpoint, credentialsFile })
      const store = await createGcsStore(config, {}, env)
      expect((await store.list()).objects).toEqual([])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('renews a token that the service no longer takes', async () => {
    const store = await openStore()
    await store.list()
    server.revokeTokens()
    await store.put('k', bodyOfBytes(Buffer.from('x')))
    expect(operations().filter((operation) => operation === 'token')).toHaveLength(2)
    server.revokeTokens()
    await Promise.all(Array.from({ length: 8 }, (_, index) => store.exists(`k${index}`)))
    expect(operations().filter((operation) => operation === 'token')).toHaveLength(3)
  })

  it('says so when there are no default credentials either', async () => {
    const home = await mkdtemp(join(tmpdir(), 'everstow-gcs-home-'))
    const before = { ...process.env }
    Object.assign(process.env, { HOME: home, CLOUDSDK_CONFIG: home, METADATA_SERVER_DETECTION: 'none' })
    delete process.env.GOOGLE_APPLICATION_CREDENTIALS
    try {
      const config = gcsConfigOf({ bucket, endpoint: server.endpoint })
      expect((await failure((await createGcsStore(config, {}, env)).list())).code).toBe('credentials-missing')
      process.env.GOOGLE_APPLICATION_CREDENTIALS = join(home, 'nowhere.json')
      expect((await failure((await createGcsStore(config, {}, env)).list())).code).toBe('credentials-missing')
    } finally {
      process.env = before
      await rm(home, { recursive: true })
    }
  })

  it('does not wait for ever for a token', async () => {
    const store = await openStore(IMPATIENT)
    server.faults.add({ kind: 'stall', match: { operation: 'token' }, times: 1 })
    expect((await failure(store.list())).code).toBe('timed-out')
  })

  it('takes away what the service says it received otherwise', async () => {
    const seen: string[] = []
    const liar = createServer((request, response) => {
      request.resume()
      seen.push(`${request.method} ${request.url}`)
      const resource = { name: 'backups/k', size: '3', generation: '17', md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA==' }
      request.on('end', () => response.end(request.method === 'DELETE' ? '' : JSON.stringify(resource)))
    })
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve))
    const store = await openStore({ endpoint: `http://127.0.0.1:${(liar.address() as AddressInfo).port}` })
    expect((await failure(store.put('k', bodyOfBytes(Buffer.from('abc'))))).code).toBe('checksum-mismatch')
    expect(seen[1]).toBe(`DELETE /storage/v1/b/${bucket}/o/backups%2Fk?generation=17`)
    liar.closeAllConnections()
    liar.close()
  })

  it('knows a wrong clock from a wrong key', async () => {
    server.clockOffsetMs = 3 * 3_600_000
    expect((await failure((await openStore()).list())).code).toBe('clock-skew')
    server.clockOffsetMs = -3_600_000
    expect((await failure((await openStore()).list())).code).toBe('clock-skew')
  })

  it('maps statuses, and takes the wait it was asked for', async () => {
    const store = await openStore()
    const expected = [
      [503, 'throttled'],
      [429, 'throttled'],
      [500, 'place-unavailable'],
      [502, 'place-unavailable'],
      [401, 'credentials-refused'],
      [403, 'permission-denied'],
      [400, 'place-refused'],
    ] as const
    for (const [status, code] of expected) {
      server.faults.add({
        kind: 'status',
        status,
        retryAfter: 7,
        times: status === 401 ? 2 : 1,
        match: { operation: 'object.get' },
      })
      const error = await failure(store.head('k'))
      expect([error.code, error.retryAfterMs, error.data.status]).toEqual([code, 7000, status])
    }
  })

  it('never ends a download early: cut, flipped in length, or silent', async () => {
    const store = await openStore()
    const impatient = await openStore(IMPATIENT)
    const bytes = randomBytes(300_000)
    await store.put('k', bodyOfBytes(bytes))
    server.faults.add({ kind: 'truncate', match: { operation: 'object.media' }, times: 1 })
    expect((await failure(buffer((await store.get('k')).body))).code).toBe('connection-lost')
    server.faults.add({ kind: 'stall', match: { operation: 'object.media' }, times: 1 })
    expect((await failure(impatient.get('k').then(({ body }) => buffer(body)))).code).toBe('timed-out')
    server.faults.add({ kind: 'stall', match: { operation: 'object.get' }, times: 1 })
    expect((await failure(impatient.head('k'))).code).toBe('timed-out')
    server.faults.add({ kind: 'reset-before', times: 1 })
    expect((await failure(store.head('k'))).code).toBe('connection-lost')
    expect(await buffer((await store.get('k')).body)).toEqual(bytes)
  })

  it('waits for a slow reader and a slow place', async () => {
    const store = await openStore({ stallTimeoutMs: 3_000 })
    const bytes = randomBytes(3_000_000)
    await store.put('k', bodyOfBytes(bytes))
    const { body } = await store.get('k')
    const pieces: Buffer[] = []
    for await (const piece of body as AsyncIterable<Buffer>) {
      if (pieces.push(piece) === 1) await sleep(5_000)
    }
    expect(Buffer.concat(pieces)).toEqual(bytes)
    server.faults.add({ kind: 'slow', amount: 4_000, match: { operation: 'object.media' }, times: 1 })
    await store.put('small', bodyOfBytes(bytes.subarray(0, 20_000)))
    expect(await buffer((await store.get('small')).body)).toEqual(bytes.subarray(0, 20_000))
  })

  it('says that nobody answers, and stops when told to', async () => {
    const store = await openStore()
    const gone = await startGcsServer()
    const elsewhere = await openStore({ endpoint: gone.endpoint })
    await gone.close()
    const error = await failure(elsewhere.list())
    expect([error.code, error.retry]).toEqual(['network-unreachable', 'wait'])
    expect((await failure(store.list({ signal: AbortSignal.abort() }))).code).toBe('cancelled')
    server.faults.add({ kind: 'stall', match: { operation: 'object.list' }, times: 1 })
    const stop = new AbortController()
    const listing = failure(store.list({ signal: stop.signal }))
    await vi.waitUntil(() => server.requests.some(({ operation }) => operation === 'object.list'), PATIENCE)
    stop.abort()
    expect((await listing).code).toBe('cancelled')
  })

  it('keeps tokens, keys and session addresses out of its errors', async () => {
    const store = await openStore()
    server.faults.add({ kind: 'reset-before', match: { operation: 'upload.chunk' } })
    server.faults.add({ kind: 'reset-before', match: { operation: 'upload.status' } })
    const error = await failure(store.put('big', bodyOfBytes(Buffer.alloc(600 * KIB))))
    const seen: string[] = []
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      seen.push(String(cause.stack), JSON.stringify(cause))
    expect(seen.join('\n')).not.toMatch(/upload_id=|Bearer|PRIVATE KEY|ya29/)
  })
})

describe('probe', () => {
  it('finds everything allowed, and leaves nothing behind', async () => {
    server.clockOffsetMs = 40_000
    const store = await openStore()
    const found = await store.probe()
    expect(found).toMatchObject({
      writes: true,
      reads: true,
      deletes: true,
      conditionalWrites: true,
      versioning: false,
      objectLock: false,
    })
    expect(Math.abs(found.clockOffsetMs! - 40_000)).toBeLessThan(1_500)
    expect(server.keys(bucket)).toEqual([])
  })

  it('finds what is not', async () => {
    server.denied.add('storage.objects.delete').add('storage.buckets.get')
    const keeps = await (await openStore()).probe()
    expect(keeps).toMatchObject({
      writes: true,
      deletes: false,
      versioning: undefined,
      conditionalWrites: true,
    })
    server.denied.clear()
    server.denied.add('storage.objects.create')
    expect(await (await openStore()).probe()).toMatchObject({
      writes: false,
      reads: true,
      deletes: undefined,
    })
    server.denied.clear()
    server.denied.add('storage.objects.get')
    expect(await (await openStore()).probe()).toMatchObject({
      writes: true,
      reads: false,
      conditionalWrites: true,
    })
    server.denied.clear()
    server.createBucket({ name: 'locked', versioning: true, retentionSeconds: 3600 })
    const locked = await (await openStore({ bucket: 'locked' })).probe()
    expect(locked).toMatchObject({ writes: true, deletes: false, versioning: true, objectLock: true })
  })
})
