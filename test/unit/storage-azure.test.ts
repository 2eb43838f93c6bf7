import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { blockSizeFor } from '../../main/engine/storage/azure/blocks.ts'
import { type AzureConfig, azureConfigOf, createAzureStore } from '../../main/engine/storage/azure/index.ts'
import { fromAzureNames, toAzureNames } from '../../main/engine/storage/azure/metadata-names.ts'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import type { Credentials } from '../../main/engine/storage/credentials.ts'
import type { ObjectStore, UploadJournal } from '../../main/engine/storage/object-store.ts'
import { type Azurite, type FaultProxy, startAzurite, startFaultProxy } from '../servers/azurite/index.ts'

const KIB = 1024
const env = { clock: nodeClock, random: nodeRandom }
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

let azurite: Azurite
let proxy: FaultProxy
let container: string
let count = 0

beforeAll(async () => {
  azurite = await startAzurite()
  proxy = await startFaultProxy(azurite.endpoint)
})
afterAll(async () => {
  await proxy?.close()
  await azurite?.stop()
})
beforeEach(async () => {
  container = `container-${++count}`
  await azurite.createContainer(container)
})
afterEach(() => {
  proxy.faults.clear()
  proxy.requests.length = 0
})

/** For a store that is to give up soon; others are not to take a busy machine for a silent place. */
const IMPATIENT = { stallTimeoutMs: 1_000 } as const
const PATIENCE = { timeout: 120_000 } as const

