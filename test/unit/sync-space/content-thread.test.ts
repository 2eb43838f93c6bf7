import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createFakeClock } from '../../../main/engine/env/fake/fake-clock.ts'
import { nodeRandom } from '../../../main/engine/env/node/node-random.ts'
import type { Answer, Order, OrderName } from '../../../main/engine/sync/space/contents/content-orders.ts'
import {
  type ContentThread,
  createContentThread,
} from '../../../main/engine/sync/space/contents/content-thread.ts'
import { type ContentWork, createContentWork } from '../../../main/engine/sync/space/contents/content-work.ts'
import { createHoldings } from '../../../main/engine/sync/space/contents/holdings.ts'
import { BLOCK_BYTES, chunkText } from '../../../main/engine/sync/space/contents/pack-builder.ts'
import {
  createContentStore,
  MOST_SEALED_HERE_BYTES,
} from '../../../main/engine/sync/space/contents/store-contents.ts'
import { commit, create, keys, memoryStore, openAs, SPACE, storeBytes, withFile, written } from './ground.ts'

const MIB = 1024 * 1024

/** A thread that works at once, and notes what it was ordered to. */
function notedThread(holdings = createHoldings(keys)) {
  const orders: { readonly name: OrderName; readonly bytes: number }[] = []
  let work: ContentWork | undefined
  let packed = 0
  let starts = 0
  let waiting = 0
  let mostWaiting = 0
  const thread: ContentThread = {
    get isRunning() {
      return work !== undefined
    },
    get starts() {
      return starts
    },
    async ask<Name extends OrderName>(name: Name, order: Order<Name>): Promise<Answer<Name>> {
      if (!work) {
        starts++
        work = createContentWork(keys, holdings.index.handles(), [], nodeRandom)
      }
      const bytes = order !== undefined && 'plain' in order ? order.plain.length : 0
      orders.push({ name, bytes })
      mostWaiting = Math.max(mostWaiting, ++waiting)
      await new Promise((resolve) => setImmediate(resolve))
      waiting--
      if (!work) throw new Error('ended')
      const answer = (work[name] as (order: Order<Name>) => Answer<Name>)(order)
      if (answer && 'packs' in answer) for (const { chunks } of answer.packs) packed += chunks.length
      return answer
    },
    workFor() {},
    async end() {
      work = undefined
    },
  }
  const storing = createContentStore({
    store: memoryStore(),
    ...{ keys, spaceId: SPACE, random: nodeRandom, holdings, thread },
  })
  return {
    thread,
    storing,
    orders,
    facts: () => ({ packed, mostWaiting }),
  }
}

const handOver = ({ storing }: ReturnType<typeof notedThread>, bytes: Uint8Array): Promise<string> =>
  withFile(bytes, (fd) => storing.store(fd, bytes.length))

