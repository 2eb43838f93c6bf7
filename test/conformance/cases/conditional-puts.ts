import { expect, it } from 'vitest'
import { MAX_CONDITIONAL_BYTES } from '../../../main/engine/storage/limits.ts'
import { type Bench, bodyOf, bytesOf, codeOf, contentOf } from '../under-test.ts'

export function conditionalPutCases(bench: Bench): void {
  it('creates once and then finds it there', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/log/1`
    expect(await store.putIfAbsent(key, Buffer.from('mine'), { metadata: { by: 'me' } })).toBe('created')
    expect(await store.putIfAbsent(key, Buffer.from('yours'))).toBe('exists')
    expect((await contentOf(store, key)).toString()).toBe('mine')
    expect((await store.head(key)).metadata).toMatchObject({ by: 'me' })
  })

  it('does not replace what a put made, and creates again after a delete', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    await store.put(key, bodyOf('put'))
    expect(await store.putIfAbsent(key, Buffer.from('conditional'))).toBe('exists')
    expect((await contentOf(store, key)).toString()).toBe('put')
    await store.delete(key)
    expect(await store.putIfAbsent(key, Buffer.from('conditional'))).toBe('created')
    await store.put(key, bodyOf('put again'))
    expect((await contentOf(store, key)).toString()).toBe('put again')
  })

  it.each([0, 1, MAX_CONDITIONAL_BYTES])('carries %i bytes', async (sizeBytes) => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const bytes = bytesOf(sizeBytes)
    expect(await store.putIfAbsent(key, bytes)).toBe('created')
    expect((await contentOf(store, key)).equals(bytes)).toBe(true)
  })

  it('refuses more than 8 MiB', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    expect(await codeOf(store.putIfAbsent(key, Buffer.alloc(MAX_CONDITIONAL_BYTES + 1)))).toBe(
      'invalid-input',
    )
    expect(await store.exists(key)).toBe(false)
  })

  it('has exactly one winner among 32, three times', async () => {
    const { store, reopen } = bench.tested()
    const other = (await reopen?.()) ?? store
    for (let round = 0; round < 3; round++) {
      const key = `${bench.folder()}/raced`
      const racers = Array.from({ length: 32 }, (_, racer) => Buffer.from(`racer ${racer} of round ${round}`))
      const answers = await Promise.all(
        racers.map((bytes, racer) => (racer % 2 === 0 ? store : other).putIfAbsent(key, bytes)),
      )
      const winners = racers.filter((_, racer) => answers[racer] === 'created')
      const content = await contentOf(store, key)
      expect(racers.some((bytes) => bytes.equals(content))).toBe(true)
      // Who lost its answer may have won; nobody else may say so.
      const ambiguous = racers.filter((_, racer) => answers[racer] === 'ambiguous')
      expect([...winners, ...ambiguous].some((bytes) => bytes.equals(content))).toBe(true)
      expect(winners.every((bytes) => bytes.equals(content))).toBe(true)
      expect(winners.length).toBeLessThanOrEqual(1)
      if (ambiguous.length === 0) expect(winners.length).toBe(1)
    }
    if (other !== store) await other.close()
  })
}
