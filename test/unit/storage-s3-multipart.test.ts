import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once as emitted } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import type { Body, ObjectStore, PutOptions } from '../../main/engine/storage/object-store.ts'
import type { S3Config } from '../../main/engine/storage/s3/index.ts'
import type { S3ServerOptions } from '../servers/s3/options.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { md5Of, memoryJournal, openS3Store, PART_BYTES, sha256Of } from './storage-s3-bench.ts'

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

const bytes = randomBytes(10 * PART_BYTES + 123)
const digests = { sha256: sha256Of(bytes), md5: md5Of(bytes) }
const body = bodyOfBytes(bytes)
const put = (options: PutOptions = {}, other: Body = body) => store.put('large', other, options)
const stored = () => server.objects().get('backups/large')?.bytes()
const partsSent = () =>
  server.requests.filter(({ operation, status }) => operation === 'UploadPart' && status === 200)

/** Uploads until some parts are there, then breaks off and leaves the upload to its journal. */
async function interrupt(options: PutOptions, afterParts = 4): Promise<number> {
  const stop = new AbortController()
  const onProgress = (sentBytes: number) => {
    if (sentBytes >= afterParts * PART_BYTES) stop.abort()
  }
  await expect(put({ ...options, onProgress, signal: stop.signal })).rejects.toMatchObject({
    code: 'cancelled',
  })
  return partsSent().length
}

describe('a large body', () => {
  it('goes in parts and comes back whole', async () => {
    const progress: number[] = []
    const journal = memoryJournal()
    const info = await put({ ...digests, journal, onProgress: (sentBytes) => progress.push(sentBytes) })
    expect(info).toMatchObject({ sizeBytes: bytes.byteLength, ...digests })
    expect(partsSent()).toHaveLength(11)
    expect(progress).toHaveLength(11)
    expect(progress.at(-1)).toBe(bytes.byteLength)
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
    expect(await buffer((await store.get('large')).body)).toEqual(bytes)
    expect(journal.token).toBeUndefined()
    expect(await store.head('large')).toMatchObject(digests)
  })

  it('goes at once up to one and a half parts', async () => {
    await store.put('k', bodyOfBytes(bytes.subarray(0, 1.5 * PART_BYTES)))
    expect(server.requests.map(({ operation }) => operation)).toEqual(['PutObject'])
  })

  it('survives a storm of refusals and lost connections', async () => {
    await start({ seed: 5 })
    const match = { operation: 'UploadPart' }
    server.faults.add({ kind: 'status', status: 503, retryAfter: '1', probability: 0.2, match })
    server.faults.add({ kind: 'reset-after', probability: 0.1, match })
    server.faults.add({ kind: 'flip', probability: 0.1, match })
    await put(digests)
    expect(await stored()).toEqual(bytes)
    expect(server.count('UploadPart')).toBeGreaterThan(11)
    expect(server.count('CreateMultipartUpload')).toBe(1)
  })

  it.each(['sha256', 'md5'] as const)('with another %s never becomes an object', async (kind) => {
    const other = { sha256: sha256Of(Buffer.from('x')), md5: md5Of(Buffer.from('x')) }
    const journal = memoryJournal()
    await expect(put({ [kind]: other[kind], journal })).rejects.toMatchObject({ code: 'checksum-mismatch' })
    expect(server.count('CompleteMultipartUpload')).toBe(0)
    expect(server.objects().size).toBe(0)
    expect(server.openUploads()).toEqual([])
    expect(journal.token).toBeUndefined()
  })

  it('that turns out shorter or longer never becomes an object', async () => {
    for (const sizeBytes of [bytes.byteLength - 1, bytes.byteLength + 1]) {
      await expect(put({}, { ...body, sizeBytes })).rejects.toMatchObject({ code: 'checksum-mismatch' })
    }
    expect(server.objects().size).toBe(0)
    expect(server.openUploads()).toEqual([])
  })

  it('leaves nothing behind when it is refused for good', async () => {
    server.faults.add({ kind: 'status', status: 403, match: { operation: 'UploadPart' } })
    const journal = memoryJournal()
    await expect(put({ journal })).rejects.toMatchObject({ code: 'permission-denied' })
    expect(server.openUploads()).toEqual([])
    expect(journal.token).toBeUndefined()
  })

  it('leaves nothing behind when it breaks off and nobody keeps a journal', async () => {
    await interrupt({})
    expect(server.openUploads()).toEqual([])
    expect(server.objects().size).toBe(0)
  })
})

