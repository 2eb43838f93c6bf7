import type { Clock } from '../../env/clock.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { createTreeCursor, NODE } from '../format/tree.ts'
import type { ChunkIndex } from '../index/chunk-index.ts'

/**
 * The directories below snapshots and the chunks they name, as a graph of the index's slots: each directory is read once however many snapshots share
 * it, and after that a mark is arithmetic. Good for one index object.
 */
export interface Reachable {
  /**
   * Reads the directories below a tree that are not in the graph yet. Throws what reading one of them throws: whoever collects must not go on then.
   */
  include(treeId: Uint8Array, signal?: AbortSignal): Promise<void>
  /** A byte for each slot: 1 where a chunk can be reached from one of these trees, which must be included. */
  mark(treeIds: Iterable<Uint8Array>): Uint8Array
  /** Hex ids of the chunks that these trees name and the index has no place for, or knows to be lost. */
  missing(treeIds: Iterable<Uint8Array>): ReadonlySet<string>
  /** Slots (`-1 - n` for chunks without a place) below one directory, in its order; undefined when it is not in the graph. */
  childrenOf(treeSlot: number): Int32Array | undefined
}

export interface ReachableOptions {
  readonly index: ChunkIndex
  /** Bytes of a directory, proven by its id. */
  readonly fetchTree: (id: Uint8Array) => Promise<Uint8Array>
  readonly clock: Clock
  /** Takes note of a directory that is damaged or missing; the graph then goes on without what is below it. Without this, `include` throws. */
  readonly onUnreadable?: (chunk: string, error: EverstowError) => void
}

/** Says that the stored bytes are at fault, not the way to them. */
const BAD_BYTES: ReadonlySet<string> = new Set(['data-damaged', 'chunk-missing', 'object-missing'])

/** Directories fetched at a time: a far place answers many as fast as one. */
const AT_ONCE = 32
/** The thread is given up for a moment this often. */
const BREATHE_MS = 25

/** An empty graph over an index. */
export function createReachable({ index, fetchTree, clock, onUnreadable }: ReachableOptions): Reachable {
  let edges = new Int32Array(64 * 1024)
  let edgeCount = 0
  /** By slot: 1 + where the edges of that directory begin. */
  let starts = new Uint32Array(index.slots)
  let counts = new Uint32Array(index.slots)
  const absent: string[] = []
  const absentNumbers = new Map<string, number>()
  /** A call failed in the middle: directories are known whose children may not be. */
  let isBroken = false

  function slotOf(ids: Uint8Array, at: number): number {
    const slot = index.find(ids, at)
    if (slot >= 0 && index.blockOf(slot) >= 0) return slot
    const id = Buffer.from(ids.subarray(at, at + 32)).toString('hex')
    let number = absentNumbers.get(id)
    if (number === undefined) {
      number = absent.push(id) - 1
      absentNumbers.set(id, number)
    }
    return -1 - number
  }

  function addEdge(target: number): void {
    if (edgeCount === edges.length) {
      const larger = new Int32Array(edges.length * 2)
      larger.set(edges)
      edges = larger
    }
    edges[edgeCount++] = target
  }

  function isKnown(slot: number): boolean {
    return slot >= 0 && slot < starts.length && starts[slot] !== 0
  }

  /** Enters a directory; gives the directories in it that are not known. */
  function enter(slot: number, bytes: Uint8Array): number[] {
    if (slot >= starts.length) {
      const slots = Math.max(index.slots, slot + 1)
      starts = copied(starts, slots)
      counts = copied(counts, slots)
    }
    const below: number[] = []
    const from = edgeCount
    const cursor = createTreeCursor(bytes)
    while (cursor.next()) {
      if (cursor.type === NODE.file) {
        const ids = cursor.chunkIds
        for (let at = 0; at < ids.length; at += 32) addEdge(slotOf(ids, at))
      } else if (cursor.type === NODE.directory) {
        const child = slotOf(cursor.child, 0)
        if (child < 0) tellAbsent(child)
        addEdge(child)
        if (child >= 0 && !isKnown(child)) below.push(child)
      }
    }
    // Last: a directory that turned out to be damaged half-way is not known.
    starts[slot] = from + 1
    counts[slot] = edgeCount - from
    return below
  }

  function tellAbsent(target: number): void {
    const chunk = absent[-1 - target]!
    const error = new EverstowError('chunk-missing', { data: { chunk } })
    if (!onUnreadable) throw error
    onUnreadable(chunk, error)
  }

  async function read(slot: number): Promise<readonly number[]> {
    const id = index.idAt(slot)
    try {
      const bytes = await fetchTree(id)
      // The same directory may have been asked for twice at once.
      return isKnown(slot) ? [] : enter(slot, bytes)
    } catch (cause) {
      const error = asEverstowError(cause)
      if (!onUnreadable || !BAD_BYTES.has(error.code)) throw error
      onUnreadable(Buffer.from(id).toString('hex'), error)
      return []
    }
  }

  /** Calls `see` for every edge below the trees, each directory once. */
  function walk(treeIds: Iterable<Uint8Array>, see: (target: number) => void): void {
    const visited = new Uint8Array(starts.length)
    const pending: number[] = []
    const visit = (slot: number) => {
      if (!isKnown(slot) || visited[slot] === 1) return
      visited[slot] = 1
      pending.push(slot)
    }
    for (const treeId of treeIds) {
      const root = slotOf(treeId, 0)
      if (!onUnreadable && !isKnown(root))
        throw new EverstowError('internal', { message: 'a tree is not in the graph' })
      see(root)
      visit(root)
    }
    for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
      const from = starts[slot]! - 1
      const to = from + counts[slot]!
      for (let at = from; at < to; at++) {
        const target = edges[at]!
        see(target)
        if (target >= 0) visit(target)
      }
    }
  }

  return {
    async include(treeId, signal) {
      if (isBroken) throw new EverstowError('internal', { message: 'the graph of directories is incomplete' })
      const root = slotOf(treeId, 0)
      if (root < 0) tellAbsent(root)
      if (root < 0 || isKnown(root)) return
      isBroken = true
      const pending = [root]
      let since = clock.monotonicMs()
      while (pending.length > 0) {
        if (signal?.aborted) throw new EverstowError('cancelled')
        // From the end: siblings lie near each other, so that the blocks they share are still at hand.
        for (const below of await Promise.all(pending.splice(-AT_ONCE).map(read))) pending.push(...below)
        if (clock.monotonicMs() - since > BREATHE_MS) {
          await clock.sleep(0, signal)
          since = clock.monotonicMs()
        }
      }
      isBroken = false
    },
    mark(treeIds) {
      const marks = new Uint8Array(Math.max(index.slots, starts.length))
      walk(treeIds, (target) => {
        if (target >= 0) marks[target] = 1
      })
      return marks
    },
    missing(treeIds) {
      const found = new Set<string>()
      walk(treeIds, (target) => {
        if (target < 0) found.add(absent[-1 - target]!)
        else if (index.isLost(target)) found.add(Buffer.from(index.idAt(target)).toString('hex'))
      })
      return found
    },
    childrenOf(treeSlot) {
      if (!isKnown(treeSlot)) return undefined
      const from = starts[treeSlot]! - 1
      return edges.subarray(from, from + counts[treeSlot]!)
    },
  }
}

function copied(numbers: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length)
  larger.set(numbers)
  return larger
}
