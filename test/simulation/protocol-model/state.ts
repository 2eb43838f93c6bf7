import { createLogTable, type History, type LogRecord, type LogTable } from './history.ts'
import { type ChunkSet, createPackTable, type Pack, type PackSet, type PackTable } from './packs.ts'
import type { Protocol } from './protocol.ts'

/** How much world there is. Everything is counted, so that the states are finitely many. */
export interface Configuration {
  /** One backup session each, by the chunks it backs up: `x`, `xy`. */
  readonly writers: readonly string[]
  readonly collectors: number
  /** How often each collector starts over. Default 1. */
  readonly runs?: number
  /** How many answers to log puts get lost. Default 0. */
  readonly lostAnswers?: number
  /** How many snapshots people forget. Default 0. */
  readonly forgets?: number
  /** How many forgotten snapshots people want back. Default 0. */
  readonly unforgets?: number
  /** How many sweeps people undo. Default 0. */
  readonly restores?: number
  /** Collectors may copy a live pack and drop the old one. */
  readonly repack?: boolean
  /** Writers may take chunks over from a base snapshot without looking each of them up. */
  readonly bases?: boolean
  /** The chunks of the snapshot that is there from the start; empty for none. Default `x`. */
  readonly initial?: string
}

/** One world under one protocol, with the tables that make equal things identical. */
export interface Model {
  readonly configuration: Configuration
  readonly protocol: Protocol
  /** The chunks of each writer's session. */
  readonly sources: readonly ChunkSet[]
  readonly packs: PackTable
  readonly log: LogTable
}

/** Everything that matters at one moment. Never changed, only replaced. */
export interface State {
  readonly log: History
  /** Packs that lie in the store. */
  readonly store: PackSet
  /** Deletes under way: each may land at any later time, or never. */
  readonly deletes: PackSet
  /** Log puts whose answer was lost: each may land at any later time, if its slot is still free, or never. */
  readonly puts: readonly LatePut[]
  readonly lostAnswersLeft: number
  readonly forgetsLeft: number
  readonly unforgetsLeft: number
  readonly restoresLeft: number
  /** Slots before this one were deleted; only in the variant that compacts the log. */
  readonly compactedTo: number
  readonly writers: readonly Writer[]
  readonly collectors: readonly Collector[]
}

export interface LatePut {
  readonly slot: number
  readonly record: LogRecord
}

/** Where a backup session stands. The names are those of the steps that come next. */
export const WRITER_PHASES = [
  'read',
  'begin',
  'dedup',
  'upload',
  'check',
  'probe',
  'put-blindly',
  'commit',
  'settle',
  'saved',
  'given-up',
] as const

export interface Writer {
  readonly phase: (typeof WRITER_PHASES)[number]
  /** How long the log was when it was last read; the next record goes into this slot. */
  readonly head: number
  /** Slot of `begin`, -1 before it. */
  readonly session: number
  /** Packs it has put. */
  readonly own: PackSet
  /** Chunks still to be put. */
  readonly missing: ChunkSet
  /** Slot of the snapshot whose chunks are taken over unchecked, -1 for none. */
  readonly base: number
  /** The person was told that the backup is saved. */
  readonly acknowledged: boolean
}

/** Where a collector stands. The names are those of the steps that come next. */
export const COLLECTOR_PHASES = [
  'read',
  'plan',
  'sweep',
  'look-again',
  'sweep-late',
  'repack-begin',
  'repack-copy',
  'repack-check',
  'repack-commit',
  'purge-plan',
  'purge',
  'delete',
  'end',
] as const

export interface Collector {
  readonly phase: (typeof COLLECTOR_PHASES)[number]
  readonly head: number
  readonly runsLeft: number
  /** The repack session, -1 for none. */
  readonly session: number
  /** The copy that the repack session made. */
  readonly own: PackSet
  /** What repack drops; in the variant that deletes first, what it has deleted. */
  readonly drop: PackSet
  /** The snapshots that counted when it marked, by slot. */
  readonly roots: readonly number[]
  /** What it is still to give up and to sweep. */
  readonly gives: readonly number[]
  readonly dead: PackSet
  /** Slot of the sweep to purge, -1 for none. */
  readonly sweep: number
}

/** A world ready to be explored. */
export function createModel(configuration: Configuration, protocol: Protocol): Model {
  const packs = createPackTable()
  return {
    configuration,
    protocol,
    sources: configuration.writers.map(chunkSet),
    packs,
    log: createLogTable(packs),
  }
}

/** Its first state: perhaps one snapshot, and nobody has begun anything. */
export function initialState(model: Model): State {
  const { configuration, log, packs } = model
  const { writers, collectors, runs = 1, initial = 'x' } = configuration
  const none = packs.none
  let history = log.empty
  let store = none
  if (initial !== '') {
    const chunks = chunkSet(initial)
    store = packs.of(chunkList(chunks).map((chunk) => packOf(model, chunk, 0)))
    history = log.append(history, { type: 'begin', author: 'I' })
    const commit = {
      type: 'commit',
      author: 'I',
      session: 0,
      packs: store,
      chunks,
      uses: none,
      base: -1,
    } as const
    history = log.append(history, commit)
  }
  const writer = { phase: 'read', head: 0, session: -1, own: none, missing: 0, base: -1 } as const
  const collector = {
    phase: 'read',
    head: 0,
    session: -1,
    own: none,
    drop: none,
    sweep: -1,
    ...NOTHING_MARKED(none),
  } as const
  return {
    log: history,
    store,
    deletes: none,
    puts: [],
    lostAnswersLeft: configuration.lostAnswers ?? 0,
    forgetsLeft: configuration.forgets ?? 0,
    unforgetsLeft: configuration.unforgets ?? 0,
    restoresLeft: configuration.restores ?? 0,
    compactedTo: 0,
    writers: writers.map(() => ({ ...writer, acknowledged: false })),
    collectors: Array.from({ length: collectors }, () => ({ ...collector, runsLeft: runs })),
  }
}

/** A collector that has nothing to sweep. */
export const NOTHING_MARKED = (none: PackSet) => ({ roots: [], gives: [], dead: none }) as const

/** The pack in which a session puts a chunk. */
export function packOf({ packs, protocol }: Model, chunk: number, session: number): Pack {
  return packs.pack(chunk, protocol.uniqueNames ? session : -1)
}

/** `xy` as bits. */
function chunkSet(names: string): ChunkSet {
  let chunks = 0
  for (const name of names) chunks |= 1 << (name.charCodeAt(0) - 'x'.charCodeAt(0))
  return chunks
}

/** The chunks of a set, ascending. */
export function chunkList(chunks: ChunkSet): number[] {
  const list: number[] = []
  for (let chunk = 0; chunks >> chunk !== 0; chunk++) if ((chunks >> chunk) & 1) list.push(chunk)
  return list
}

/** The state with one writer changed. */
export function withWriter(state: State, index: number, change: Partial<Writer>): State {
  return {
    ...state,
    writers: state.writers.map((writer, at) => (at === index ? { ...writer, ...change } : writer)),
  }
}

/** The state with one collector changed. */
export function withCollector(state: State, index: number, change: Partial<Collector>): State {
  return {
    ...state,
    collectors: state.collectors.map((collector, at) =>
      at === index ? { ...collector, ...change } : collector,
    ),
  }
}
