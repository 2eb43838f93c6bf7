import { prefix } from './history.ts'
import { chunkName, has, packName } from './packs.ts'
import { chunkList, type State } from './state.ts'

/** Harm that a person would feel, if there is any: data of a live snapshot is gone, or a backup that was reported as saved is. */
export function harm({ log, store, writers }: State): string | undefined {
  const { index, snapshots } = log.replay
  let held = 0
  for (const pack of index.packs) if (has(store, pack)) held |= 1 << pack.chunk
  for (const { slot, chunks } of snapshots) {
    const lost = chunkList(chunks & ~held).map(chunkName)
    if (lost.length > 0) return `V1: snapshot ${slot} has lost ${lost.join(', ')}`
  }
  for (const [at, { acknowledged }] of writers.entries()) {
    if (acknowledged && !hasCommitOf(log, `W${at}`)) return `V4: the saved backup of W${at} is not in the log`
  }
  return undefined
}

/** A rule of the protocol that does not hold, if there is one, whether or not harm has come of it yet. */
export function brokenRule({ log, store, deletes }: State): string | undefined {
  const { index, done, expired, sweeps, doneOutOfTurn } = log.replay
  const missing = index.packs.find((pack) => !has(store, pack))
  if (missing) return `V1: the index names pack ${packName(missing)}, which is gone`
  if (doneOutOfTurn) return 'V3: a session has committed twice, or after it was expired'
  for (const pack of deletes.packs) {
    if (has(index, pack)) return `V7: pack ${packName(pack)} is being deleted and is referred to`
    const named = sweeps.filter(({ packs }) => has(packs, pack))
    const orphan = expired.includes(pack.session) || done.includes(pack.session)
    if (named.length === 0 ? !orphan : !named.some(({ purged }) => purged))
      return `V5: pack ${packName(pack)} is being deleted, and the log does not allow it`
  }
  return undefined
}

function hasCommitOf(log: State['log'], author: string): boolean {
  for (let length = log.length; length > 0; length--) {
    const { record } = prefix(log, length)
    if (record?.type === 'commit' && record.author === author) return true
  }
  return false
}
