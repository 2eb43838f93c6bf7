import { expect, it } from 'vitest'
import { asEverstowError } from '../../../main/engine/model/errors.ts'
import { type Bench, bodyOf, bytesOf, codeOf, contentOf, KIB, MIB, readAll } from '../under-test.ts'

const SIZE = 100 * KIB + 7

export function rangeCases(bench: Bench): void {
  it.each([
    ['the first byte', 0, 1],
    ['the last byte', SIZE - 1, SIZE],
    ['the middle', 1000, 70_000],
    ['all', 0, SIZE],
    ['up to beyond the end', SIZE - 10, SIZE + 1000],
    ['all and beyond', 0, SIZE * 2],
  ])('gives %s', async (_what, start, end) => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const bytes = bytesOf(SIZE)
    await store.put(key, bodyOf(bytes))
    const { info, body } = await store.get(key, { range: { start, end } })
    expect((await readAll(body)).equals(bytes.subarray(start, end))).toBe(true)
    expect(info.sizeBytes).toBe(SIZE)
  })

  it('gives no bytes from beyond the end', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    await store.put(key, bodyOf('short'))
    for (const range of [
      { start: 5, end: 6 },
      { start: 1000, end: 2000 },
    ]) {
      const outcome = await contentOf(store, key, { range }).then(
        (bytes) => bytes.byteLength,
        (error: unknown) => asEverstowError(error).retry,
      )
      expect(['never', 0]).toContain(outcome)
    }
  })

  it('gives ranges from all over a large object', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const bytes = bytesOf(11 * MIB)
    await store.put(key, bodyOf(bytes))
    const starts = [0, 5 * MIB - 1, 5 * MIB, 8 * MIB - 3, 11 * MIB - 100]
    const pieces = await Promise.all(
      starts.map((start) => contentOf(store, key, { range: { start, end: start + 100 } })),
    )
    pieces.forEach((piece, at) => {
      const start = starts[at] ?? 0
      expect(piece.equals(bytes.subarray(start, start + 100))).toBe(true)
    })
  })

  it('gives only the version that was asked for', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const { etag } = await store.put(key, bodyOf('first content')).then(() => store.head(key))
    if (etag === undefined) return
    expect((await contentOf(store, key, { ifMatch: etag })).toString()).toBe('first content')
    expect((await contentOf(store, key, { ifMatch: etag, range: { start: 0, end: 5 } })).toString()).toBe(
      'first',
    )
    await store.put(key, bodyOf('other content'))
    expect(await codeOf(store.get(key, { ifMatch: etag }))).toBe('precondition-failed')
    expect(await codeOf(store.get(key, { ifMatch: etag, range: { start: 0, end: 5 } }))).toBe(
      'precondition-failed',
    )
  })

  it('a download that is not read to its end disturbs nothing', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const bytes = bytesOf(4 * MIB)
    await store.put(key, bodyOf(bytes))
    for (let round = 0; round < 5; round++) {
      const { body } = await store.get(key)
      if (round % 2 === 0) await new Promise((resolve) => body.once('data', resolve))
      body.destroy()
    }
    expect((await contentOf(store, key)).equals(bytes)).toBe(true)
  })

  it('a download during a put is of one version, or fails', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const versions = [bytesOf(3 * MIB, 'old'), bytesOf(3 * MIB, 'new')] as const
    await store.put(key, bodyOf(versions[0]))
    const { body } = await store.get(key)
    await store.put(key, bodyOf(versions[1]))
    const outcome = await readAll(body).catch((error: unknown) => asEverstowError(error).code)
    if (typeof outcome !== 'string') expect(versions.some((version) => version.equals(outcome))).toBe(true)
    expect((await contentOf(store, key)).equals(versions[1])).toBe(true)
  })
}