describe('what takes long is not done by the thread that shows the window', () => {
  test('a large file is cut and sealed elsewhere, a part at a time', async () => {
    const noted = notedThread()
    await handOver(noted, randomBytes(40 * MIB))
    const stored = await noted.storing.finish()
    const names = noted.orders.map(({ name }) => name)
    expect(names.filter((name) => name === 'cut').length).toBeGreaterThanOrEqual(5)
    expect(new Set(names)).toEqual(new Set(['cut', 'finish']))
    // Every chunk that is told of was sealed there.
    const ids = Buffer.from(stored?.contents[0]?.[1] ?? '', 'base64').length / 32
    expect(ids).toBeGreaterThan(10)
    expect(noted.facts().packed).toBe(ids)
  })

  test('many small files are sealed elsewhere, a block at a time, two on their way at most', async () => {
    const noted = notedThread()
    const files = 300
    for (let at = 0; at < files; at++) await handOver(noted, randomBytes(40_000))
    await noted.storing.finish()
    const parcels = noted.orders.filter(({ name }) => name === 'add')
    expect(parcels.length).toBeGreaterThan(4)
    for (const { bytes } of parcels) expect(bytes).toBeLessThanOrEqual(BLOCK_BYTES)
    expect(noted.facts()).toEqual({ packed: files, mostWaiting: 2 })
  })

  test('only what is soon sealed does without the thread', async () => {
    const noted = notedThread()
    await handOver(noted, randomBytes(200_000))
    await handOver(noted, randomBytes(200_000))
    await handOver(noted, randomBytes(MOST_SEALED_HERE_BYTES - 400_000))
    expect((await noted.storing.finish())?.packs).toHaveLength(1)
    expect(noted.orders).toEqual([])
    for (let at = 0; at < 3; at++) await handOver(noted, randomBytes(200_000))
    expect((await noted.storing.finish())?.packs).toHaveLength(2)
    expect(noted.orders.map(({ name }) => name)).toEqual(['add', 'finish'])
  })

  test('the same small content many times is handed over once', async () => {
    const noted = notedThread()
    const bytes = randomBytes(100_000)
    for (let at = 0; at < 30; at++) await handOver(noted, bytes)
    await handOver(noted, randomBytes(MOST_SEALED_HERE_BYTES / 2))
    await handOver(noted, randomBytes(MOST_SEALED_HERE_BYTES / 2))
    await noted.storing.finish()
    expect(noted.facts().packed).toBe(3)
    await handOver(noted, bytes)
    expect((await noted.storing.finish())?.packs).toHaveLength(1)
    expect(noted.facts().packed).toBe(3)
  })
})

test('a thread that ends before its packs are finished is told of, for contents lean on them', async () => {
  const noted = notedThread()
  await handOver(noted, randomBytes(3 * MIB))
  await noted.thread.end()
  await expect(noted.storing.finish()).rejects.toMatchObject({ code: 'internal' })
})

test('a cancelled file leaves the thread to the next one', async () => {
  const one = await openAs('one', memoryStore())
  const cancel = new AbortController()
  const large = randomBytes(20 * MIB)
  const left = withFile(large, (fd) => one.contents.store(fd, large.length, cancel.signal))
  cancel.abort()
  await expect(left).rejects.toMatchObject({ code: 'cancelled' })
  const other = randomBytes(9 * MIB)
  const content = await storeBytes(one, other)
  expect(await commit(one, [create('a', content)])).toBe(true)
  expect((await written(one, content)).equals(other)).toBe(true)
  await one.close()
})

test('a chunk that is stored and told of by nobody yet is not stored again by a thread that starts anew', async () => {
  const one = await openAs('one', memoryStore())
  const large = randomBytes(3 * MIB)
  await storeBytes(one, large)
  expect((await one.contents.finish())?.packs).toHaveLength(1)
  await one.close()
  await storeBytes(one, Buffer.concat([large, large]))
  const again = await one.contents.finish()
  expect(again?.packs.length).toBeLessThanOrEqual(2)
  await one.close()
})

test('a thread that nobody needs ends by itself, one that has taken in something does not', async () => {
  const clock = createFakeClock()
  const holdings = createHoldings(keys)
  const thread = createContentThread(keys, holdings, clock)
  let isOpen = true
  thread.workFor({
    chunks: [],
    get isOpen() {
      return isOpen
    },
  })
  const chunk = randomBytes(100)
  expect(thread.isRunning).toBe(false)
  await thread.ask('forget', [chunkText(chunk.subarray(0, 32))])
  expect(thread.isRunning).toBe(true)
  await clock.advance(60_000)
  expect(thread.isRunning).toBe(true)
  isOpen = false
  await clock.advance(60_000)
  expect(thread.isRunning).toBe(false)
  expect((await thread.ask('finish', undefined)).packs).toEqual([])
  expect(thread.starts).toBe(2)
  await thread.end()
})

test('an order that fails fails alone', async () => {
  const holdings = createHoldings(keys)
  const thread = createContentThread(keys, holdings, createFakeClock())
  const failed = thread.ask('cut', { fd: 1_000_000, isFirst: true, takes: true })
  const next = thread.ask('finish', undefined)
  await expect(failed).rejects.toHaveProperty('code')
  expect((await next).packs).toEqual([])
  await thread.end()
})
