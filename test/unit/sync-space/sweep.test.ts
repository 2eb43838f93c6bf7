import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { bodyOfBytes } from '../../../main/engine/storage/body.ts'
import { createMemoryStore } from '../../../main/engine/storage/memory/memory-store.ts'
import { passed } from '../../../main/engine/sync/space/slot-ages.ts'
import type { OpenSpace } from '../../../main/engine/sync/space/space.ts'
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
  /** Days in which somebody writes something now and then. */
  const busyDays = async (space: OpenSpace, count: number) => {
    for (let passed = 0; passed < count; passed += 5) {
      days(Math.min(5, count - passed))
      await commit(space, [])
    }
  }
  return { store, days, busyDays }
}
const packsOf = async (store: ReturnType<typeof memoryStore>) =>
  (await store.list({ prefix: `sync/${SPACE}/data/` })).objects.map(({ key }) => key)

test('what was replaced stays for the window, then its pack is condemned, then deleted', async () => {
  const { store, busyDays } = aged()
  const one = await openAs('one', store)
  const old = randomBytes(1000)
  const content = await storeBytes(one, old)
  await commit(one, [create('a', content)])
  const newer = await storeBytes(one, randomBytes(1000))
  await commit(one, [{ do: 'update', id: 'a', content: newer, mtimeMs: 1, base: 1 }])
  await busyDays(one, 29)
  expect(await sweep(one)).toMatchObject({ isDone: true, condemned: [], swept: [] })
  expect((await written(one, content)).equals(old)).toBe(true)
  await busyDays(one, 2)
  expect(await sweep(one, { dryRun: true })).toMatchObject({ condemned: [expect.any(String)], swept: [] })
  expect((await written(one, content)).equals(old)).toBe(true)
  const { condemned, condemnedBytes } = await sweep(one)
  expect(condemned).toHaveLength(1)
  expect(condemnedBytes).toBeGreaterThan(1000)
  expect(one.replica.isInHistory(content)).toBe(false)
  await expect(written(one, content)).rejects.toMatchObject({ code: 'chunk-missing' })
  expect(await packsOf(store)).toHaveLength(2)
  await busyDays(one, 2)
  expect(await sweep(one, { dryRun: true })).toMatchObject({ swept: condemned, sweptBytes: condemnedBytes })
  expect(await packsOf(store)).toHaveLength(2)
  expect(await sweep(one)).toMatchObject({ swept: condemned, sweptBytes: condemnedBytes })
  expect(await packsOf(store)).toHaveLength(1)
  expect(await verifySpace(one, { deep: true })).toEqual({ packs: [], files: [] })
  const two = await openAs('two', store)
  await two.replica.follow()
  expect((await written(two, newer)).length).toBe(1000)
})

test('what lives in a pack that is mostly dead is packed anew', async () => {
  const { store, busyDays } = aged()
  const one = await openAs('one', store)
  const small = randomBytes(500)
  const [living, dying] = [await storeBytes(one, small), await storeBytes(one, randomBytes(5000))]
  await commit(one, [create('a', living), create('b', dying)])
  await commit(one, [{ do: 'delete', id: 'b', base: 1 }])
  await busyDays(one, 40)
  expect((await sweep(one)).condemned).toHaveLength(1)
  await busyDays(one, 2)
  expect((await sweep(one)).swept).toHaveLength(1)
  expect((await written(one, living)).equals(small)).toBe(true)
})

test('what waits for a decision stays as long as the file is what it was, and then for the window', async () => {
  const { store, busyDays } = aged()
  const one = await openAs('one', store)
  const side = randomBytes(700)
  await commit(one, [create('a', await storeBytes(one, randomBytes(1000)))])
  const content = await storeBytes(one, side)
  await commit(one, [{ do: 'keep', id: 'a', content, base: 1 }])
  await busyDays(one, 60)
  expect(await sweep(one)).toMatchObject({ condemned: [] })
  await one.checkpointNow(true)
  const two = await openAs('two', store)
  await two.replica.follow()
  expect((await written(two, content)).equals(side)).toBe(true)
  await commit(two, [{ do: 'update', id: 'a', content: '0-', mtimeMs: 1, base: 1 }])
  await busyDays(two, 29)
  expect(await sweep(two)).toMatchObject({ condemned: [] })
  await busyDays(two, 2)
  expect((await sweep(two)).condemned).toHaveLength(2)
})

