import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { bodyOfBytes } from '../../../main/engine/storage/body.ts'
import { createMemoryStore } from '../../../main/engine/storage/memory/memory-store.ts'
import { sweep } from '../../../main/engine/sync/space/sweep.ts'
import { verifySpace } from '../../../main/engine/sync/space/verify-space.ts'
import { commit, create, env, memoryStore, openAs, SPACE, storeBytes, written } from './ground.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** A store whose days pass when a test says so. */
function aged() {
  let nowMs = Date.UTC(2026, 0, 1)
  const clock = { ...env.clock, now: () => nowMs }
  const store = createMemoryStore({}, { ...env, clock })
  const days = (count: number) => {
    nowMs += count * DAY_MS
  }
  return { store, days }
}
const packsOf = async (store: ReturnType<typeof memoryStore>) =>
  (await store.list({ prefix: `sync/${SPACE}/data/` })).objects.map(({ key }) => key)

test('what was replaced stays for the window, then its pack is condemned, then deleted', async () => {
  const { store, days } = aged()
  const one = await openAs('one', store)
  const old = randomBytes(1000)
  const content = await storeBytes(one, old)
  await commit(one, [create('a', content)])
  const newer = await storeBytes(one, randomBytes(1000))
  await commit(one, [{ do: 'update', id: 'a', content: newer, mtimeMs: 1, base: 1 }])
  days(29)
  await commit(one, [create('b', '0-')])
  expect(await sweep(one)).toEqual({ isDone: true, condemned: [], swept: [] })
  expect((await written(one, content)).equals(old)).toBe(true)
  days(2)
  await commit(one, [create('c', '0-')])
  expect((await sweep(one)).condemned).toHaveLength(1)
  expect(one.replica.isInHistory(content)).toBe(false)
  await expect(written(one, content)).rejects.toMatchObject({ code: 'chunk-missing' })
  expect(await packsOf(store)).toHaveLength(2)
  days(2)
  await commit(one, [create('d', '0-')])
  expect((await sweep(one)).swept).toHaveLength(1)
  expect(await packsOf(store)).toHaveLength(1)
  expect(await verifySpace(one, { deep: true })).toEqual({ packs: [], files: [] })
  const two = await openAs('two', store)
  await two.replica.follow()
  expect((await written(two, newer)).length).toBe(1000)
})

test('what lives in a pack that is mostly dead is packed anew', async () => {
  const { store, days } = aged()
  const one = await openAs('one', store)
  const small = randomBytes(500)
  const [living, dying] = [await storeBytes(one, small), await storeBytes(one, randomBytes(5000))]
  await commit(one, [create('a', living), create('b', dying)])
  await commit(one, [{ do: 'delete', id: 'b', base: 1 }])
  days(40)
  await commit(one, [create('c', '0-')])
  expect((await sweep(one)).condemned).toHaveLength(1)
  days(2)
  await commit(one, [create('d', '0-')])
  expect((await sweep(one)).swept).toHaveLength(1)
  expect((await written(one, living)).equals(small)).toBe(true)
})

test('a device that slept cannot revive what was condemned: it stores again', async () => {
  const { store, days } = aged()
  const [one, sleeper] = [await openAs('one', store), await openAs('sleeper', store)]
  const bytes = randomBytes(1000)
  const content = await storeBytes(one, bytes)
  await commit(one, [create('a', content)])
  await sleeper.replica.follow()
  await storeBytes(sleeper, bytes)
  await commit(one, [{ do: 'delete', id: 'a', base: 1 }])
  days(40)
  await commit(one, [create('b', '0-')])
  await sweep(one)
  expect(await commit(sleeper, [create('c', content)])).toBe(false)
  await expect(commit(sleeper, [create('c', content)])).rejects.toMatchObject({ code: 'chunk-missing' })
  await storeBytes(sleeper, bytes)
  expect(await commit(sleeper, [create('c', content)])).toBe(true)
  await one.replica.follow()
  expect((await written(one, content)).equals(bytes)).toBe(true)
})

test('a pack that no batch names is condemned first; the device that brought it stores anew', async () => {
  const { store, days } = aged()
  const [one, slow] = [await openAs('one', store), await openAs('slow', store)]
  const bytes = randomBytes(1000)
  const content = await storeBytes(slow, bytes)
  await slow.contents.finish()
  days(8)
  await commit(one, [create('a', '0-')])
  expect((await sweep(one)).condemned).toHaveLength(1)
  await slow.replica.follow()
  expect(await slow.contents.finish()).toBeUndefined()
  expect(await storeBytes(slow, bytes)).toBe(content)
  expect(await commit(slow, [create('b', content)])).toBe(true)
  await one.replica.follow()
  expect((await written(one, content)).equals(bytes)).toBe(true)
})

test('a batch that condemns what the tree needs is refused by all', async () => {
  const store = memoryStore()
  const one = await openAs('one', store)
  await commit(one, [create('a', await storeBytes(one, randomBytes(10)))])
  const condemn = [...one.parts.holdings.packs.keys()]
  await expect(commit(one, [], { condemn })).rejects.toThrow('slot 2')
  const two = await openAs('two', store)
  await expect(two.replica.follow()).rejects.toThrow('slot 2')
})

test('a look tells of packs that are gone or cut, a deep one of bytes that changed, by path', async () => {
  const store = memoryStore()
  const one = await openAs('one', store)
  const ids = ['gone', 'cut', 'flipped']
  for (const id of ids) await commit(one, [create(id, await storeBytes(one, randomBytes(1000)))])
  const [gone, cut, flipped] = [...one.parts.holdings.packs].map(([id]) => `sync/${SPACE}/data/${id}`)
  await store.delete(gone!)
  await store.put(cut!, bodyOfBytes(Buffer.alloc(10)))
  const bytes = Buffer.concat((await Array.fromAsync((await store.get(flipped!)).body)) as Buffer[])
  bytes[100]! ^= 1
  await store.put(flipped!, bodyOfBytes(bytes))
  const quick = await verifySpace(one)
  expect(quick.packs.map(({ fault }) => fault)).toEqual(['missing', 'size'])
  expect(quick.files.map(({ path }) => path)).toEqual(['gone', 'cut'])
  const deep = await verifySpace(one, { deep: true })
  expect(deep.files.map(({ path }) => path)).toEqual(ids)
})
