import { expect, it } from 'vitest'
import { downloadTo } from '../../../main/engine/storage/download.ts'
import {
  type Bench,
  bodyOf,
  bytesOf,
  codeOf,
  contentOf,
  KIB,
  listAll,
  MIB,
  md5Of,
  sha256Of,
} from '../under-test.ts'

const SIZES = [0, 1, 1023, 64 * KIB + 1, MIB, 5 * MIB + 3, 20 * MIB]

export function roundTripCases(bench: Bench): void {
  it.each(SIZES)('%i bytes come back as they went', async (sizeBytes) => {
    const store = bench.store()
    const key = `${bench.folder()}/object.bin`
    const bytes = bytesOf(sizeBytes)
    const put = await store.put(key, bodyOf(bytes), { sha256: sha256Of(bytes), md5: md5Of(bytes) })
    expect(put).toMatchObject({ key, sizeBytes })
    const got = await store.get(key)
    expect(got.info).toMatchObject({ key, sizeBytes })
    expect(Buffer.concat((await Array.fromAsync(got.body)) as Buffer[]).equals(bytes)).toBe(true)
    expect(await store.size(key)).toBe(sizeBytes)
  })

  it('head, get, put and list agree on an object', async () => {
    const store = bench.store()
    const folder = bench.folder()
    const key = `${folder}/object`
    const before = Date.now()
    const put = await store.put(key, bodyOf('content'))
    const head = await store.head(key)
    const got = await store.get(key)
    got.body.resume()
    const [listed] = await listAll(store, folder)
    for (const info of [put, head, got.info, listed]) {
      expect(info).toMatchObject({ key, sizeBytes: 7 })
      expect(Math.abs((info?.modifiedMs ?? 0) - before)).toBeLessThan(120_000)
    }
    expect(got.info.etag).toBe(head.etag)
  })

  it('keeps metadata and the promised digests', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const bytes = bytesOf(5000)
    const metadata = { backup: 'b-17', note: 'with spaces, 100 %' }
    await store.put(key, bodyOf(bytes), { sha256: sha256Of(bytes), md5: md5Of(bytes), metadata })
    const head = await store.head(key)
    expect(head.metadata).toMatchObject(metadata)
    expect(head.sha256).toBe(sha256Of(bytes))
    const { info, body } = await store.get(key)
    body.destroy()
    expect(info.metadata).toMatchObject(metadata)
  })

  it('a put replaces content, size, digests and metadata', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const first = bytesOf(6 * MIB)
    await store.put(key, bodyOf(first), { sha256: sha256Of(first), metadata: { age: 'old', gone: 'yes' } })
    const before = await store.head(key)
    const second = Buffer.from('second')
    await store.put(key, bodyOf(second), { sha256: sha256Of(second), metadata: { age: 'new' } })
    const after = await store.head(key)
    expect(after).toMatchObject({ sizeBytes: 6, sha256: sha256Of(second) })
    expect(after.metadata).toMatchObject({ age: 'new' })
    expect(after.metadata).not.toHaveProperty('gone')
    if (before.etag !== undefined) expect(after.etag).not.toBe(before.etag)
    expect((await contentOf(store, key)).toString()).toBe('second')
  })

  it('tells what is there and what is not', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    expect(await store.exists(key)).toBe(false)
    expect(await codeOf(store.get(key))).toBe('object-missing')
    expect(await codeOf(store.head(key))).toBe('object-missing')
    expect(await codeOf(store.size(key))).toBe('object-missing')
    await store.put(key, bodyOf(''))
    expect(await store.exists(key)).toBe(true)
    expect(await store.size(key)).toBe(0)
  })

  it('deletes, and deleting again is no error', async () => {
    const store = bench.store()
    const folder = bench.folder()
    const key = `${folder}/object`
    await store.put(key, bodyOf('content'))
    await store.delete(key)
    await store.delete(key)
    await store.delete(`${folder}/never/there`)
    expect(await store.exists(key)).toBe(false)
    expect(await codeOf(store.get(key))).toBe('object-missing')
    expect(await listAll(store, folder)).toEqual([])
    await store.put(key, bodyOf('again'))
    expect((await contentOf(store, key)).toString()).toBe('again')
  })

  it('tells of progress, forward, up to the whole', async () => {
    const key = `${bench.folder()}/object`
    const seen: number[] = []
    const bytes = bytesOf(9 * MIB)
    await bench.store().put(key, bodyOf(bytes), { onProgress: (sentBytes) => seen.push(sentBytes) })
    expect(seen.at(-1)).toBe(bytes.byteLength)
    // A try that failed begins again; within a try it only grows.
    expect(seen.every((bytesSent) => bytesSent >= 0 && bytesSent <= bytes.byteLength)).toBe(true)
  })

  it('downloads a large object by ranges, checked', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const bytes = bytesOf(20 * MIB + 17)
    await store.put(key, bodyOf(bytes), { sha256: sha256Of(bytes) })
    const target = Buffer.alloc(bytes.byteLength)
    const sink = { writeAt: async (piece: Uint8Array, position: number) => target.set(piece, position) }
    const done = await downloadTo(store, key, sink, { rangeBytes: 3 * MIB, sha256: sha256Of(bytes) })
    expect(done).toMatchObject({ sha256: sha256Of(bytes), info: { sizeBytes: bytes.byteLength } })
    expect(target.equals(bytes)).toBe(true)
  })

  it('finds out what it can do and leaves nothing behind', async () => {
    const store = bench.store()
    const capabilities = await store.probe()
    expect(capabilities).toMatchObject({ writes: true, reads: true, conditionalWrites: true })
    expect(capabilities.deletes).not.toBe(false)
    if (capabilities.clockOffsetMs !== undefined) {
      expect(Math.abs(capabilities.clockOffsetMs)).toBeLessThan(120_000)
    }
    if (!bench.tested().disturbed) expect(await listAll(store, 'probe/')).toEqual([])
  })

  it('names an object by its address', () => {
    const store = bench.store()
    expect(store.url('folder/one.tar.gz')).toMatch(/^[a-z0-9]+:\/\/.*\/folder\/one\.tar\.gz$/)
    expect(store.url('a')).not.toBe(store.url('b'))
  })
}