test('what was handed over long ago and not told of is told of by a sweep', async () => {
  const { store, days } = aged()
  const one = await openAs('one', store)
  const bytes = randomBytes(1000)
  const content = await storeBytes(one, bytes)
  await one.contents.finish()
  days(8)
  await commit(await openAs('two', store), [])
  expect(await sweep(one)).toMatchObject({ isDone: true, condemned: [] })
  expect(await commit(one, [create('a', content)])).toBe(true)
  expect((await written(one, content)).equals(bytes)).toBe(true)
})

test('a device that slept cannot revive what was condemned: it stores again', async () => {
  const { store, busyDays } = aged()
  const [one, sleeper] = [await openAs('one', store), await openAs('sleeper', store)]
  const bytes = randomBytes(1000)
  const content = await storeBytes(one, bytes)
  await commit(one, [create('a', content)])
  await sleeper.replica.follow()
  await storeBytes(sleeper, bytes)
  await commit(one, [{ do: 'delete', id: 'a', base: 1 }])
  await busyDays(one, 40)
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

test('a space at rest ages by the sweeps alone, and is left alone when nothing waits', async () => {
  const { store, days } = aged()
  const one = await openAs('one', store)
  await commit(one, [create('a', await storeBytes(one, randomBytes(1000)))])
  await commit(one, [{ do: 'delete', id: 'a', base: 1 }])
  for (let day = 0; day < 40; day++) {
    days(1)
    expect(await sweep(one)).toMatchObject({ isDone: true })
  }
  expect(await packsOf(store)).toEqual([])
  const { head } = one.replica
  for (let day = 0; day < 5; day++) {
    days(1)
    await sweep(one)
  }
  expect(one.replica.head).toBe(head)
})

test('a place that has lost a pack is left alone: what seems to be in vain could be the last copy', async () => {
  const { store, busyDays } = aged()
  const [one, two] = [await openAs('one', store), await openAs('two', store)]
  const bytes = randomBytes(1000)
  const content = await storeBytes(one, bytes)
  const other = await storeBytes(two, bytes)
  await commit(one, [create('a', content)])
  const [first] = await packsOf(store)
  await commit(two, [])
  await commit(two, [create('b', other)])
  await busyDays(one, 40)
  expect(await sweep(one, { dryRun: true })).toMatchObject({ condemned: [expect.any(String)] })
  await store.delete(first!)
  await expect(sweep(one)).rejects.toMatchObject({ code: 'space-incomplete' })
  expect(await packsOf(store)).toHaveLength(1)
})

test('what lives in a pack that cannot be read stays where it is', async () => {
  const { store, busyDays } = aged()
  const one = await openAs('one', store)
  const [living, dying] = [await storeBytes(one, randomBytes(500)), await storeBytes(one, randomBytes(5000))]
  await commit(one, [create('a', living), create('b', dying)])
  await commit(one, [{ do: 'delete', id: 'b', base: 1 }])
  await busyDays(one, 40)
  const [key] = await packsOf(store)
  const bytes = Buffer.concat((await Array.fromAsync((await store.get(key!)).body)) as Buffer[])
  bytes[100]! ^= 1
  await store.put(key!, bodyOfBytes(bytes))
  expect(await sweep(one)).toMatchObject({ isDone: true, condemned: [] })
  expect(await packsOf(store)).toEqual([key])
})

test.each([
  ['moments add up', [1, 2, 5], [0, 1, 4]],
  ['a clock that was days behind adds nothing, and takes nothing', [10, 11, 9, 12], [0, 1, 1, 2]],
  ['a clock that is years ahead adds nothing', [10, 4000, 11, 12], [0, 0, 0, 1]],
  ['a clock that is years behind adds nothing', [4000, 10, 4001, 4002], [0, 0, 0, 1]],
  ['two clocks in turn', [10, 10.5, 10.1, 10.6, 10.2, 10.7], [0, 0.5, 0.5, 0.6, 0.6, 0.7]],
])('%s', (_what, days, expected) => {
  const found = passed(days.map((day) => day * DAY_MS)).map((ms) => Math.round((ms / DAY_MS) * 10) / 10)
  expect(found).toEqual(expected)
})

test('a batch that condemns what the tree needs is not written, and refused by all where one was', async () => {
  const store = memoryStore()
  const one = await openAs('one', store)
  await commit(one, [create('a', await storeBytes(one, randomBytes(10)))])
  const condemn = [...one.parts.holdings.packs.keys()]
  await expect(commit(one, [], { condemn })).rejects.toMatchObject({ code: 'chunk-missing' })
  await one.parts.journal.append(2, { rid: 'r', device: 'test', atMs: 1, operations: [], condemn })
  await expect(one.replica.follow()).rejects.toThrow('slot 2')
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
