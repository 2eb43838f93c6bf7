import { append, type Emit } from './append.ts'
import { type LogRecord, overwrite, prefix, recordAt } from './history.ts'
import { chunksOf } from './packs.ts'
import type { Replay } from './replay.ts'
import { chunkList, type Model, packOf, type State, type Writer, withWriter } from './state.ts'

/** What one backup session may do next (S1 to S6 of the protocol). */
export function writerSteps(model: Model, state: State, index: number, emit: Emit): void {
  STEPS[state.writers[index]!.phase]?.(model, state, index, emit)
}

const STEPS: Readonly<Record<Writer['phase'], typeof writerSteps | undefined>> = {
  read,
  begin,
  dedup,
  upload,
  check,
  commit,
  settle,
  probe,
  'put-blindly': putBlindly,
  saved: undefined,
  'given-up': undefined,
}

/** S0 and S5 a. */
function read(_model: Model, state: State, index: number, emit: Emit): void {
  const phase = state.writers[index]!.session < 0 ? 'begin' : 'check'
  emit(`W${index}`, 'reads the log', withWriter(state, index, { head: state.log.length, phase }))
}

/** S1. A session whose `begin` is in doubt is simply abandoned: nothing hangs on it yet. */
function begin(model: Model, state: State, index: number, emit: Emit): void {
  const { head } = state.writers[index]!
  const actor = `W${index}`
  append(model, state, head, { type: 'begin', author: actor }, (after, answer) => {
    const change: Partial<Writer> =
      answer === 'created'
        ? { session: head, phase: 'dedup' }
        : { phase: answer === 'exists' ? 'read' : 'given-up' }
    emit(actor, `begin: ${answer}`, withWriter(after, index, change))
  })
}

/** S2, at the log as it was at `begin`. With bases, any live snapshot of then may vouch for the chunks it has. */
function dedup({ configuration, sources }: Model, state: State, index: number, emit: Emit): void {
  const { session } = state.writers[index]!
  const actor = `W${index}`
  const { indexed, snapshots } = prefix(state.log, session + 1).replay
  const decide = (step: string, known: number, base: number) => {
    const missing = sources[index]! & ~known
    const phase = missing === 0 ? 'read' : 'upload'
    emit(actor, step, withWriter(state, index, { missing, base, phase }))
  }
  decide('compares with the index', indexed, -1)
  if (!configuration.bases) return
  for (const { slot, chunks } of snapshots) decide(`compares with snapshot ${slot}`, indexed | chunks, slot)
}

/** S3 and S4: a pack for one more chunk. */
function upload(model: Model, state: State, index: number, emit: Emit): void {
  const writer = state.writers[index]!
  const chunk = 31 - Math.clz32(writer.missing & -writer.missing)
  const pack = packOf(model, chunk, writer.session)
  const missing = writer.missing & ~(1 << chunk)
  const own = model.packs.with(writer.own, pack)
  const phase = missing === 0 ? 'read' : 'upload'
  const store = model.packs.with(state.store, pack)
  emit(`W${index}`, 'puts a pack', withWriter({ ...state, store }, index, { missing, own, phase }))
}

/** S5 a to d: everything the commit is going to refer to is looked up in the log that it follows. */
function check({ protocol, sources }: Model, state: State, index: number, emit: Emit): void {
  const writer = state.writers[index]!
  const actor = `W${index}`
  const known = prefix(state.log, protocol.recheckAtCommit ? writer.head : writer.session + 1).replay
  const missing =
    sources[index]! & ~(known.indexed | chunksOf(writer.own) | vouched(protocol, known, state, writer))
  const go = (step: string, change: Partial<Writer>) => emit(actor, step, withWriter(state, index, change))
  if (protocol.selfCheck && known.done.includes(writer.session))
    go('finds its own commit', { phase: 'saved', acknowledged: true })
  else if (protocol.fenceExpired && known.expired.includes(writer.session))
    go('finds itself expired', { phase: 'given-up' })
  else if (missing !== 0) go('misses a chunk', { missing, phase: 'upload' })
  else go('finds everything there', { missing, phase: protocol.conditionalPut ? 'commit' : 'probe' })
}

/**
 * The chunks that the base snapshot vouches for: all it has while it is live where the commit goes, since a live snapshot's chunks are indexed; none
 * afterwards.
 */
function vouched(protocol: Model['protocol'], known: Replay, state: State, writer: Writer): number {
  if (writer.base < 0) return 0
  const base = known.snapshots.find(({ slot }) => slot === writer.base)
  if (base) return base.chunks
  const commit = recordAt(state.log, writer.base)
  return !protocol.recheckBase && commit?.type === 'commit' ? commit.chunks : 0
}

/** S5 e. Without a fresh look the record goes wherever the log ends. */
function commit(model: Model, state: State, index: number, emit: Emit): void {
  const writer = state.writers[index]!
  const slot = model.protocol.recheckAtCommit ? writer.head : state.log.length
  append(model, state, slot, commitRecord(model, state, index), (after, answer) => {
    const change: Partial<Writer> =
      answer === 'created'
        ? { phase: 'saved', acknowledged: true }
        : { phase: answer === 'exists' ? 'read' : 'settle' }
    emit(`W${index}`, `commit: ${answer}`, withWriter(after, index, change))
  })
}

/** S5 e after a lost answer: the slot says what became of the put. */
function settle(model: Model, state: State, index: number, emit: Emit): void {
  const writer = state.writers[index]!
  const actor = `W${index}`
  const found = recordAt(state.log, writer.head)
  const go = (step: string, change: Partial<Writer>, from = state) =>
    emit(actor, step, withWriter(from, index, change))
  if (!found) go('finds the slot free', { phase: 'commit' })
  else if (!model.protocol.readSlotAfterDoubt) {
    // It takes "exists" for a lost race, although the record there may be its own, and clears up behind itself.
    const deletes = model.packs.union(state.deletes, writer.own)
    go('believes that it lost and deletes its packs', { phase: 'given-up' }, { ...state, deletes })
  } else if (found.type === 'commit' && found.author === actor)
    go('finds its commit in the slot', { phase: 'saved', acknowledged: true })
  else go('finds another record in the slot', { phase: 'read' })
}

/** Without conditional puts, first half: a look whether the slot is free. */
function probe(_model: Model, state: State, index: number, emit: Emit): void {
  const phase = state.log.length === state.writers[index]!.head ? 'put-blindly' : 'read'
  emit(`W${index}`, 'looks whether the slot is free', withWriter(state, index, { phase }))
}

/** Second half: a put that replaces whatever has come in between. */
function putBlindly(model: Model, state: State, index: number, emit: Emit): void {
  const writer = state.writers[index]!
  const log = overwrite(model.log, state.log, writer.head, commitRecord(model, state, index))
  const saved = withWriter({ ...state, log }, index, { phase: 'saved', acknowledged: true })
  emit(`W${index}`, 'puts its commit whatever is there', saved)
}

function commitRecord(model: Model, state: State, index: number): LogRecord {
  const { session, own, head, base } = state.writers[index]!
  const { sources, packs, protocol } = model
  const chunks = sources[index]!
  const isFresh = protocol.recheckAtCommit && protocol.freshUses
  const known = prefix(state.log, isFresh ? head : session + 1).replay
  const others = chunks & ~(chunksOf(own) | vouched(protocol, known, state, state.writers[index]!))
  const uses = packs.of(
    chunkList(others).flatMap((chunk) => known.index.packs.find((pack) => pack.chunk === chunk) ?? []),
  )
  return { type: 'commit', author: `W${index}`, session, packs: own, chunks, uses, base }
}
