import type { LogRecord } from './history.ts'
import { type ChunkSet, chunksOf, type PackSet, type PackTable } from './packs.ts'

/** State(n) of the protocol: what a log means. A function of the records alone. */
export interface Replay {
  /** Packs that may be referred to. */
  readonly index: PackSet
  /** The chunks they hold. */
  readonly indexed: ChunkSet
  /** Live ones. */
  readonly snapshots: readonly Snapshot[]
  readonly forgotten: readonly Snapshot[]
  /** The chunks that live snapshots need. */
  readonly live: ChunkSet
  /** Sessions by the slot of their `begin`. */
  readonly begun: readonly number[]
  readonly done: readonly number[]
  readonly expired: readonly number[]
  readonly sweeps: readonly Sweep[]
  /** A session that finished more than once; the protocol never lets that happen. */
  readonly doneTwice: boolean
}

export interface Snapshot {
  /** Slot of its commit. */
  readonly slot: number
  readonly chunks: ChunkSet
}

/** Packs taken out of the index, by a `sweep` or as the old side of a `repack`. */
export interface Sweep {
  readonly slot: number
  readonly packs: PackSet
  /** No way back any more: they may be deleted. */
  readonly purged: boolean
}

/** Nothing has happened yet. */
export const EMPTY = (packs: PackTable): Replay => ({
  index: packs.none,
  indexed: 0,
  snapshots: [],
  forgotten: [],
  live: 0,
  begun: [],
  done: [],
  expired: [],
  sweeps: [],
  doneTwice: false,
})

/** What the log means with one record more. A record that says nothing valid changes nothing. */
export function replayNext(before: Replay, slot: number, record: LogRecord, packs: PackTable): Replay {
  switch (record.type) {
    case 'begin':
      return { ...before, begun: [...before.begun, slot] }
    case 'commit': {
      const snapshots = [...before.snapshots, { slot, chunks: record.chunks }]
      return withSnapshots(
        withIndex(finished(before, record.session), packs.union(before.index, record.packs)),
        snapshots,
      )
    }
    case 'forget':
      return moved(before, record.snapshot, before.snapshots, false)
    case 'unforget':
      return moved(before, record.snapshot, before.forgotten, true)
    case 'expire':
      return before.expired.includes(record.session)
        ? before
        : { ...before, expired: [...before.expired, record.session] }
    case 'sweep': {
      const sweeps = [...before.sweeps, { slot, packs: record.packs, purged: false }]
      return { ...withIndex(before, packs.minus(before.index, record.packs)), sweeps }
    }
    case 'purge':
      return {
        ...before,
        sweeps: before.sweeps.map((sweep) =>
          sweep.slot === record.sweep ? { ...sweep, purged: true } : sweep,
        ),
      }
    case 'restore': {
      const undone = before.sweeps.find((sweep) => sweep.slot === record.sweep && !sweep.purged)
      if (!undone) return before
      const sweeps = before.sweeps.filter((sweep) => sweep !== undone)
      return { ...withIndex(before, packs.union(before.index, undone.packs)), sweeps }
    }
    case 'repack': {
      const sweeps = [...before.sweeps, { slot, packs: record.drop, purged: false }]
      const index = packs.minus(packs.union(before.index, record.add), record.drop)
      return { ...withIndex(finished(before, record.session), index), sweeps }
    }
  }
}

const withIndex = (replay: Replay, index: PackSet): Replay => ({
  ...replay,
  index,
  indexed: chunksOf(index),
})

/** A snapshot of one list goes to the other; nothing happens if it is not there. */
function moved(replay: Replay, slot: number, from: readonly Snapshot[], live: boolean): Replay {
  const snapshot = from.find((each) => each.slot === slot)
  if (!snapshot) return replay
  const others = (list: readonly Snapshot[]) => list.filter((each) => each !== snapshot)
  const [snapshots, forgotten] = [others(replay.snapshots), others(replay.forgotten)]
  return live
    ? withSnapshots({ ...replay, forgotten }, [...snapshots, snapshot])
    : withSnapshots({ ...replay, forgotten: [...forgotten, snapshot] }, snapshots)
}

const withSnapshots = (replay: Replay, snapshots: readonly Snapshot[]): Replay => ({
  ...replay,
  snapshots,
  live: snapshots.reduce((chunks, snapshot) => chunks | snapshot.chunks, 0),
})

const finished = (replay: Replay, session: number): Replay => ({
  ...replay,
  done: [...replay.done, session],
  doneTwice: replay.doneTwice || replay.done.includes(session),
})
