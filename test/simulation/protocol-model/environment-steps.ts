import type { Emit } from './append.ts'
import { packName } from './packs.ts'
import type { Model, State } from './state.ts'

/** What happens without writers and collectors: requests land late or never, and people change their minds. */
export function environmentSteps(model: Model, state: State, emit: Emit): void {
  lateDeletes(model, state, emit)
  latePuts(model, state, emit)
  forgets(model, state, emit)
  unforgets(model, state, emit)
  restores(model, state, emit)
  // The variant that deletes old slots, once, when there are some.
  if (!model.protocol.keepSlots && state.compactedTo === 0 && state.log.length >= 4)
    emit('log', 'is compacted', { ...state, compactedTo: state.log.length })
}

/** That one never lands needs no step of its own: it is the run in which this step is not taken. */
function lateDeletes({ packs }: Model, state: State, emit: Emit): void {
  for (const pack of state.deletes.packs) {
    emit('store', `deletes ${packName(pack)}`, {
      ...state,
      deletes: packs.without(state.deletes, pack),
      store: packs.without(state.store, pack),
    })
  }
}

function latePuts({ log }: Model, state: State, emit: Emit): void {
  for (const [index, { slot, record }] of state.puts.entries()) {
    const puts = state.puts.toSpliced(index, 1)
    const lands = slot === state.log.length
    emit('store', `late ${record.type} of ${record.author} ${lands ? 'lands' : 'finds its slot taken'}`, {
      ...state,
      puts,
      log: lands ? log.append(state.log, record) : state.log,
    })
    if (lands) emit('store', `late ${record.type} of ${record.author} is lost`, { ...state, puts })
  }
}

/** A person forgets a live snapshot. Reading and appending are one step, since a conflict only means reading again. */
function forgets({ log }: Model, state: State, emit: Emit): void {
  if (state.forgetsLeft === 0) return
  const author = `U${state.forgetsLeft}`
  for (const { slot } of state.log.replay.snapshots) {
    const longer = log.append(state.log, { type: 'forget', author, snapshot: slot })
    emit('user', `forgets snapshot ${slot}`, { ...state, forgetsLeft: state.forgetsLeft - 1, log: longer })
  }
}

/** A person wants a forgotten snapshot back that no sweep has given up; its chunks are looked up in the log that the record follows. */
function unforgets({ log, protocol }: Model, state: State, emit: Emit): void {
  if (state.unforgetsLeft === 0) return
  const author = `U${state.unforgetsLeft}`
  const { forgotten, indexed } = state.log.replay
  for (const { slot, chunks, gone } of forgotten) {
    if (gone >= 0 || (protocol.checkAtUnforget && (chunks & ~indexed) !== 0)) continue
    const longer = log.append(state.log, { type: 'unforget', author, snapshot: slot })
    emit('user', `unforgets snapshot ${slot}`, {
      ...state,
      unforgetsLeft: state.unforgetsLeft - 1,
      log: longer,
    })
  }
}

/** A person undoes a sweep that is not purged yet. */
function restores({ log }: Model, state: State, emit: Emit): void {
  if (state.restoresLeft === 0) return
  const author = `U${state.restoresLeft}`
  for (const { slot, purged } of state.log.replay.sweeps) {
    if (purged) continue
    const longer = log.append(state.log, { type: 'restore', author, sweep: slot })
    emit('user', `undoes sweep ${slot}`, { ...state, restoresLeft: state.restoresLeft - 1, log: longer })
  }
}