describe('an interrupted upload', () => {
  it('goes on in another store with the parts that are there', async () => {
    const journal = memoryJournal()
    const before = await interrupt({ ...digests, journal })
    expect(server.openUploads()).toEqual(['backups/large'])
    const progress: number[] = []
    const second = openS3Store(server.url)
    await second.put('large', body, {
      ...digests,
      journal,
      onProgress: (sentBytes) => progress.push(sentBytes),
    })
    await second.close()
    expect(progress[0]).toBeGreaterThan(0)
    expect(await stored()).toEqual(bytes)
    expect(partsSent()).toHaveLength(11)
    expect(before).toBeGreaterThanOrEqual(4)
    expect(server.count('CreateMultipartUpload')).toBe(1)
    expect(journal.token).toBeUndefined()
  })

  it('goes on after the process was killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'everstow-s3-kill-'))
    try {
      const file = join(folder, 'body')
      const journalPath = join(folder, 'journal')
      const large = randomBytes(40 * PART_BYTES)
      await writeFile(file, large)
      server.faults.add({ kind: 'latency', delayMs: 60, match: { operation: 'UploadPart' } })
      const script = join(import.meta.dirname, 'storage-s3-upload-child.ts')
      const run = () => spawn(process.execPath, [script, server.url, file, journalPath], { stdio: 'ignore' })
      const first = run()
      while (partsSent().length < 8) await sleep(10)
      first.kill('SIGKILL')
      await emitted(first, 'exit')
      const before = partsSent().length
      expect(before).toBeLessThan(40)
      expect(await readFile(journalPath, 'utf8')).toContain('uploadId')
      server.faults.clear()

      const second = run()
      const [code] = await emitted(second, 'exit')
      expect(code).toBe(0)
      expect(await stored()).toEqual(large)
      expect(server.count('CreateMultipartUpload')).toBe(1)
      // A part or so per lane may have arrived between the look and the kill.
      expect(partsSent().length).toBeLessThanOrEqual(44)
      await expect(stat(journalPath)).rejects.toMatchObject({ code: 'ENOENT' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('goes on under KMS, where tags are no MD5', async () => {
    await start({ kms: true })
    const journal = memoryJournal()
    await interrupt({ ...digests, journal })
    await put({ ...digests, journal })
    expect(await stored()).toEqual(bytes)
    // What was on its way at the break is sent again, for nobody noted what its tag stands for.
    expect(partsSent().length).toBeLessThan(11 + 4)
    expect(server.count('CreateMultipartUpload')).toBe(1)
  })

  it('sends again the parts whose bytes have changed since', async () => {
    const journal = memoryJournal()
    await interrupt({ journal })
    const changed = Buffer.from(bytes)
    changed[10] = (changed[10] ?? 0) ^ 1
    await put({ journal }, bodyOfBytes(changed))
    expect(await stored()).toEqual(changed)
    expect(partsSent()).toHaveLength(12)
  })

  it('starts anew where another body is to go there, and gives up the old one', async () => {
    const journal = memoryJournal()
    await interrupt({ ...digests, journal })
    const other = randomBytes(5 * PART_BYTES)
    await put({ journal, sha256: sha256Of(other) }, bodyOfBytes(other))
    expect(await stored()).toEqual(other)
    expect(server.count('AbortMultipartUpload')).toBe(1)
    expect(server.openUploads()).toEqual([])
  })

  it('starts anew where the place has forgotten it', async () => {
    const journal = memoryJournal()
    await interrupt({ ...digests, journal })
    server.expireUploads()
    await put({ ...digests, journal })
    expect(await stored()).toEqual(bytes)
    expect(server.count('CreateMultipartUpload')).toBe(2)
  })

  it('starts anew where the journal holds something else', async () => {
    for (const token of ['', 'not json', '{"version":9}', '{"version":1,"uploadId":""}']) {
      const journal = memoryJournal()
      journal.token = token
      await put({ journal })
      expect(journal.token).toBeUndefined()
    }
    expect(server.count('CreateMultipartUpload')).toBe(4)
  })

  it('is not mistaken for one of another key', async () => {
    const journal = memoryJournal()
    await interrupt({ ...digests, journal })
    await store.put('other', body, { ...digests, journal })
    expect(await server.objects().get('backups/other')?.bytes()).toEqual(bytes)
    expect(server.objects().has('backups/large')).toBe(false)
  })
})

describe('a completion whose answer is lost', () => {
  const match = { operation: 'CompleteMultipartUpload' }

  it('is recognised by the tag of the parts', async () => {
    server.faults.add({ kind: 'reset-after', times: 1, match })
    expect(await put()).toMatchObject({ sizeBytes: bytes.byteLength })
    expect(await stored()).toEqual(bytes)
    expect(server.count('CreateMultipartUpload')).toBe(1)
  })

  it('is recognised by another process by the promised SHA-256', async () => {
    server.faults.add({ kind: 'reset-after', match })
    server.faults.add({ kind: 'reset-before', match: { operation: 'HeadObject' } })
    const journal = memoryJournal()
    await expect(put({ ...digests, journal })).rejects.toMatchObject({ retry: 'retry' })
    expect(journal.token).toBeDefined()
    server.faults.clear()
    expect(await put({ ...digests, journal })).toMatchObject(digests)
    expect(server.count('CreateMultipartUpload')).toBe(1)
    expect(partsSent()).toHaveLength(11)
    expect(journal.token).toBeUndefined()
  })

  it('is not believed where something else lies there', async () => {
    await put()
    const other = randomBytes(bytes.byteLength)
    // The upload vanishes between its last part and its completion.
    const onProgress = (sentBytes: number) => {
      if (sentBytes === other.byteLength) server.expireUploads()
    }
    const failed = put({ sha256: sha256Of(other), onProgress }, bodyOfBytes(other))
    await expect(failed).rejects.toMatchObject({ code: 'connection-lost', retry: 'retry' })
    expect(await stored()).toEqual(bytes)
  })

  it('that fails with an error inside of a 200 is a failure', async () => {
    server.faults.add({ kind: 'status', status: 200, code: 'InternalError', times: 2, match })
    await put(digests)
    expect(server.count('CompleteMultipartUpload')).toBe(3)
    expect(await stored()).toEqual(bytes)
  })
})
