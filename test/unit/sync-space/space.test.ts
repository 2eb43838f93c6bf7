import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  commit,
  counted,
  create,
  folder,
  localStore,
  memoryStore,
  openAs,
  storeBytes,
  withFile,
  written,
} from './ground.ts'

describe.each([
  ['a folder', localStore],
  ['memory', async () => memoryStore()],
])('a space in %s', (_, makeStore) => {
  test('what one device stores another writes, byte by byte', async () => {
    const store = await makeStore()
    const one = await openAs('one', store)
    const large = randomBytes(9_000_000)
    const contents = [
      Buffer.alloc(0),
      Buffer.from('hello'),
      randomBytes(262_144),
      randomBytes(262_145),
      large,
    ]
    const names: string[] = []
    for (const bytes of contents) names.push(await storeBytes(one, bytes))
    expect(names.map((name) => Number(name.split('-')[0]))).toEqual(contents.map(({ length }) => length))
    expect(names[0]).toBe('0-')
    expect(
      await commit(
        one,
        names.map((name, at) => create(`n${at}`, name)),
      ),
    ).toBe(true)

    const two = await openAs('two', store)
    await two.replica.follow()
    expect([...two.replica.tree.nodes.values()].map(({ content }) => content)).toEqual(names)
    two.contents.expect(names)
    for (const [at, name] of names.entries())
      expect((await written(two, name)).equals(contents[at]!)).toBe(true)
    expect(await withFile(large, (fd) => two.contents.name(fd, large.length))).toBe(names[4])
    expect(two.replica.isInHistory(names[4]!)).toBe(true)
    expect(two.replica.isInHistory(`5-${'A'.repeat(43)}`)).toBe(false)
    await expect(written(two, `5-${'A'.repeat(43)}`)).rejects.toMatchObject({ code: 'chunk-missing' })
  })

  test('a changed byte in a large file sends a few chunks, and what is known nothing', async () => {
    const store = await makeStore()
    const one = await openAs('one', store)
    const large = randomBytes(30_000_000)
    const before = await storeBytes(one, large)
    await commit(one, [create('a', before)])
    large[15_000_000]! ^= 1
    const after = await storeBytes(one, large)
    const stored = await one.contents.finish()
    expect(stored?.packs).toHaveLength(1)
    await commit(one, [{ do: 'update', id: 'a', content: after, mtimeMs: 6, base: 1 }])
    const sizes = [...one.parts.holdings.packs.values()].map(({ sizeBytes }) => sizeBytes)
    expect(Math.min(...sizes)).toBeLessThan(9_000_000)
    await storeBytes(one, large)
    expect(await one.contents.finish()).toBeUndefined()
    expect((await written(one, after)).equals(large)).toBe(true)
  })

  test('a batch that loses its slot is told of again with the same packs', async () => {
    const store = await makeStore()
    const [one, two] = [await openAs('one', store), await openAs('two', store)]
    const lost = await storeBytes(two, Buffer.from('second'))
    await commit(one, [create('a', await storeBytes(one, Buffer.from('first')))])
    expect(await commit(two, [create('b', lost)])).toBe(false)
    expect(await commit(two, [create('b', lost)])).toBe(true)
    await one.replica.follow()
    expect((await written(one, lost)).toString()).toBe('second')
    expect(await two.contents.finish()).toBeUndefined()
  })

  test('starts without the place, and one request tells that nothing is new', async () => {
    const { store, calls } = counted(await makeStore())
    const one = await openAs('one', store)
    for (let at = 0; at < 5; at++)
      await commit(one, [create(`n${at}`, await storeBytes(one, randomBytes(10)))])
    if (makeStore === localStore) await one.checkpointNow()
    calls.length = 0
    const again = await openAs('one', store)
    expect(again.replica.head).toBe(5)
    expect(again.replica.tree.nodes.size).toBe(5)
    expect(calls).toEqual([])
    await again.replica.follow()
    calls.length = 0
    await again.replica.follow()
    expect(calls).toHaveLength(1)
  })

  test('a place that lost slots is not believed', async () => {
    const store = await makeStore()
    const one = await openAs('one', store)
    for (const id of ['a', 'b']) await commit(one, [create(id, '0-')])
    const key = `sync/${'ab'.repeat(16)}/log/000000000002`
    await store.delete(key)
    const gone = await openAs('one', store)
    await expect(gone.replica.follow()).rejects.toMatchObject({
      code: 'rollback-detected',
      data: { reason: 'gone' },
    })
    const two = await openAs('two', store)
    await two.replica.follow()
    await commit(two, [create('c', '0-')])
    const other = await openAs('one', store)
    await expect(
      other.journal.append(3, { rid: 'x', device: 'd', atMs: 1, operations: [] }),
    ).rejects.toMatchObject({
      code: 'rollback-detected',
      data: { reason: 'other' },
    })
  })
})

