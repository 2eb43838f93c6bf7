import { expect, it } from 'vitest'
import { MAX_KEY_BYTES } from '../../../main/engine/storage/keys.ts'
import { type Bench, bodyOf, codeOf, contentOf, failureOf, listAll } from '../under-test.ts'

const ODD_KEYS = [
  'blank name/with  two.txt',
  ' leading blank',
  'naïve/日本語/🙂.bin',
  'nfc-\u00e9',
  'nfd-e\u0301',
  'it\'s "quoted"',
  '100%.txt',
  '%41%2F%00',
  'a+b=c&d',
  'what?#fragment',
  'semi;colon,comma:colon',
  'tilde~at@dollar$',
  'brackets[1]{2}(3)',
  '<angle>|pipe*star',
  'dots...three/..four/.five',
  '.hidden',
  'UPPER/lower',
  'con.txt',
  'nul/aux.1/COM1',
  '.tmp-thing',
  '.everstow/meta/x',
  `long-${'x'.repeat(300)}/${'é'.repeat(140)}.txt`,
]

const REFUSED_KEYS = [
  '',
  '/leading',
  'trailing/',
  'double//slash',
  './a',
  'a/./b',
  '..',
  'a/../../b',
  'line\nend',
  'return\r',
  'zero\u0000',
  'lone\ud800',
  'x'.repeat(MAX_KEY_BYTES + 1),
]

export function keyCases(bench: Bench): void {
  it.each(ODD_KEYS)('holds %j', async (odd) => {
    const store = bench.store()
    const folder = bench.folder()
    const key = `${folder}/${odd}`
    await store.put(key, bodyOf(odd))
    expect((await contentOf(store, key)).toString()).toBe(odd)
    expect((await store.head(key)).key).toBe(key)
    expect((await listAll(store, `${folder}/`)).map((object) => object.key)).toEqual([key])
    expect(await store.putIfAbsent(key, Buffer.from('other'))).toBe('exists')
    await store.delete(key)
    expect(await store.exists(key)).toBe(false)
  })

  it('holds the longest key', async () => {
    const store = bench.store()
    const folder = bench.folder()
    const key = `${folder}/${'k'.repeat(MAX_KEY_BYTES - folder.length - 1)}`
    await store.put(key, bodyOf('longest'))
    expect((await contentOf(store, key)).toString()).toBe('longest')
    expect((await listAll(store, folder)).map((object) => object.key)).toEqual([key])
  })

  it.each(REFUSED_KEYS)('refuses %j everywhere', async (key) => {
    const store = bench.store()
    expect(await codeOf(store.put(key, bodyOf('x')))).toBe('invalid-input')
    expect(await codeOf(store.putIfAbsent(key, Buffer.from('x')))).toBe('invalid-input')
    expect(await codeOf(store.get(key))).toBe('invalid-input')
    expect(await codeOf(store.head(key))).toBe('invalid-input')
    expect(await codeOf(store.exists(key))).toBe('invalid-input')
    expect(await codeOf(store.delete(key))).toBe('invalid-input')
  })

  it('keeps keys apart that begin alike', async () => {
    const store = bench.store()
    const folder = bench.folder()
    const keys = ['a', 'ab', 'a.b', 'a-', 'A', 'a b', 'a%20b', 'a+b'].map((name) => `${folder}/${name}`)
    for (const key of keys) await store.put(key, bodyOf(key))
    for (const key of keys) expect((await contentOf(store, key)).toString()).toBe(key)
    await store.delete(`${folder}/a`)
    expect((await listAll(store, folder)).length).toBe(keys.length - 1)
  })

  it('holds a key below another, or refuses the second and harms nothing', async () => {
    const store = bench.store()
    const folder = bench.folder()
    for (const [first, second] of [
      [`${folder}/x`, `${folder}/x/y`],
      [`${folder}/v/w`, `${folder}/v`],
    ] as const) {
      await store.put(first, bodyOf('first'))
      const refusal = await store.put(second, bodyOf('second')).then(
        () => undefined,
        (error: unknown) => failureOf(Promise.reject(error)),
      )
      expect((await contentOf(store, first)).toString()).toBe('first')
      if (refusal) {
        expect(refusal).toMatchObject({ code: 'place-refused', data: { reason: 'key-in-the-way' } })
        expect(await store.exists(second)).toBe(false)
        expect(await codeOf(store.putIfAbsent(second, Buffer.from('x')))).toBe('place-refused')
        await store.delete(second)
        expect((await contentOf(store, first)).toString()).toBe('first')
      } else {
        expect((await contentOf(store, second)).toString()).toBe('second')
      }
    }
  })
}
