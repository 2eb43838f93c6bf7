import { parseObjectKey } from '../format/keys-of-objects.ts'
import type { SessionState, State } from './state.ts'

/** What may be done with a key that a listing shows. `unknown` is reported and never deleted. */
export type KeyVerdict = 'delete' | 'keep' | 'unknown'

/**
 * The packs in the segments that belong to session `b`, or `undefined` while any of these cannot be read: then none of its packs is an orphan.
 */
export type PacksOfSession = (b: number) => ReadonlySet<string> | undefined

/**
 * V5, V6, G7: which keys may be deleted, as a function of the log; the listing only says what is there. A key may go when a purged sweep names it, when
 * its session has expired, or when its session is done and did not take it into the index. V7: what may go once can never be referred to again, because
 * expired and done sessions commit nothing more, and purged sweeps stay.
 */
export function createDeletionRule(state: State, packsOf: PacksOfSession): (key: string) => KeyVerdict {
  return (key) => {
    const name = parseObjectKey(key)
    if (!name) return 'unknown'
    if (!('b' in name)) return 'keep'
    const session = state.sessions.get(name.b)
    // Behind our state there may be anything; before it, no session of ours began there.
    if (!session) return name.b > state.pos ? 'keep' : 'unknown'
    // Of an unreadable record nobody knows what it said.
    if (state.damaged || session.suspect) return 'keep'
    if (session.expired !== undefined) return 'delete'
    if (session.done === undefined) return 'keep'
    const { type, id, b } = name
    const goes =
      type === 'pack'
        ? packGoes(state, id, b, session.done, packsOf)
        : type === 'index' || type === 'find'
          ? state.segments.get(id) !== b
          : type === 'snap'
            ? snapshotGoes(state, id, session)
            : // Which lists a record named is not kept in the state; the few that a lost race left are small.
              false
    return goes ? 'delete' : 'keep'
  }
}

/** The keys of a listing that may be deleted: the rule as tests look at it. */
export function deletableKeys(state: State, keys: Iterable<string>, packsOf: PacksOfSession): string[] {
  const verdictOf = createDeletionRule(state, packsOf)
  return [...keys].filter((key) => verdictOf(key) === 'delete')
}

function packGoes(state: State, id: string, b: number, done: number, packsOf: PacksOfSession): boolean {
  const sweeps = (state.swept.get(id) ?? []).filter((pos) => pos > done)
  if (sweeps.some((pos) => state.sweeps.get(pos)?.purged !== undefined)) return true
  if (sweeps.length > 0) return false
  const packs = packsOf(b)
  return packs !== undefined && !packs.has(id)
}

function snapshotGoes(state: State, id: string, { b }: SessionState): boolean {
  if (state.suspects.has(id)) return false
  const snapshot = state.snapshots.get(id)
  if (snapshot?.b !== b) return true
  return snapshot.gone !== undefined && state.sweeps.get(snapshot.gone)?.purged !== undefined
}
