import { randomBytes } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { seal } from '../../../main/engine/repository/crypto/aead.ts'
import { bodyOfBytes } from '../../../main/engine/storage/body.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import { createSpace, listSpaces } from '../../../main/engine/sync/space/spaces.ts'
import { commit, create, env, keys, memoryStore, openAs, SPACE, storeBytes } from './ground.ts'

const keyOf = (slot: number, space = SPACE) => `sync/${space}/log/${String(slot).padStart(12, '0')}`
const bytesAt = async (store: ObjectStore, key: string): Promise<Buffer> =>
  Buffer.concat((await Array.fromAsync((await store.get(key)).body)) as Buffer[])
const put = (store: ObjectStore, key: string, bytes: Uint8Array) => store.put(key, bodyOfBytes(bytes))

/** What somebody with the keys could write into slot 1. */
function sealed(plain: Uint8Array, { compress = true } = {}): Uint8Array {
  const prefix = Buffer.alloc(16)
  prefix.write('EVSTSY01')
  prefix[8] = 2
  prefix.writeUInt32LE(1, 12)
  const nonce = randomBytes(12)
  const aad = Buffer.concat([prefix, keys.repoId, Buffer.from(`sync:${SPACE}:1`)])
  const packed = compress ? zstdCompressSync(plain) : plain
  return Buffer.concat([prefix, nonce, seal(keys.subkey('sync'), nonce, aad, [packed])])
}
const slotOf = (change: object) => {
  const batch = { version: 1, previous: '0'.repeat(64), rid: 'r', device: 'd', atMs: 1, operations: [] }
  return sealed(Buffer.from(JSON.stringify({ ...batch, ...change })))
}
const follow = async (store: ObjectStore) => (await openAs('victim', store)).replica.follow()

test('what the cases below change is a good slot', async () => {
  const store = memoryStore()
  await put(store, keyOf(1), slotOf({ operations: [create('a', '0-')] }))
  expect(await follow(store)).toBe(1)
})

describe('a slot that somebody with the keys wrote', () => {
  const operation = create('a', '0-')
  const text = 'x'.repeat(2000)
  test.each<[string, Uint8Array]>([
    ['no JSON', sealed(Buffer.from('{'))],
    ['no frame', sealed(Buffer.from('{}'), { compress: false })],
    ['a bomb of zeros', sealed(Buffer.alloc(200 * 1024 * 1024))],
    ['another version', slotOf({ version: 2 })],
    ['an unknown field', slotOf({ more: 1 })],
    ['a field named __proto__', sealed(Buffer.from('{"__proto__":{"version":1},"version":1}'))],
    ['another chain', slotOf({ previous: '1'.repeat(64) })],
    ['a name with a slash', slotOf({ operations: [{ ...operation, name: '../a' }] })],
    ['a name of dots', slotOf({ operations: [{ ...operation, name: '..' }] })],
    ['a long name', slotOf({ operations: [{ ...operation, name: text }] })],
    ['an id of objects', slotOf({ operations: [{ ...operation, id: {} }] })],
    ['the root itself', slotOf({ operations: [{ ...operation, id: 'root' }] })],
    ['a file without content', slotOf({ operations: [{ ...operation, content: undefined }] })],
    ['a size without end', slotOf({ operations: [create('a', `${'9'.repeat(40)}-${'A'.repeat(43)}`)] })],
    ['a negative rev', slotOf({ operations: [{ do: 'delete', id: 'a', base: -1 }] })],
    ['a time beyond all', slotOf({ operations: [{ ...operation, mtimeMs: 1e300 }] })],
    ['packs that are no list', slotOf({ stored: { packs: 'AAAA', contents: [] } })],
    ['ids that are no ids', slotOf({ condemn: ['../../repo.json'] })],
  ])('%s', async (_, bytes) => {
    const store = memoryStore()
    await put(store, keyOf(1), bytes)
    await expect(follow(store)).rejects.toMatchObject({ code: 'data-damaged' })
    expect(({} as { version?: number }).version).toBeUndefined()
  })

  const content = `5-${'A'.repeat(43)}`
  test.each<[string, object]>([
    ['content that is nowhere', { operations: [create('a', content)] }],
    ['a pack that is none', { stored: { packs: ['AAAA'], contents: [] } }],
    [
      'a pack of huge numbers',
      { stored: { packs: [Buffer.alloc(200, 0xff).toString('base64')], contents: [] } },
    ],
    [
      'a list of unknown chunks',
      { stored: { packs: [], contents: [[content, Buffer.alloc(64).toString('base64')]] } },
    ],
    [
      'a list of half an id',
      { stored: { packs: [], contents: [[content, Buffer.alloc(40).toString('base64')]] } },
    ],
    ['a sweep without condemnation', { swept: ['a'.repeat(64)] }],
    ['a condemnation said twice', { condemn: ['a'.repeat(64), 'a'.repeat(64)] }],
    ['a folder inside of itself', { operations: [{ ...create('a', '0-'), parent: 'a' }] }],
  ])('%s breaks the journal there', async (_, change) => {
    const store = memoryStore()
    await put(store, keyOf(1), slotOf(change))
    await expect(follow(store)).rejects.toMatchObject({ name: 'JournalBroken', slot: 1 })
  })
})

