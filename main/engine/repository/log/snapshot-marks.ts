import type { CommitLog } from './commit-log.ts'
import { IDS_IN_RECORD } from './list-objects.ts'
import type { State } from './state.ts'
import { isLive } from './state-queries.ts'

/** Takes snapshots out of sight (G2). Unknown ids are remembered, so that they stay forgotten when they come from another destination. */
export async function forgetSnapshots(
  log: CommitLog,
  snaps: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await log.checkClock(signal)
  const isForgotten = (state: State, snap: string): boolean =>
    state.snapshots.has(snap) ? !isLive(state.snapshots.get(snap)) : state.tombstones.has(snap)
  await appendForEach(log, 'forget', snaps, isForgotten, signal)
}

/** Brings forgotten snapshots back, as tests of whole histories do (an undo of a clean-up looks at its backups first); gives those that no longer can be, because a sweep gave them up (restore it and all since first, if none is purged). */
export async function unforgetSnapshots(
  log: CommitLog,
  snaps: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const isDone = (state: State, snap: string): boolean => {
    const snapshot = state.snapshots.get(snap)
    return snapshot ? isLive(snapshot) || snapshot.gone !== undefined : !state.tombstones.has(snap)
  }
  await appendForEach(log, 'unforget', snaps, isDone, signal)
  return snaps.filter((snap) => log.state.snapshots.get(snap)?.gone !== undefined)
}

/** Protects snapshots from retention, or no longer. */
export async function pinSnapshots(
  log: CommitLog,
  snaps: readonly string[],
  pinned: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const isDone = (state: State, snap: string): boolean =>
    (state.snapshots.get(snap)?.pinned ?? pinned) === pinned
  await appendForEach(log, pinned ? 'pin' : 'unpin', snaps, isDone, signal)
}

/** Says that no good pack holds these chunks: the next backup that meets them uploads them again. */
export function reportLost(log: CommitLog, chunks: readonly string[], signal?: AbortSignal): Promise<void> {
  const isDone = (state: State, chunk: string): boolean => state.lost.has(chunk)
  return appendChunks(log, 'lost', chunks, isDone, signal)
}

/** Says that lost chunks are in the index again, after the session that brought them has committed. */
export function reportFound(log: CommitLog, chunks: readonly string[], signal?: AbortSignal): Promise<void> {
  const isDone = (state: State, chunk: string): boolean => !state.lost.has(chunk)
  return appendChunks(log, 'found', chunks, isDone, signal)
}

type IsDone = (state: State, id: string) => boolean

async function appendForEach(
  log: CommitLog,
  type: 'forget' | 'unforget' | 'pin' | 'unpin',
  snaps: readonly string[],
  isDone: IsDone,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const piece of pieces(snaps)) {
    await log.append(type, { snaps: piece }, { precheck: stopWhenAll(piece, isDone), signal })
  }
}

async function appendChunks(
  log: CommitLog,
  type: 'lost' | 'found',
  chunks: readonly string[],
  isDone: IsDone,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const piece of pieces(chunks)) {
    await log.append(type, { chunks: piece }, { precheck: stopWhenAll(piece, isDone), signal })
  }
}

function stopWhenAll(ids: readonly string[], isDone: IsDone): (state: State) => 'stop' | undefined {
  return (state) => (ids.every((id) => isDone(state, id)) ? 'stop' : undefined)
}

/** Short enough lists for records without list objects. */
export function pieces(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / IDS_IN_RECORD) }, (_, at) =>
    ids.slice(at * IDS_IN_RECORD, (at + 1) * IDS_IN_RECORD),
  )
}
