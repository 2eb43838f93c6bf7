import { expect, it } from 'vitest'
import { hasCode } from '../../../main/engine/model/errors.ts'
import { type Bench, bodyOf, bytesOf, contentOf, KIB, listAll, MIB, sha256Of } from '../under-test.ts'

export function concurrencyCases(bench: Bench): void {
  it('takes 50 puts at once', async () => {
    const store = bench.store()
    const folder = bench.folder()
    const sizes = Array.from({ length: 50 }, (_, at) => at * 3 * KIB + 1)
    await Promise.all(
      sizes.map((size, at) => store.put(`${folder}/${at % 5}/${at}`, bodyOf(bytesOf(size, at)))),
    )
    const contents = await Promise.all(sizes.map((_, at) => contentOf(store, `${folder}/${at % 5}/${at}`)))
    contents.forEach((content, at) => {
      expect(content.equals(bytesOf(sizes[at] ?? 0, at))).toBe(true)
    })
    expect((await listAll(store, folder)).length).toBe(50)
  })

  it('of many puts of one key, one stands whole, with its own facts', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const versions = Array.from({ length: 12 }, (_, at) => bytesOf(200 * KIB, at))
    await Promise.all(
      versions.map((bytes, at) =>
        store.put(key, bodyOf(bytes), { sha256: sha256Of(bytes), metadata: { version: String(at) } }),
      ),
    )
    const content = await contentOf(store, key)
    const winner = versions.findIndex((bytes) => bytes.equals(content))
    expect(winner).toBeGreaterThanOrEqual(0)
    const head = await store.head(key)
    expect(head.sha256).toBe(sha256Of(content))
    expect(head.metadata).toMatchObject({ version: String(winner) })
  })

  it('readers see whole versions while a writer replaces them', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const versions = Array.from({ length: 6 }, (_, at) => bytesOf(100 * KIB, at))
    await store.put(key, bodyOf(versions[0] ?? Buffer.alloc(0)))
    let writing = true
    const write = async () => {
      for (const bytes of versions) await store.put(key, bodyOf(bytes))
      writing = false
    }
    const read = async () => {
      let reads = 0
      while (writing || reads === 0) {
        const content = await contentOf(store, key).catch((error: unknown) => {
          // A download that broke and found another version when it wanted to go on.
          if (!hasCode(error, 'precondition-failed')) throw error
        })
        if (content) expect(versions.some((bytes) => bytes.equals(content))).toBe(true)
        reads += 1
      }
      return reads
    }
    const [, first, second] = await Promise.all([write(), read(), read()])
    expect(first + second).toBeGreaterThan(1)
  })

  it('deletes and puts in one folder do not trip over each other', async () => {
    const store = bench.store()
    const folder = `${bench.folder()}/deep/er`
    const work = Array.from({ length: 12 }, async (_, at) => {
      const key = `${folder}/${at}`
      for (let round = 0; round < 4; round++) {
        await store.put(key, bodyOf(`${round}`), { metadata: { round: String(round) } })
        await store.delete(key)
      }
      await store.putIfAbsent(key, Buffer.from('last'))
    })
    await Promise.all(work)
    expect((await listAll(store, folder)).length).toBe(12)
  })

  it('reads one large object from several readers', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const bytes = bytesOf(6 * MIB)
    await store.put(key, bodyOf(bytes))
    const contents = await Promise.all(Array.from({ length: 6 }, () => contentOf(store, key)))
    for (const content of contents) expect(content.equals(bytes)).toBe(true)
  })
}
