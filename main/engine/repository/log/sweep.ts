import type { CommitLog } from './commit-log.ts'
import type { IdsOrList } from './record-bodies.ts'
import { mayBeGivenUp } from './replay.ts'
import { pieces } from './snapshot-marks.ts'
import type { LogEntry, State } from './state.ts'
import { isLive } from './state-queries.ts'

/** The snapshots whose packs must stay, hex ids. */
export type Roots = ReadonlySet<string>

export interface SweepOptions {
  /**
   * G3: the live packs of the index in `state` that nothing reachable from the roots needs. Must fail, and so sweep nothing, when any tree of a root
   * cannot be read. Called again when the log moved on in a way that a new look is needed.
   */
  readonly mark: (state: State, roots: Roots) => Promise<ReadonlySet<string>>
  /** Snapshots forgotten for less than this stay restorable. Default 72 hours of store time; policy only, any value is safe. */
  readonly undoMs?: number
  readonly signal?: AbortSignal
}

export const GRACE_MS = 72 * 3_600_000

/**
 * G3, G4: takes packs that no root needs out of the index; gives the positions of the sweeps. Between looking and appending others may commit: packs that
 * they use stay, and anything that could bring more back to life begins the look anew.
 */
export async function sweepUnreachable(log: CommitLog, options: SweepOptions): Promise<readonly number[]> {
  const { mark, undoMs = GRACE_MS, signal } = options
  await log.checkClock(signal)
  const swept: number[] = []
  for (;;) {
    const state = await log.refresh(signal)
    const roots = rootsOf(state, log.storeNowMs() - undoMs)
    const dead = await mark(state, roots)
    const givenUp = [...state.snapshots].flatMap(([snap, snapshot]) =>
      !isLive(snapshot) && mayBeGivenUp(snapshot, state.sweeps) && !roots.has(snap) ? [snap] : [],
    )
    if ((await appendSweeps(log, state.pos, roots, givenUp, dead, swept, signal)) === 'done') return swept
  }
}

/** What must be kept: what people see, what they may still undo, and whatever a record named that did not verify. */
export function rootsOf(state: State, undoableSinceMs: number): Roots {
  const roots = new Set(state.suspects.keys())
  for (const [snap, snapshot] of state.snapshots) {
    const isUndoable = snapshot.gone === undefined && Date.parse(snapshot.forgottenAt ?? '') > undoableSinceMs
    if (isLive(snapshot) || isUndoable) roots.add(snap)
  }
  return roots
}

async function appendSweeps(
  log: CommitLog,
  markedPos: number,
  roots: Roots,
  givenUp: readonly string[],
  dead: ReadonlySet<string>,
  swept: number[],
  signal: AbortSignal | undefined,
): Promise<'done' | 'again'> {
  let lookedAt = markedPos
  let packs: readonly string[] = [...dead]
  let snaps = givenUp
  while (packs.length + snaps.length > 0) {
    // The snapshots go first: before their packs leave, nobody may be able to bring them back.
    const record =
      snaps.length > 0
        ? { snaps: pieces(snaps)[0] ?? [], packs: [] }
        : { snaps: [], packs: pieces(packs)[0] ?? [] }
    const behind = lookedAt
    const appended = await log.append('sweep', record, {
      precheck: ({ pos }) => (pos === behind ? undefined : 'stop'),
      signal,
    })
    if (appended) {
      swept.push(appended.pos)
      lookedAt = appended.pos
      snaps = snaps.slice(record.snaps.length)
      packs = packs.slice(record.packs.length)
      continue
    }
    const until = log.state.pos
    const used = await packsUsedSince(log, lookedAt, roots, signal)
    if (used === 'again') return 'again'
    packs = packs.filter((pack) => !used.has(pack))
    lookedAt = until
  }
  return 'done'
}

/** Records that neither use packs nor bring anything back. */
const HARMLESS: ReadonlySet<string> = new Set([
  'begin',
  'expire',
  'forget',
  'pin',
  'unpin',
  'purge',
  'device+',
  'device-',
  'key+',
  'key-',
  'owner',
])

/**
 * The packs that commits behind record `pos` lean on, for whoever looked at the state of `pos` and wants to take packs out of the index; `again` when
 * something else happened that may need them: a snapshot or a sweep that came back, another's sweep or repack, a base that was no root, packs brought
 * from elsewhere under ids that may be ours, a record that did not verify.
 */
export async function packsUsedSince(
  log: CommitLog,
  pos: number,
  roots: Roots,
  signal?: AbortSignal,
): Promise<ReadonlySet<string> | 'again'> {
  if (log.state.alarms.some((alarm) => alarm.pos > pos)) return 'again'
  const used = new Set<string>()
  for await (const entry of log.records(pos + 1, signal)) {
    const uses = usesOf(entry, log.state)
    if (uses === 'again') return 'again'
    if (!uses) continue
    for (const base of await inPlace(log, uses.snaps)) if (!roots.has(base)) return 'again'
    for (const pack of await inPlace(log, uses.packs)) used.add(pack)
  }
  return used
}

function usesOf(
  { fault, record }: LogEntry,
  state: State,
): { readonly packs: IdsOrList; readonly snaps: IdsOrList } | 'again' | undefined {
  if (fault || !record) return 'again'
  if (HARMLESS.has(record.type)) return undefined
  const isBackup = record.type === 'commit' && state.sessions.get(record.body.b)?.purpose === 'backup'
  return isBackup ? record.body.uses : 'again'
}

async function inPlace(log: CommitLog, ids: IdsOrList): Promise<readonly string[]> {
  return Array.isArray(ids) ? ids : log.loadList(ids as Exclude<IdsOrList, readonly string[]>)
}
