import { createCipheriv } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { type ChunkIndex, createChunkIndex } from '../../../../main/engine/repository/index/chunk-index.ts'
import type { ClaimTask } from './claim-worker.ts'

const THREADS = 4

/** Lets a thread for each order claim ids in that order; what they saw of each id. `meanwhile` may count the wins so far. */
async function race(
  index: ChunkIndex,
  ids: number,
  orders: readonly Uint32Array[],
  meanwhile?: (wins: () => number) => Promise<void>,
) {
  const shared = { ids: idsOf(ids), ready: new SharedArrayBuffer(4) }
  const seen = {
    wins: new SharedArrayBuffer(ids * 4),
    slots: new SharedArrayBuffer(ids * 4),
    firsts: new SharedArrayBuffer(ids * 4),
    disagreements: new SharedArrayBuffer(4),
  }
  const wins = () => new Int32Array(seen.wins).reduce((sum, count) => sum + count, 0)
  await Promise.all([
    meanwhile?.(wins),
    ...orders.map(async (order) => {
      const workerData: ClaimTask = {
        handles: index.handles(),
        order,
        threads: orders.length,
        ...shared,
        ...seen,
      }
      const worker = new Worker(new URL('./claim-worker.ts', import.meta.url), { workerData })
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
      await worker.terminate()
    }),
  ])
  return {
    ids: new Uint8Array(shared.ids),
    wins: new Int32Array(seen.wins),
    slots: new Int32Array(seen.slots),
    firsts: new Int32Array(seen.firsts),
    disagreements: new Int32Array(seen.disagreements)[0],
  }
}

/** Uniform ids, the same on every machine. */
function idsOf(count: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(count * 32)
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16))
  new Uint8Array(buffer).set(cipher.update(Buffer.alloc(count * 32)))
  return buffer
}

function upTo(count: number, from = 0): Uint32Array {
  return Uint32Array.from({ length: count }, (_, at) => from + at)
}

/** Some of the numbers below `ids`, in an order that the seed decides. */
function shuffled(ids: number, count: number, seed: number): Uint32Array {
  const all = upTo(ids)
  let state = seed
  for (let at = ids - 1; at > 0; at--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const other = Math.floor((state / 2 ** 32) * (at + 1))
    const swapped = all[at] as number
    all[at] = all[other] as number
    all[other] = swapped
  }
  return all.subarray(0, count)
}

/** For each id, 1 when it is in one of the orders. */
function asked(ids: number, orders: readonly Uint32Array[]): Uint8Array {
  const flags = new Uint8Array(ids)
  for (const order of orders) for (const id of order) flags[id] = 1
  return flags
}

/** Every id that was asked for was put in once, is found where all threads saw it, and knows its place. */
function expectOneOfEach(index: ChunkIndex, seen: Awaited<ReturnType<typeof race>>, asked: Uint8Array) {
  expect(seen.disagreements).toBe(0)
  let wrong = 0
  for (let id = 0; id < seen.wins.length; id++) {
    const slot = index.find(seen.ids, id * 32)
    if (asked[id] === 0) {
      if (slot !== -1 || seen.wins[id] !== 0) wrong++
      continue
    }
    const isRight =
      seen.wins[id] === 1 &&
      seen.firsts[id] === 2 &&
      slot >= 0 &&
      seen.slots[id] === slot + 1 &&
      index.isPresent(slot) &&
      index.blocks.offsetOf(index.blockOf(slot)) === id
    if (!isRight) wrong++
  }
  expect(wrong).toBe(0)
  const count = asked.reduce((sum, one) => sum + one, 0)
  expect(index.blocks.count).toBe(count)
  let present = 0
  for (let slot = 0; slot < index.slots; slot++) if (index.isPresent(slot)) present++
  expect(present).toBe(count)
}

test('four threads claim half a million of a million ids each, from room for a thousand: every id has one winner', async () => {
  const index = createChunkIndex(1)
  const orders = [1, 2, 3, 4].map((seed) => shuffled(1_000_000, 500_000, seed))
  const seen = await race(index, 1_000_000, orders)
  expectOneOfEach(index, seen, asked(1_000_000, orders))
})

test('four threads claim the same ids in the same order: every id has one winner', async () => {
  const index = createChunkIndex(50_000)
  const seen = await race(
    index,
    200_000,
    Array.from({ length: THREADS }, () => upTo(200_000)),
  )
  expectOneOfEach(index, seen, asked(200_000, [upTo(200_000)]))
  // The threads did meet: rows were taken for ids that another thread put in first.
  expect(index.slots).toBeGreaterThanOrEqual(200_000)
})

test('many small races across the first growths', async () => {
  for (let round = 0; round < 6; round++) {
    const index = createChunkIndex(1)
    const seen = await race(index, 5_000, [upTo(5_000), upTo(5_000), shuffled(5_000, 5_000, round)])
    expectOneOfEach(index, seen, asked(5_000, [upTo(5_000)]))
  }
})

test('no id goes into a new segment while a thread may still put one into the last', async () => {
  const index = createChunkIndex(1024)
  // A thread that was stopped after it took the first row, before its id was put in: see the header's layout in id-table.ts.
  const header = new Int32Array(index.handles().chunks.header)
  const stopped = () => Atomics.add(header, 0, 1)
  const goesOn = () => Atomics.add(header, 16, 1)

  stopped()
  const seen = await race(index, 1500, [upTo(1500)], async (wins) => {
    while (wins() < 1023) await sleep(5)
    await sleep(150)
    expect(wins()).toBe(1023)
    goesOn()
  })
  expectOneOfEach(index, seen, asked(1500, [upTo(1500)]))
})
