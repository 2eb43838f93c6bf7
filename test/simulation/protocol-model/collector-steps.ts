import { append, type Emit } from './append.ts'
import { type History, type LogRecord, prefix, recordAt } from './history.ts'
import { has, type Pack, type PackSet, packName } from './packs.ts'
import type { Replay, Snapshot } from './replay.ts'
import { type Collector, type Model, NOTHING_MARKED, packOf, type State, withCollector } from './state.ts'

/** What one collector may do next (G1 to G7 of the protocol). There are no clocks: whatever may be late here may also be at once. */
export function collectorSteps(model: Model, state: State, index: number, emit: Emit): void {
  STEPS[state.collectors[index]!.phase]?.(model, state, index, emit)
}

const STEPS: Readonly<Record<Collector['phase'], typeof collectorSteps | undefined>> = {
  read,
  plan,
  sweep,
  'look-again': lookAgain,
  'repack-begin': repackBegin,
  'repack-copy': repackCopy,
  'repack-check': repackCheck,
  'repack-commit': repackCommit,
  'purge-plan': purgePlan,
  purge,
  delete: deletePacks,
  'sweep-late': sweepLate,
  end: undefined,
}

/** G0. */
function read(_model: Model, state: State, index: number, emit: Emit): void {
  const change = { head: state.log.length, phase: 'plan' } as const
  emit(`G${index}`, 'reads the log', withCollector(state, index, change))
}

/** How a run ends: the collector starts over as if it remembered nothing, or stops. */
function finished({ packs }: Model, { runsLeft }: Collector): Partial<Collector> {
  const left = runsLeft - 1
  const nothing = { session: -1, own: packs.none, drop: packs.none, ...NOTHING_MARKED(packs.none) }
  return { ...nothing, runsLeft: left, phase: left > 0 ? 'read' : 'end' }
}

/** G1 to G4: expire a session, sweep what nobody needs, repack, or leave it at that. */
function plan(model: Model, state: State, index: number, emit: Emit): void {
  const { protocol, packs, configuration } = model
  const actor = `G${index}`
  const known = prefix(state.log, state.collectors[index]!.head).replay
  if (!protocol.sweepNeedsItsSlot) {
    deleteAsIfLocked(model, state, index, known, emit)
    return
  }
  expire(model, state, index, known, emit)
  // Which of the forgotten snapshots may still be brought back is a matter of time, so it may be any of the later ones.
  const undoable = known.forgotten.filter(({ gone }) => gone < 0)
  for (let givenUp = 0; givenUp <= undoable.length; givenUp++) {
    const roots = [...known.snapshots, ...undoable.slice(givenUp)]
    const dead = packs.of(deadPacks(known, roots))
    const gives = undoable.slice(0, givenUp).map(({ slot }) => slot)
    if (dead === packs.none && gives.length === 0) continue
    const marked = { roots: roots.map(({ slot }) => slot), gives, dead }
    if (protocol.recordBeforeDelete) sweep(model, withCollector(state, index, marked), index, emit)
    else deleteFirst(model, state, index, dead, emit)
  }
  if (configuration.repack && known.index !== packs.none)
    emit(actor, 'decides to repack', withCollector(state, index, { phase: 'repack-begin' }))
  emit(actor, 'sweeps nothing', withCollector(state, index, { phase: 'purge-plan' }))
}

/** Only in a variant: as tools do that trust a lock, it marks with what it read, deletes, and writes that down wherever the log ends. */
function deleteAsIfLocked(model: Model, state: State, index: number, known: Replay, emit: Emit): void {
  const actor = `G${index}`
  const dead = model.packs.of(known.index.packs.filter(({ chunk }) => !isIn(known.live, chunk)))
  const deletes = model.packs.union(state.deletes, dead)
  const none = dead === model.packs.none
  const log = none
    ? state.log
    : model.log.append(state.log, { type: 'sweep', author: actor, packs: dead, gives: [] })
  const deleted = withCollector({ ...state, deletes, log }, index, finished(model, state.collectors[index]!))
  emit(actor, 'deletes what it found dead', deleted)
}

