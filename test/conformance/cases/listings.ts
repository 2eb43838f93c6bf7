import { expect, it } from 'vitest'
import { compareKeys } from '../../../main/engine/storage/keys.ts'
import { type Bench, bodyOf, listAll } from '../under-test.ts'

const NAMES = [
  'a',
  'a-b',
  'a.b',
  'a0',
  'ab',
  'b/c',
  'b/c.d',
  'b-/c',
  'b.c/d',
  'b0',
  'Z',
  'é',
  'z/y/x/w',
  '\u{1f642}',
  `${'l'.repeat(250)}!`,
  `${'l'.repeat(250)}/deep`,
  `${'l'.repeat(250)}zoo`,
]

/** Sorts before the emoji by bytes and behind it by UTF-16. */
const BEFORE_EMOJI_BY_BYTES = '\uffee'

export function listingCases(bench: Bench): void {
  it('is empty where nothing is', async () => {
    expect(await bench.store().list({ prefix: `${bench.folder()}/` })).toEqual({ objects: [] })
  })

  it.each([undefined, 1, 3, 7, 1000])(
    'goes in the order of the keys’ bytes, by pages of %s',
    async (limit) => {
      const store = bench.store()
      const folder = bench.folder()
      const names = bench.tested().sortsByUtf16 ? NAMES : [...NAMES, BEFORE_EMOJI_BY_BYTES]
      const keys = names.map((name) => `${folder}/${name}`)
      for (const key of [...keys].reverse()) await store.put(key, bodyOf(key))
      const listed = await listAll(store, `${folder}/`, limit)
      const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      expect(listed.map((object) => object.key)).toEqual(expected)
      expect([...keys].sort(compareKeys)).toEqual(expected)
      for (const object of listed) expect(object.sizeBytes).toBe(Buffer.byteLength(object.key))
    },
  )

  it('takes a prefix as text, not as a folder', async () => {
    const store = bench.store()
    const folder = bench.folder()
    const names = ['2024/a', '2024/b', '2024-b', '2025/a', '20']
    for (const name of names) await store.put(`${folder}/${name}`, bodyOf('x'))
    const found = async (prefix: string) =>
      (await listAll(store, `${folder}/${prefix}`)).map((object) => object.key.slice(folder.length + 1))
    expect(await found('2024')).toEqual(['2024-b', '2024/a', '2024/b'])
    expect(await found('2024/')).toEqual(['2024/a', '2024/b'])
    expect(await found('2024/b')).toEqual(['2024/b'])
    expect(await found('2025/a')).toEqual(['2025/a'])
    expect(await found('3')).toEqual([])
    expect((await found('')).length).toBe(names.length)
  })

  it('finds each of 230 objects once, by pages, while others come and go', async () => {
    const store = bench.store()
    const folder = bench.folder()
    const keys = Array.from({ length: 230 }, (_, at) => `${folder}/${String(at).padStart(4, '0')}`)
    // Few at a time: an emulator on a busy machine cuts connections when 230 come at once, and this store tries nothing twice.
    for (let at = 0; at < keys.length; at += 10)
      await Promise.all(keys.slice(at, at + 10).map((key) => store.put(key, bodyOf(key))))
    const found: string[] = []
    let cursor: string | undefined
    for (let page = 0; page === 0 || cursor !== undefined; page++) {
      const result = await store.list({ prefix: `${folder}/`, limit: 50, ...(cursor ? { cursor } : {}) })
      found.push(...result.objects.map((object) => object.key))
      cursor = result.cursor
      await store.put(`${folder}/${String(page).padStart(4, '0')}-late`, bodyOf('late'))
      if (page === 1) await store.delete(keys[0] ?? '')
    }
    expect(found.filter((key) => !key.endsWith('late'))).toEqual(keys)
    expect(new Set(found).size).toBe(found.length)
  })
}