function openStore(change: Partial<AzureConfig> = {}, credentials?: Credentials): Promise<ObjectStore> {
  const { account, key } = azurite
  const config = azureConfigOf({ bucket: container, prefix: 'backups', account, endpoint: proxy.endpoint })
  const small = { partSizeBytes: 256 * KIB, stallTimeoutMs: 120_000 }
  return createAzureStore(
    { ...config, ...small, ...change },
    credentials ?? { accountKey: new Secret(key) },
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

const times = (operation: string): number =>
  proxy.requests.filter((request) => request.operation === operation).length

describe('objects', () => {
  it('keeps bytes, hashes, type and metadata below the prefix', async () => {
    const store = await openStore({ storageClass: 'Cool' })
    const bytes = randomBytes(1000)
    const metadata = { 'content-kind': 'pack', with_underscore: 'x', '2nd': 'y' }
    const beginMs = Date.now()
    const put = await store.put('packs/é 漢😀.pack', bodyOfBytes(bytes), {
      sha256: sha256(bytes),
      md5: md5(bytes),
      contentType: 'application/x-pack',
      metadata,
    })
    expect(put).toMatchObject({
      key: 'packs/é 漢😀.pack',
      sizeBytes: 1000,
      md5: md5(bytes),
      sha256: sha256(bytes),
    })
    expect(await azurite.blobs(container)).toEqual(['backups/packs/é 漢😀.pack'])
    const head = await store.head('packs/é 漢😀.pack')
    expect(head).toMatchObject({
      etag: put.etag,
      md5: md5(bytes),
      sha256: sha256(bytes),
      storageClass: 'Cool',
    })
    expect(head.metadata).toEqual(metadata)
    expect(head.modifiedMs).toBeGreaterThan(beginMs - 2_000)
    expect(head.modifiedMs).toBeLessThan(Date.now() + 2_000)
    const { info, body } = await store.get('packs/é 漢😀.pack')
    expect(await buffer(body)).toEqual(bytes)
    expect(info).toMatchObject({ sizeBytes: 1000, md5: md5(bytes), etag: put.etag, metadata: head.metadata })
    expect(store.url('a b/c')).toBe(`${proxy.endpoint}/${container}/backups/a%20b/c`)
  })

  it('holds empty objects, and bodies of exactly one and two parts', async () => {
    const store = await openStore()
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
    expect(ranged.info).toMatchObject({ sizeBytes: 5000, etag })
    expect(await buffer(ranged.body)).toEqual(bytes.subarray(100, 300))
    expect(await buffer((await store.get('k', { range: { start: 4990, end: 9999 } })).body)).toEqual(
      bytes.subarray(4990),
    )
    expect((await failure(store.get('k', { range: { start: 5000, end: 5001 } }))).code).toBe('invalid-input')
    await store.put('k', bodyOfBytes(randomBytes(10)))
    expect((await failure(store.get('k', { ifMatch: etag! }))).code).toBe('precondition-failed')
  })

  it('lists page by page, with what the puts said, and deletes what may be gone already', async () => {
    const store = await openStore()
    const bytes = randomBytes(10)
    const { etag } = await store.put('a/1', bodyOfBytes(bytes), { sha256: sha256(bytes) })
    for (const key of ['a/2', 'a/3', 'b']) await store.put(key, bodyOfBytes(bytes))
    const first = await store.list({ prefix: 'a/', limit: 2 })
    expect(first.objects.map((object) => object.key)).toEqual(['a/1', 'a/2'])
    expect(first.objects[0]).toMatchObject({ etag, sizeBytes: 10, sha256: sha256(bytes), md5: md5(bytes) })
    const second = await store.list({ prefix: 'a/', limit: 2, cursor: first.cursor! })
    expect(second.objects.map((object) => object.key)).toEqual(['a/3'])
    expect(second.cursor).toBeUndefined()
    await store.put('a/\u{1f600}', bodyOfBytes(bytes))
    await store.put('a/\uff5e', bodyOfBytes(bytes))
    const keys = (await store.list({ prefix: 'a/' })).objects.map((object) => object.key)
    expect(keys).toEqual(['a/1', 'a/2', 'a/3', 'a/\uff5e', 'a/\u{1f600}'])
    await store.delete('a/1')
    await store.delete('a/1')
    expect(await store.exists('a/1')).toBe(false)
    expect(await store.exists('a/2')).toBe(true)
  })

  it('refuses a body that is not what was promised, and shows nothing of it', async () => {
    const store = await openStore()
    for (const sizeBytes of [100, 600_000]) {
      const bytes = randomBytes(sizeBytes)
      for (const promise of [{ sha256: sha256(Buffer.from('other')) }, { md5: md5(Buffer.from('other')) }])
        expect((await failure(store.put('k', bodyOfBytes(bytes), promise))).code).toBe('checksum-mismatch')
      const short = { ...bodyOfBytes(bytes), sizeBytes: sizeBytes + 1 }
      expect((await failure(store.put('k', short))).code).toBe('checksum-mismatch')
      const long = { ...bodyOfBytes(bytes), sizeBytes: sizeBytes - 1 }
      expect((await failure(store.put('k', long))).code).toBe('checksum-mismatch')
    }
    expect(await store.exists('k')).toBe(false)
  })

  it('spells names of metadata so that they come back', () => {
    const names = ['sha256', 'content-kind', 'a_b', 'a__b', '_x2d', '9lives', 'with.dots and spaces']
    for (const name of names) {
      const spelled = Object.keys(toAzureNames({ [name]: 'v' }))[0]!
      expect(spelled).toMatch(/^[a-z_][a-z0-9_]*$/)
      expect(fromAzureNames({ [spelled]: 'v' })).toEqual({ [name]: 'v' })
    }
    expect(fromAzureNames({ OwnersName: 'v', snake_case: 'w' })).toEqual({ ownersname: 'v', snake_case: 'w' })
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
      { kind: 'latency', amount: 4_000 },
    ] as const
    for (const [index, fault] of faults.entries()) {
      proxy.faults.add({ ...fault, match: { operation: 'blob.put' }, times: 1 })
      const asked = fault.kind === 'latency' ? impatient : store
      expect(await asked.putIfAbsent(`log/${index}`, Buffer.from('mine'))).toBe('ambiguous')
    }
    expect(await store.exists('log/0')).toBe(true)
    expect(await store.exists('log/1')).toBe(false)
  })
})

describe('large uploads', () => {
  const bytes = randomBytes(1_500_000)
  const promise = { sha256: sha256(bytes), md5: md5(bytes) }

  it('go in blocks, and report what is safe', async () => {
    const store = await openStore()
    const progress: number[] = []
    const journal = memoryJournal()
    const info = await store.put('big', bodyOfBytes(bytes), {
      ...promise,
      journal,
      onProgress: (sent) => progress.push(sent),
    })
    expect(info).toMatchObject({ sizeBytes: bytes.length, ...promise })
    expect(progress).toHaveLength(6)
    expect(progress.at(-1)).toBe(bytes.length)
    expect(journal.token).toBeUndefined()
    expect(times('block.put')).toBe(6)
    const { info: read, body } = await store.get('big')
    expect(await buffer(body)).toEqual(bytes)
    expect(read).toMatchObject({ ...promise, etag: info.etag })
  })

  it('mend broken blocks and a lost answer to the list', async () => {
    const store = await openStore()
    proxy.faults.add({ kind: 'reset-before', match: { operation: 'block.put' }, times: 1 })
    proxy.faults.add({ kind: 'reset-after', match: { operation: 'block.put' }, times: 1 })
    proxy.faults.add({
      kind: 'status',
      status: 503,
      retryAfter: 0,
      match: { operation: 'block.put' },
      times: 1,
    })
    proxy.faults.add({ kind: 'reset-after', match: { operation: 'blocklist.put' }, times: 1 })
    await store.put('big', bodyOfBytes(bytes), promise)
    expect(await buffer((await store.get('big')).body)).toEqual(bytes)
  })

  it('are resumed by another store from the blocks that are there', async () => {
    const journal = memoryJournal()
    const first = await openStore({ parallelParts: 1 })
    const stop = new AbortController()
    const stopped = first.put('big', bodyOfBytes(bytes), {
      ...promise,
      journal,
      signal: stop.signal,
      onProgress: (sent) => sent >= 700_000 && stop.abort(),
    })
    expect((await failure(stopped)).code).toBe('cancelled')
    expect(journal.token).toBeDefined()
    expect(await first.exists('big')).toBe(false)
    proxy.requests.length = 0

    const second = await openStore({ partSizeBytes: 300 * KIB })
    await second.put('big', bodyOfBytes(bytes), { ...promise, journal })
    expect(times('block.put')).toBe(3)
    expect(journal.token).toBeUndefined()
    expect(await buffer((await second.get('big')).body)).toEqual(bytes)
  })

  it('send again what another body left behind', async () => {
    const journal = memoryJournal()
    const store = await openStore({ parallelParts: 1 })
    const stop = new AbortController()
    const options = {
      journal,
      signal: stop.signal,
      onProgress: (sent: number) => sent >= 700_000 && stop.abort(),
    }
    await failure(store.put('big', bodyOfBytes(randomBytes(bytes.length)), options))
    proxy.requests.length = 0
    await store.put('big', bodyOfBytes(bytes), { ...promise, journal })
    expect(times('block.put')).toBe(6)
    expect(await buffer((await store.get('big')).body)).toEqual(bytes)
    journal.token = 'not json {'
    await store.put('big', bodyOfBytes(bytes), { ...promise, journal })
    expect(journal.token).toBeUndefined()
  })

  it('keep to the number of blocks that a blob may have', () => {
    const usual = 8 * 1024 * KIB
    expect(blockSizeFor(50_000 * usual, usual)).toBe(usual)
    for (const sizeBytes of [50_000 * usual + 1, 10 * 1024 ** 4]) {
      const blockBytes = blockSizeFor(sizeBytes, usual)
      expect(Math.ceil(sizeBytes / blockBytes)).toBeLessThanOrEqual(50_000)
      expect(blockBytes % (1024 * KIB)).toBe(0)
    }
  })

  it('leave the journal as it is when the place stays away', async () => {
    const journal = memoryJournal()
    const store = await openStore()
    proxy.faults.add({ kind: 'status', status: 500, match: { operation: 'blocklist.put' } })
    const error = await failure(store.put('big', bodyOfBytes(bytes), { ...promise, journal }))
    expect([error.code, error.retry]).toEqual(['place-unavailable', 'retry'])
    proxy.faults.clear()
    proxy.requests.length = 0
    await store.put('big', bodyOfBytes(bytes), { ...promise, journal })
    expect(times('block.put')).toBe(0)
    expect(await buffer((await store.get('big')).body)).toEqual(bytes)
  })
})

describe('credentials', () => {
  it('takes a connection string, a SAS and an account key', async () => {
    const { account, key } = azurite
    const sas = generateBlobSASQueryParameters(
      {
        containerName: container,
        permissions: ContainerSASPermissions.parse('racwdl'),
        expiresOn: new Date(Date.now() + 600_000),
      },
      new StorageSharedKeyCredential(account, key),
    )
    const ways: Credentials[] = [
      { connectionString: new Secret(azurite.connectionString) },
      { sasToken: new Secret(`?${sas}`) },
      { accountKey: new Secret(key) },
    ]
    for (const [index, credentials] of ways.entries()) {
      const store = await openStore({}, credentials)
      await store.put(`by-${index}`, bodyOfBytes(Buffer.from('x')))
      expect((await store.list()).objects).toHaveLength(index + 1)
      expect(store.url('k')).not.toContain('?')
    }
  })

  it('refuses a wrong key and what can be no key, without showing it', async () => {
    const wrong = Buffer.alloc(64, 7).toString('base64')
    const store = await openStore({}, { accountKey: new Secret(wrong) })
    for (const work of [
      () => store.list(),
      () => store.get('k'),
      () => store.put('k', bodyOfBytes(Buffer.from('x'))),
    ]) {
      const error = await failure(work())
      expect(error.code).toBe('credentials-refused')
      const seen: string[] = []
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
        seen.push(String(cause.stack), JSON.stringify(cause))
      expect(seen.join('\n')).not.toMatch(/SharedKey|BwcHBwc|sig=/)
    }
    expect((await failure(openStore({}, { accountKey: new Secret('no base64!') }))).code).toBe(
      'credentials-refused',
    )
    const malformed = await failure(openStore({}, { connectionString: new Secret('AccountKey=secret') }))
    expect(malformed.code).toBe('credentials-refused')
    expect(String(malformed.cause)).not.toContain('secret')
    expect((await failure(openStore({}, {}))).code).toBe('credentials-missing')
    expect(() => azureConfigOf({ prefix: 'x' })).toThrow(EverstowError)
  })

  it('tells a missing right from a missing container', async () => {
    const { account, key } = azurite
    const permissions = ContainerSASPermissions.parse('r')
    const sas = generateBlobSASQueryParameters(
      { containerName: container, permissions, expiresOn: new Date(Date.now() + 600_000) },
      new StorageSharedKeyCredential(account, key),
    )
    const reader = await openStore({}, { sasToken: new Secret(String(sas)) })
    expect((await failure(reader.put('k', bodyOfBytes(Buffer.from('x'))))).code).toBe('permission-denied')
    expect((await failure(reader.putIfAbsent('k', Buffer.from('x')))).code).toBe('permission-denied')
    expect((await failure(reader.head('k'))).code).toBe('object-missing')
    const nowhere = await openStore({ container: 'no-such-container' })
    for (const work of [
      () => nowhere.head('k'),
      () => nowhere.get('k'),
      () => nowhere.list(),
      () => nowhere.delete('k'),
      () => nowhere.exists('k'),
      () => nowhere.put('k', bodyOfBytes(Buffer.from('x'))),
      () => nowhere.put('k', bodyOfBytes(Buffer.alloc(300 * KIB))),
      () => nowhere.putIfAbsent('k', Buffer.from('x')),
      () => nowhere.probe(),
    ])
      expect((await failure(work())).code).toBe('bucket-missing')
  })

  it('knows a wrong clock from a wrong key', async () => {
    const answers = [
      ['Request date header too old: Fri, 01 Jan 2100 00:00:00 GMT', 0, 'clock-skew'],
      [
        'The MAC signature found in the HTTP request is not the same as any computed signature.',
        0,
        'credentials-refused',
      ],
      ['Signature not valid in the specified time frame', 3_600_000, 'clock-skew'],
    ] as const
    for (const [detail, offsetMs, code] of answers) {
      const server = createServer((request, response) => {
        request.resume()
        response.sendDate = false
        response.writeHead(403, {
          date: new Date(Date.now() + offsetMs).toUTCString(),
          'content-type': 'application/xml',
          'x-ms-error-code': 'AuthenticationFailed',
        })
        response.end(
          `<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request.</Message><AuthenticationErrorDetail>${detail}</AuthenticationErrorDetail></Error>`,
        )
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${azurite.account}`
      expect((await failure((await openStore({ endpoint })).list())).code).toBe(code)
      server.closeAllConnections()
      server.close()
    }
  })
})

describe('failures', () => {
  it('maps statuses, and takes the wait it was asked for', async () => {
    const store = await openStore()
    const expected = [
      [503, 'throttled'],
      [429, 'throttled'],
      [500, 'place-unavailable'],
      [403, 'permission-denied'],
      [400, 'place-refused'],
    ] as const
    for (const [status, code] of expected) {
      proxy.faults.add({
        kind: 'status',
        status,
        retryAfter: 7,
        times: 1,
        match: { operation: 'container.list' },
      })
      const error = await failure(store.list())
      expect([error.code, error.retryAfterMs, error.data.status]).toEqual([code, 7000, status])
    }
  })

  it('never ends a download early, and waits for a slow reader', async () => {
    const store = await openStore({ partSizeBytes: 8 * 1024 * KIB })
    const impatient = await openStore(IMPATIENT)
    const bytes = randomBytes(3_000_000)
    await store.put('k', bodyOfBytes(bytes))
    proxy.faults.add({ kind: 'truncate', match: { operation: 'blob.get' }, times: 1 })
    expect((await failure(buffer((await store.get('k')).body))).code).toBe('connection-lost')
    proxy.faults.add({ kind: 'stall', match: { operation: 'blob.get' }, times: 1 })
    expect((await failure(impatient.get('k').then(({ body }) => buffer(body)))).code).toBe('timed-out')
    proxy.faults.add({ kind: 'stall', match: { operation: 'blob.head' }, times: 1 })
    expect((await failure(impatient.head('k'))).code).toBe('timed-out')
    const { body } = await (await openStore({ stallTimeoutMs: 3_000 })).get('k')
    const pieces: Buffer[] = []
    for await (const piece of body as AsyncIterable<Buffer>) if (pieces.push(piece) === 1) await sleep(5_000)
    expect(Buffer.concat(pieces)).toEqual(bytes)
  })

  it('says that nobody answers, and stops when told to', async () => {
    const gone = await startFaultProxy(azurite.endpoint)
    const elsewhere = await openStore({ endpoint: gone.endpoint })
    await gone.close()
    const error = await failure(elsewhere.list())
    expect([error.code, error.retry]).toEqual(['network-unreachable', 'wait'])
    const store = await openStore()
    expect((await failure(store.list({ signal: AbortSignal.abort() }))).code).toBe('cancelled')
    proxy.faults.add({ kind: 'stall', match: { operation: 'container.list' }, times: 1 })
    const stop = new AbortController()
    const listing = failure(store.list({ signal: stop.signal }))
    await vi.waitUntil(() => proxy.requests.some(({ operation }) => operation === 'container.list'), PATIENCE)
    stop.abort()
    expect((await listing).code).toBe('cancelled')
  })
})

describe('probe', () => {
  it('finds everything allowed, and leaves nothing behind', async () => {
    const found = await (await openStore()).probe()
    expect(found).toMatchObject({
      writes: true,
      reads: true,
      deletes: true,
      conditionalWrites: true,
      versioning: false,
      objectLock: false,
    })
    expect(Math.abs(found.clockOffsetMs!)).toBeLessThan(1_500)
    expect(await azurite.blobs(container)).toEqual([])
  })

  it('finds what a SAS does not allow', async () => {
    const credential = new StorageSharedKeyCredential(azurite.account, azurite.key)
    const may = async (letters: string): Promise<unknown> => {
      const permissions = ContainerSASPermissions.parse(letters)
      const expiresOn = new Date(Date.now() + 600_000)
      const sas = generateBlobSASQueryParameters(
        { containerName: container, permissions, expiresOn },
        credential,
      )
      return (await openStore({}, { sasToken: new Secret(String(sas)) })).probe()
    }
    expect(await may('rcwl')).toMatchObject({
      writes: true,
      reads: true,
      deletes: false,
      conditionalWrites: true,
    })
    expect(await may('rl')).toMatchObject({ writes: false, reads: true, deletes: undefined })
  })
})