/** G1. Silence is policy: any session that has not finished may be expired, also one that is alive. */
function expire(model: Model, state: State, index: number, known: Replay, emit: Emit): void {
  const { head } = state.collectors[index]!
  const actor = `G${index}`
  for (const session of known.begun) {
    if (known.done.includes(session) || known.expired.includes(session)) continue
    if (!model.protocol.expireBeforeOrphans) {
      const orphans = state.store.packs.filter((pack) => pack.session === session && !has(known.index, pack))
      const deletes = model.packs.union(state.deletes, model.packs.of(orphans))
      const next = withCollector({ ...state, deletes }, index, finished(model, state.collectors[index]!))
      emit(actor, `deletes the old packs of session ${session}`, next)
      continue
    }
    append(model, state, head, { type: 'expire', author: actor, session }, (after, answer) => {
      const phase = answer === 'ambiguous' ? 'end' : 'read'
      emit(actor, `expire ${session}: ${answer}`, withCollector(after, index, { phase }))
    })
  }
}

/** G3: packs without a chunk that a root needs, and all but one of those that hold the same chunk. */
function deadPacks({ index }: Replay, roots: readonly Snapshot[]): Pack[] {
  const needed = roots.reduce((chunks, root) => chunks | root.chunks, 0)
  let kept = 0
  return index.packs.filter(({ chunk }) => {
    if (!isIn(needed, chunk) || isIn(kept, chunk)) return true
    kept |= 1 << chunk
    return false
  })
}

/** G4, one record: first what is given up, so that nobody can bring it back once its packs go, then the packs. */
function sweep(model: Model, state: State, index: number, emit: Emit): void {
  const { head, gives, dead } = state.collectors[index]!
  const { none } = model.packs
  const actor = `G${index}`
  const record = { type: 'sweep', author: actor, gives, packs: gives.length > 0 ? none : dead } as const
  append(model, state, head, record, (after, answer) => {
    const left = gives.length > 0 ? dead : none
    const change: Partial<Collector> =
      answer === 'ambiguous'
        ? { phase: 'end', ...NOTHING_MARKED(none) }
        : answer === 'exists'
          ? { phase: 'look-again' }
          : left === none
            ? { phase: 'purge-plan', ...NOTHING_MARKED(none) }
            : { phase: 'sweep', head: head + 1, gives: [] }
    emit(actor, `sweep: ${answer}`, withCollector(after, index, change))
  })
}

/** G4 after a lost race: the mark may still do if what came in between only leans on packs that can be spared. */
function lookAgain(model: Model, state: State, index: number, emit: Emit): void {
  const { head, roots, gives, dead } = state.collectors[index]!
  const { none } = model.packs
  const go = (step: string, change: Partial<Collector>) =>
    emit(`G${index}`, step, withCollector(state, index, change))
  let left = dead
  for (let slot = head; slot < state.log.length && model.protocol.spareUses; slot++) {
    const record = recordAt(state.log, slot)!
    if (record.type === 'commit' && (record.base < 0 || roots.includes(record.base)))
      left = model.packs.minus(left, record.uses)
    else if (!HARMLESS.has(record.type)) {
      go('has to mark again', { phase: 'read', ...NOTHING_MARKED(none) })
      return
    }
  }
  if (left === none && gives.length === 0)
    go('has nothing left to sweep', { phase: 'purge-plan', ...NOTHING_MARKED(none) })
  else go('spares what is used', { phase: 'sweep', head: state.log.length, dead: left })
}

/** Records that neither lean on packs nor bring anything back. */
const HARMLESS: ReadonlySet<LogRecord['type']> = new Set(['begin', 'expire', 'forget', 'purge'])

/** Only in a variant. */
function deleteFirst(model: Model, state: State, index: number, dead: PackSet, emit: Emit): void {
  const deletes = model.packs.union(state.deletes, dead)
  const deleted = withCollector({ ...state, deletes }, index, { phase: 'sweep-late', drop: dead })
  emit(`G${index}`, 'deletes before it sweeps', deleted)
}

/** Only in the variant that has deleted already. */
function sweepLate(model: Model, state: State, index: number, emit: Emit): void {
  const { head, drop } = state.collectors[index]!
  const actor = `G${index}`
  append(model, state, head, { type: 'sweep', author: actor, packs: drop, gives: [] }, (after, answer) => {
    const change =
      answer === 'created' ? finished(model, state.collectors[index]!) : ({ phase: 'read' } as const)
    emit(actor, `sweep: ${answer}`, withCollector(after, index, change))
  })
}