test('a list of chunks must be the one that the content is named after', async () => {
  const store = memoryStore()
  const one = await openAs('one', store)
  const first = await storeBytes(one, randomBytes(20_000_000))
  const stored = await one.contents.finish()
  const [name, ids] = stored!.contents[0]!
  expect(name).toBe(first)
  const list = Buffer.from(ids, 'base64')
  const turned = Buffer.concat([list.subarray(32), list.subarray(0, 32)]).toString('base64')
  await put(store, keyOf(1), slotOf({ stored: { ...stored, contents: [[name, turned]] } }))
  await expect(follow(store)).rejects.toMatchObject({ name: 'JournalBroken' })
})

describe('stored bytes that are not what was written', () => {
  test.each<[string, (store: ObjectStore) => Promise<unknown>]>([
    ['cut', async (store) => put(store, keyOf(2), (await bytesAt(store, keyOf(2))).subarray(0, -1))],
    ['nearly nothing', (store) => put(store, keyOf(2), Buffer.from('EVST'))],
    ['empty', (store) => put(store, keyOf(2), Buffer.alloc(0))],
    ['larger than a slot', (store) => put(store, keyOf(2), Buffer.alloc(9 * 1024 * 1024))],
    ['another slot’s', async (store) => put(store, keyOf(2), await bytesAt(store, keyOf(1)))],
    [
      'another space’s',
      async (store) => {
        const other = await openAs('other', store, { spaceId: 'cd'.repeat(16) })
        for (const id of ['a', 'b']) await commit(other, [create(id, '0-')])
        await put(store, keyOf(2), await bytesAt(store, keyOf(2, 'cd'.repeat(16))))
      },
    ],
    [
      'another history’s',
      async (store) => {
        const elsewhere = memoryStore()
        const other = await openAs('elsewhere', elsewhere)
        for (const id of ['x', 'y']) await commit(other, [create(id, '0-')])
        await put(store, keyOf(2), await bytesAt(elsewhere, keyOf(2)))
      },
    ],
  ])('%s', async (_, damage) => {
    const store = memoryStore()
    const one = await openAs('one', store)
    for (const id of ['a', 'b', 'c']) await commit(one, [create(id, '0-')])
    await damage(store)
    await expect(follow(store)).rejects.toMatchObject({ code: 'data-damaged' })
  })

  test('any flipped byte', async () => {
    const store = memoryStore()
    await commit(await openAs('one', store), [create('a', '0-')])
    const good = await bytesAt(store, keyOf(1))
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good)
      bad[at]! ^= 0x40
      await put(store, keyOf(1), bad)
      await expect(follow(store), `byte ${at}`).rejects.toMatchObject({
        code: at >= 12 && at < 16 ? 'key-missing' : 'data-damaged',
      })
    }
  })

  test('a slot that is missing before others', async () => {
    const store = memoryStore()
    const one = await openAs('one', store)
    for (const id of ['a', 'b', 'c']) await commit(one, [create(id, '0-')])
    await store.delete(keyOf(2))
    await expect(follow(store)).rejects.toMatchObject({ code: 'log-damaged' })
  })
})

test('a batch that is too large for a slot is refused before it is written', async () => {
  const store = memoryStore()
  const one = await openAs('one', store)
  const operations = Array.from({ length: 20_000 }, (_, at) => ({
    ...create(`n${at}`, '0-'),
    name: randomBytes(400).toString('hex'),
  }))
  await expect(commit(one, operations)).rejects.toMatchObject({
    code: 'invalid-input',
    data: { reason: 'too-large' },
  })
  expect(one.replica.head).toBe(0)
})

test('a computer that knows nothing finds the spaces, and damage hides only itself', async () => {
  const store = memoryStore()
  const made = [
    await createSpace(store, keys, { name: 'Photos', device: 'd' }, env),
    await createSpace(store, keys, { name: 'Work', device: 'd' }, env),
  ]
  await put(store, `sync/about/${'0'.repeat(32)}`, await bytesAt(store, `sync/about/${made[0]!.spaceId}`))
  await put(store, 'sync/about/strange', Buffer.from('x'))
  const found = await listSpaces(store, keys, env.log)
  expect(found.map(({ name }) => name).sort()).toEqual(['Photos', 'Work'])
})
