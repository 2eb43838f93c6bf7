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
  /** In the order in which they were forgotten. */
  readonly forgotten: readonly ForgottenSnapshot[]
  /** The chunks that live snapshots need. */
  readonly live: ChunkSet
  /** Sessions by the slot of their `begin`. */
  readonly begun: readonly number[]
  readonly done: readonly number[]
  readonly expired: readonly number[]
  readonly sweeps: readonly Sweep[]
  /** A session finished that was not open; the protocol never lets that happen. */
  readonly doneOutOfTurn: boolean
}

export interface Snapshot {
  /** Slot of its commit. */
  readonly slot: number
  readonly chunks: ChunkSet
}

export interface ForgottenSnapshot extends Snapshot {
  /** Slot of the sweep that gave it up, -1 while it can be brought back. */
  readonly gone: number
}

/** Packs taken out of the index, by a `sweep` or as the old side of a `repack`. */
export interface Sweep {
  readonly slot: number
  readonly packs: PackSet
  /** Forgotten snapshots that it gave up. */
  readonly gives: readonly number[]
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
  doneOutOfTurn: false,
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
      return forgotten(before, record.snapshot)
    case 'unforget':
      return unforgotten(before, record.snapshot)
    case 'expire':
      return before.expired.includes(record.session)
        ? before
        : { ...before, expired: [...before.expired, record.session] }
    case 'sweep': {
      const { gives } = record
      const sweeps = [...before.sweeps, { slot, packs: record.packs, gives, purged: false }]
      const forgotten = before.forgotten.map((each) =>
        gives.includes(each.slot) ? { ...each, gone: slot } : each,
      )
      return { ...withIndex(before, packs.minus(before.index, record.packs)), sweeps, forgotten }
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
      const forgotten = before.forgotten.map((each) =>
        each.gone === undone.slot ? { ...each, gone: -1 } : each,
      )
      return { ...withIndex(before, packs.union(before.index, undone.packs)), sweeps, forgotten }
    }
    case 'repack': {
      const sweeps = [...before.sweeps, { slot, packs: record.drop, gives: [], purged: false }]
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

function forgotten(replay: Replay, slot: number): Replay {
  const snapshot = replay.snapshots.find((each) => each.slot === slot)
  if (!snapshot) return replay
  const others = replay.snapshots.filter((each) => each !== snapshot)
  return withSnapshots({ ...replay, forgotten: [...replay.forgotten, { ...snapshot, gone: -1 }] }, others)
}

/** One that was given up stays forgotten. */
function unforgotten(replay: Replay, slot: number): Replay {
  const snapshot = replay.forgotten.find((each) => each.slot === slot && each.gone < 0)
  if (!snapshot) return replay
  const others = replay.forgotten.filter((each) => each !== snapshot)
  const { chunks } = snapshot
  return withSnapshots({ ...replay, forgotten: others }, [...replay.snapshots, { slot, chunks }])
}

const withSnapshots = (replay: Replay, snapshots: readonly Snapshot[]): Replay => ({
  ...replay,
  snapshots,
  live: snapshots.reduce((chunks, snapshot) => chunks | snapshot.chunks, 0),
})

const finished = (replay: Replay, session: number): Replay => ({
  ...replay,
  done: [...replay.done, session],
  doneOutOfTurn: replay.doneOutOfTurn || replay.done.includes(session) || replay.expired.includes(session),
})