/** Repack is a session of its own. */
function repackBegin(model: Model, state: State, index: number, emit: Emit): void {
  const { head } = state.collectors[index]!
  const actor = `G${index}`
  append(model, state, head, { type: 'begin', author: actor }, (after, answer) => {
    const change: Partial<Collector> =
      answer === 'created'
        ? { session: head, phase: 'repack-copy' }
        : answer === 'exists'
          ? finished(model, state.collectors[index]!)
          : { phase: 'end' }
    emit(actor, `begin: ${answer}`, withCollector(after, index, change))
  })
}

/** Copies one indexed pack, if it can be read. */
function repackCopy(model: Model, state: State, index: number, emit: Emit): void {
  const { session } = state.collectors[index]!
  const actor = `G${index}`
  for (const pack of prefix(state.log, session + 1).replay.index.packs) {
    if (!has(state.store, pack)) continue
    const copy = packOf(model, pack.chunk, session)
    const store = model.packs.with(state.store, copy)
    const change = {
      own: model.packs.of([copy]),
      drop: model.packs.of([pack]),
      phase: 'repack-check',
    } as const
    emit(actor, `copies ${packName(pack)}`, withCollector({ ...state, store }, index, change))
  }
  emit(actor, 'gives the repack up', withCollector(state, index, finished(model, state.collectors[index]!)))
}

function repackCheck(model: Model, state: State, index: number, emit: Emit): void {
  const collector = state.collectors[index]!
  const { expired, index: indexed } = state.log.replay
  const isVoid =
    expired.includes(collector.session) || collector.drop.packs.some((pack) => !has(indexed, pack))
  const change = isVoid
    ? finished(model, collector)
    : ({ head: state.log.length, phase: 'repack-commit' } as const)
  emit(`G${index}`, `finds its repack ${isVoid ? 'void' : 'valid'}`, withCollector(state, index, change))
}

function repackCommit(model: Model, state: State, index: number, emit: Emit): void {
  const { head, session, own, drop } = state.collectors[index]!
  const actor = `G${index}`
  append(model, state, head, { type: 'repack', author: actor, session, add: own, drop }, (after, answer) => {
    const phase = answer === 'created' ? 'purge-plan' : answer === 'exists' ? 'repack-check' : 'end'
    emit(actor, `repack: ${answer}`, withCollector(after, index, { phase }))
  })
}

/** G5: the grace of some sweep is over, or it is not and only what was purged before is deleted. */
function purgePlan({ protocol }: Model, state: State, index: number, emit: Emit): void {
  const go = (step: string, change: Partial<Collector>) =>
    emit(`G${index}`, step, withCollector(state, index, change))
  const head = state.log.length
  const pending = state.log.replay.sweeps.find(({ purged }) => !purged)
  if (!protocol.purgeBeforeDelete) go('needs no purge', { phase: 'delete' })
  else if (!pending) go('finds nothing to purge', { head, sweep: -1, phase: 'delete' })
  else {
    go('finds a sweep to purge', { head, sweep: pending.slot, phase: 'purge' })
    go('lets the grace run', { phase: 'delete' })
  }
}

/** G6, first half. */
function purge(model: Model, state: State, index: number, emit: Emit): void {
  const { head, sweep } = state.collectors[index]!
  const actor = `G${index}`
  append(model, state, head, { type: 'purge', author: actor, sweep }, (after, answer) => {
    const phase = answer === 'ambiguous' ? 'end' : 'purge-plan'
    emit(actor, `purge ${sweep}: ${answer}`, withCollector(after, index, { phase }))
  })
}

/** G6, second half, and G7. The deletes go out together; each lands when it likes. */
function deletePacks(model: Model, state: State, index: number, emit: Emit): void {
  const deletable = state.store.packs.filter((pack) => mayDelete(model, state.log, pack))
  const deletes = model.packs.union(state.deletes, model.packs.of(deletable))
  const next = withCollector({ ...state, deletes }, index, finished(model, state.collectors[index]!))
  emit(`G${index}`, 'sends the deletes', next)
}

/** V5, V6: a function of the log and the name alone. */
function mayDelete({ protocol }: Model, { replay }: History, pack: Pack): boolean {
  if (has(replay.index, pack)) return false
  const named = replay.sweeps.filter(({ packs }) => has(packs, pack))
  if (named.some(({ purged }) => purged || !protocol.purgeBeforeDelete)) return true
  return named.length === 0 && (replay.expired.includes(pack.session) || replay.done.includes(pack.session))
}

const isIn = (chunks: number, chunk: number) => ((chunks >> chunk) & 1) === 1
