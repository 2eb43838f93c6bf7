import { parentPort, workerData } from 'node:worker_threads'
import {
  attachChunkIndex,
  type ChunkIndex,
  type IndexHandles,
} from '../../../../main/engine/repository/index/chunk-index.ts'

/** What one thread is to do, and where it writes down what it saw. All memory is shared with the others. */
export interface ClaimTask {
  readonly handles: IndexHandles
  readonly ids: SharedArrayBuffer
  /** Which ids to claim, in this order. */
  readonly order: Uint32Array
  /** Threads that are ready, so that all begin at once. */
  readonly ready: SharedArrayBuffer
  readonly threads: number
  /** For each id, how many claims of it were told a new slot. */
  readonly wins: SharedArrayBuffer
  /** For each id, the slot plus one that was told first, and how many were told another. */
  readonly slots: SharedArrayBuffer
  readonly disagreements: SharedArrayBuffer
  /** For each id, how many `markOwn` and `markUsedBySession` were told to be the first. */
  readonly firsts: SharedArrayBuffer
}

const task = workerData as ClaimTask
const index = attachChunkIndex(task.handles)
const ready = new Int32Array(task.ready)
Atomics.add(ready, 0, 1)
Atomics.notify(ready, 0)
for (let now = Atomics.load(ready, 0); now < task.threads; now = Atomics.load(ready, 0))
  Atomics.wait(ready, 0, now)
claimAll(index, task)
parentPort?.postMessage('done')

function claimAll(index: ChunkIndex, { order }: ClaimTask): void {
  const ids = new Uint8Array(task.ids)
  const wins = new Int32Array(task.wins)
  const slots = new Int32Array(task.slots)
  const disagreements = new Int32Array(task.disagreements)
  const firsts = new Int32Array(task.firsts)
  for (const id of order) {
    const claimed = index.claim(ids, id * 32)
    const slot = claimed >= 0 ? claimed : ~claimed
    if (claimed >= 0) {
      Atomics.add(wins, id, 1)
      const block = index.blocks.append(id >>> 10, id, id + 1, id + 2)
      index.setLocation(slot, block, id, id + 3)
    } else {
      // The winner may not have said yet where it is; but once it has, all of it is there.
      const block = index.blockOf(slot)
      const isComplete =
        block < 0 ||
        (index.offsetOf(slot) === id &&
          index.lengthOf(slot) === id + 3 &&
          index.blocks.packOf(block) === id >>> 10 &&
          index.blocks.plainBytesOf(block) === id + 2)
      if (!isComplete) Atomics.add(disagreements, 0, 1)
    }
    const first = Atomics.compareExchange(slots, id, 0, slot + 1)
    if (first !== 0 && first !== slot + 1) Atomics.add(disagreements, 0, 1)
    if (index.find(ids, id * 32) !== slot) Atomics.add(disagreements, 0, 1)
    if (index.markUsedBySession(slot)) Atomics.add(firsts, id, 1)
    if (index.markOwn(slot)) Atomics.add(firsts, id, 1)
  }
}
