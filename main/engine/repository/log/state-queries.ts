import type { Uses } from './plain-record.ts'
import type { SessionState, SnapshotState, State, SweepState } from './state.ts'

/** Whether people see the snapshot: committed and not forgotten. */
export function isLive(snapshot: SnapshotState | undefined): boolean {
  return snapshot !== undefined && snapshot.forgotten === undefined
}

/** The snapshots people see, in the order of their commits. */
export function* liveSnapshots(state: State): Generator<readonly [snapId: string, snapshot: SnapshotState]> {
  for (const entry of state.snapshots) if (isLive(entry[1])) yield entry
}

/**
 * Whether a pack that session `b` brought belongs to the index: its session is done, and no sweep after that names it. (A pack's id may come again
 * under another `b`, as healing does; each sweep ends what was brought before it, never what is brought later.)
 */
export function isPackLive(state: State, packId: string, b: number): boolean {
  const done = state.sessions.get(b)?.done
  return done !== undefined && !isSweptSince(state, packId, done)
}

/** Whether a sweep behind record `pos` took the pack out of the index. */
export function isSweptSince(state: State, packId: string, pos: number): boolean {
  return (state.swept.get(packId)?.at(-1) ?? -1) > pos
}

/** The packs and base snapshots a commit leans on that fell away after record `sincePos`, and whether any chunk was called lost since. */
export interface BrokenUses {
  readonly packs: readonly string[]
  readonly snaps: readonly string[]
  readonly lostChunks: readonly string[]
}

/** What of `uses` no longer holds in `state`, for a writer that decided by the state of record `sincePos` (S5 d); `undefined` when all of it holds. */
export function brokenUses(state: State, uses: Uses, sincePos: number): BrokenUses | undefined {
  const packs = uses.packs.filter((pack) => isSweptSince(state, pack, sincePos))
  const snaps = uses.snaps.filter((snap) => !isLive(state.snapshots.get(snap)))
  const lostChunks = [...state.lost].filter(([, pos]) => pos > sincePos).map(([chunk]) => chunk)
  return packs.length + snaps.length + lostChunks.length === 0 ? undefined : { packs, snaps, lostChunks }
}

/** Sweeps that can still be undone, oldest first. */
export function pendingSweeps(state: State): readonly SweepState[] {
  return [...state.sweeps.values()].filter(
    ({ purged, restored }) => purged === undefined && restored === undefined,
  )
}

/** Sessions that are neither done nor expired, oldest first. */
export function openSessions(state: State): readonly SessionState[] {
  return [...state.sessions.values()].filter(
    ({ done, expired }) => done === undefined && expired === undefined,
  )
}
