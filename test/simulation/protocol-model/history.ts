import type { ChunkSet, PackSet, PackTable } from './packs.ts'
import { EMPTY, type Replay, replayNext } from './replay.ts'

/** What a slot of the log may hold. `author` stands for the random id by which a writer knows its own record again. */
export type LogRecord =
  | { readonly type: 'begin'; readonly author: string }
  | {
      readonly type: 'commit'
      readonly author: string
      readonly session: number
      readonly packs: PackSet
      readonly chunks: ChunkSet
      /** The packs of others that hold what it has not put itself. */
      readonly uses: PackSet
      /** Slot of the snapshot that vouches for further chunks, -1 for none. */
      readonly base: number
    }
  | { readonly type: 'forget' | 'unforget'; readonly author: string; readonly snapshot: number }
  | { readonly type: 'expire'; readonly author: string; readonly session: number }
  | {
      readonly type: 'sweep'
      readonly author: string
      readonly packs: PackSet
      /** Forgotten snapshots, by slot, that nobody can bring back from here on. */
      readonly gives: readonly number[]
    }
  | { readonly type: 'purge'; readonly author: string; readonly sweep: number }
  | { readonly type: 'restore'; readonly author: string; readonly sweep: number }
  | {
      readonly type: 'repack'
      readonly author: string
      readonly session: number
      readonly add: PackSet
      readonly drop: PackSet
    }

/**
 * A log up to some slot, with what replaying it gives. Histories are nodes of one tree that share their beginnings: equal logs are one object, so a
 * state holds its whole log as one number, and each log is replayed only once however many states have it.
 */
export interface History {
  readonly id: number
  /** How many slots are taken; the next record goes into this one. */
  readonly length: number
  readonly parent: History | undefined
  readonly record: LogRecord | undefined
  readonly replay: Replay
  readonly next: Map<string, History>
}

/** Where histories come from. */
export interface LogTable {
  readonly empty: History
  append(history: History, record: LogRecord): History
}

/** An empty table. */
export function createLogTable(packs: PackTable): LogTable {
  let count = 0
  const empty: History = {
    id: count++,
    length: 0,
    parent: undefined,
    record: undefined,
    replay: EMPTY(packs),
    next: new Map(),
  }
  return {
    empty,
    append(history, record) {
      const key = recordKey(record)
      let longer = history.next.get(key)
      if (!longer) {
        longer = {
          id: count++,
          length: history.length + 1,
          parent: history,
          record,
          replay: replayNext(history.replay, history.length, record, packs),
          next: new Map(),
        }
        history.next.set(key, longer)
      }
      return longer
    },
  }
}

/** The log as it was when it had so many slots. */
export function prefix(history: History, length: number): History {
  let at = history
  while (at.length > length && at.parent) at = at.parent
  return at
}

/** What a slot holds; `undefined` while it is free. */
export function recordAt(history: History, slot: number): LogRecord | undefined {
  return slot < history.length ? prefix(history, slot + 1).record : undefined
}

/** The same log with another record in one slot: what must never happen, and does where a store has no conditional put. */
export function overwrite(log: LogTable, history: History, slot: number, record: LogRecord): History {
  if (slot >= history.length) return log.append(history, record)
  let result = log.append(prefix(history, slot), record)
  for (let after = slot + 1; after < history.length; after++) {
    const kept = recordAt(history, after)
    if (kept) result = log.append(result, kept)
  }
  return result
}

/** Text that tells records apart. */
export function recordKey(record: LogRecord): string {
  switch (record.type) {
    case 'begin':
      return `b${record.author}`
    case 'commit':
      return `c${record.author},${record.session},${record.packs.id},${record.chunks},${record.uses.id},${record.base}`
    case 'forget':
    case 'unforget':
      return `${record.type}${record.author},${record.snapshot}`
    case 'expire':
      return `e${record.author},${record.session}`
    case 'sweep':
      return `s${record.author},${record.packs.id},${record.gives}`
    case 'purge':
      return `p${record.author},${record.sweep}`
    case 'restore':
      return `r${record.author},${record.sweep}`
    case 'repack':
      return `k${record.author},${record.session},${record.add.id},${record.drop.id}`
  }
}