test('a replica begins before an unsettled intent, whatever is kept', async () => {
  const store = memoryStore()
  const one = await openAs('one', store)
  for (const id of ['a', 'b', 'c']) await commit(one, [create(id, '0-')])
  await one.checkpointNow()
  const again = await openAs('one', store, { before: 3 })
  expect(again.replica.head).toBe(2)
  expect(await again.replica.follow()).toBe(1)
})

test('without its cache a device begins at the checkpoint of the place, and sees the same', async () => {
  const store = memoryStore()
  const one = await openAs('one', store)
  const large = randomBytes(3_000_000)
  const content = await storeBytes(one, large)
  await commit(one, [create('a', content)])
  await commit(one, [create('b', await storeBytes(one, Buffer.from('b')))])
  await one.checkpointNow(true)
  await commit(one, [create('c', '0-')])
  const replayed = await openAs('two', { ...store, list: async () => ({ objects: [] }) })
  await replayed.replica.follow()
  rmSync(join(folder, 'cache-one'), { recursive: true })
  const { store: watched, calls } = counted(store)
  const fresh = await openAs('one', watched)
  await fresh.replica.follow()
  expect(calls.some((call) => call.includes('log/000000000001'))).toBe(false)
  expect(fresh.replica.head).toBe(3)
  expect([...fresh.replica.tree.nodes]).toEqual([...replayed.replica.tree.nodes])
  expect(fresh.parts.holdings.data()).toEqual(replayed.parts.holdings.data())
  expect((await written(fresh, content)).equals(large)).toBe(true)
})

test('an append without an answer rejects, and what is in the slot decides', async () => {
  const store = memoryStore()
  const batch = { rid: 'x', device: 'd', atMs: 1, operations: [] }
  const silent = await openAs('one', { ...store, putIfAbsent: async () => 'ambiguous' })
  await expect(silent.journal.append(1, batch)).rejects.toMatchObject({ code: 'timed-out' })
  const late = await openAs('one', {
    ...store,
    async putIfAbsent(key, bytes, options) {
      await store.putIfAbsent(key, bytes, options)
      return 'exists'
    },
  })
  expect(await late.journal.append(1, batch)).toBe(true)
  expect(await late.journal.append(1, { ...batch, rid: 'y' })).toBe(false)
})

test('what a failed upload held is stored again', async () => {
  const store = memoryStore()
  let fails = true
  const one = await openAs('one', {
    ...store,
    async put(key, body, options) {
      if (fails) throw new Error('no line')
      return store.put(key, body, options)
    },
  })
  const bytes = randomBytes(2_000_000)
  await storeBytes(one, bytes)
  await expect(one.contents.finish()).rejects.toThrow()
  fails = false
  const content = await storeBytes(one, bytes)
  await commit(one, [create('a', content)])
  expect((await written(one, content)).equals(bytes)).toBe(true)
})

test('what was handed over is told of without a change of the tree', async () => {
  const store = memoryStore()
  const one = await openAs('one', store)
  const bytes = randomBytes(2_000_000)
  await storeBytes(one, bytes)
  expect(await one.tell()).toBe(true)
  const two = await openAs('two', store)
  await two.replica.follow()
  const content = await storeBytes(two, bytes)
  expect(await two.contents.finish()).toBeUndefined()
  expect((await written(two, content)).equals(bytes)).toBe(true)
  expect((await Array.fromAsync(two.history())).map(({ slot }) => slot)).toEqual([1])
})
