import { packKey, parseObjectKey } from '../../repository/format/keys-of-objects.ts'
import { expireSilent } from '../../repository/log/expire-sessions.ts'
import { purgeDue } from '../../repository/log/purge.ts'
import type { State } from '../../repository/log/state.ts'
import { pendingSweeps } from '../../repository/log/state-queries.ts'
import { GRACE_MS, type Roots, rootsOf, sweepUnreachable } from '../../repository/log/sweep.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { judgePacks } from '../../repository/upkeep/pack-usage.ts'
import { deleteObjects, findDeletable } from './delete-freed.ts'
import { type ListedObject, lastObjects, listSessionObjects } from './list-objects.ts'
import { createMarker, type Marker } from './marker.ts'
import { MAX_UNUSED } from './preview.ts'
import { type Renewed, type RenewOptions, renewPacks } from './renew-packs.ts'
import { repack } from './repack.ts'

export interface CollectOptions {
  /** From the sweep to the purge; until then everything can be undone. Default 72 hours of store time. */
  readonly graceMs?: number
  /** Packs of which more than this part is not needed are written anew. Default 0.3. */
  readonly maxUnused?: number
  /** Also writes everything anew that older keys seal. */
  readonly renew?: RenewOptions
  readonly signal?: AbortSignal
}

/** What a collection did, or would do. */
export interface CollectReport {
  readonly sweptPacks: number
  readonly repackedPacks: number
  readonly deletedObjects: number
  /** Bytes given back now, less those that repacking added. */
  readonly freedBytes: number
  /** Bytes that follow when their grace is over. */
  readonly freedLaterBytes: number
  /** Bytes of packs that left the index and are still there until their grace is over. */
  readonly waitingBytes: number
  /** When the grace of the last of them is over. */
  readonly waitingUntilMs: number | undefined
  /** When the first of what can be undone no longer can. */
  readonly undoUntilMs: number | undefined
  /** Keys in the repository's folders that nobody knows: left alone. */
  readonly unknownKeys: number
  /** Packs that could not be repacked because they are damaged; hex ids. */
  readonly damagedPacks: readonly string[]
  readonly deletedKeys: readonly string[]
  /** Where that was wished: what was written anew for new keys. */
  readonly renewed?: Renewed
}

/**
 * G0–G7 in one destination: ends silent sessions, takes what no snapshot needs out of the index, packs wasteful packs anew, makes due sweeps final and
 * deletes what the log allows. Anyone may do any of it at any time, and go on where somebody stopped.
 */
export async function collect(place: UpkeepPlace, options: CollectOptions = {}): Promise<CollectReport> {
  const { repository, env } = place
  const { log, store } = repository
  const { graceMs = GRACE_MS, maxUnused = MAX_UNUSED, renew, signal } = options
  await repository.refresh(signal)
  await log.checkClock(signal)
  const lastOf = lastObjects(await listSessionObjects(store, signal))
  await expireSilent(log, { lastObjectMs: (b) => lastOf.get(b), signal })

  const marker = createMarker(place)
  let sweptPacks = 0
  await sweepUnreachable(log, {
    // What is forgotten is given up at once: bringing its sweep back undoes that until the purge.
    undoMs: 0,
    signal,
    async mark(state, roots) {
      const dead = await deadPacks(place, marker, state, roots, signal)
      sweptPacks = dead.size
      return dead
    },
  })
  const repacked = await repack(place, marker, { maxUnused, undoMs: 0, ...(signal && { signal }) })
  const renewed =
    renew && (await renewPacks(place, marker, { ...renew, undoMs: 0, ...(signal && { signal }) }))
  await purgeDue(log, { graceMs, signal })

  await repository.refresh(signal)
  const deletable = await findDeletable(place, await listSessionObjects(store, signal), signal)
  await deleteObjects(place, deletable.objects, signal)
  await repository.saveIndex()
  // What repacking added is paid back now, or later when the packs it replaced may go.
  const netBytes = sizeOf(deletable.objects) - repacked.addedBytes - (renewed?.addedBytes ?? 0)
  const report = {
    sweptPacks,
    repackedPacks: repacked.dropped.length,
    deletedObjects: deletable.objects.length,
    freedBytes: Math.max(0, netBytes),
    freedLaterBytes: Math.max(0, deletable.laterBytes + Math.min(0, netBytes)),
    waitingBytes: deletable.laterBytes,
    ...(await graceOf(place, graceMs, signal)),
    unknownKeys: deletable.unknown,
    damagedPacks: repacked.damaged,
    deletedKeys: deletable.objects.map(({ key }) => key),
    ...(renewed && { renewed }),
  }
  const { deletedKeys: _, ...facts } = report
  env.log.area('maintenance').info('repository collected', { place: place.name, ...facts })
  return report
}

/** What `collect` would do if `gone` were forgotten; nothing is written. Sizes of packs to be made anew are estimated from what is needed of them. */
export async function previewCollect(
  place: UpkeepPlace,
  gone: Iterable<string>,
  options: CollectOptions = {},
): Promise<CollectReport> {
  const { repository } = place
  const { log, store } = repository
  const { graceMs = GRACE_MS, maxUnused = MAX_UNUSED, signal } = options
  await repository.refresh(signal)
  const { state } = log
  const roots = new Set(rootsOf(state, log.storeNowMs()))
  for (const snapId of gone) roots.delete(snapId)
  const marker = createMarker(place)
  await marker.include(roots, signal)
  const { dead, wasteful, freeableBytes } = judgePacks(marker.index, marker.mark(roots), maxUnused)

  const listed = await listSessionObjects(store, signal)
  const deletable = await findDeletable(place, listed, signal)
  const due = await duePacks(place, listed, graceMs, signal)
  const objects = [...deletable.objects, ...due]
  const nowBytes = sizeOf(objects) + (graceMs === 0 ? freeableBytes : 0)
  return {
    sweptPacks: dead.length,
    repackedPacks: wasteful.length,
    deletedObjects: objects.length + (graceMs === 0 ? dead.length + wasteful.length : 0),
    freedBytes: nowBytes,
    freedLaterBytes: deletable.laterBytes - sizeOf(due) + (graceMs === 0 ? 0 : freeableBytes),
    waitingBytes: deletable.laterBytes - sizeOf(due),
    waitingUntilMs: undefined,
    undoUntilMs: undefined,
    unknownKeys: deletable.unknown,
    damagedPacks: [],
    deletedKeys: [],
  }
}

/** Packs of `state`'s index that nothing reachable from the roots needs. */
async function deadPacks(
  { repository }: UpkeepPlace,
  marker: Marker,
  state: State,
  roots: Roots,
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  await repository.refresh(signal)
  await marker.include(roots, signal)
  const { packs } = marker.index
  const dead = new Set<string>()
  for (const pack of judgePacks(marker.index, marker.mark(roots), 1).dead) {
    // Somebody may have committed since; what came with that is not this state's to judge.
    if (state.sessions.get(packs.beganAt(pack))?.done === undefined) continue
    dead.add(Buffer.from(packs.idOf(pack)).toString('hex'))
  }
  return dead
}

async function graceOf(
  { repository: { log } }: UpkeepPlace,
  graceMs: number,
  signal?: AbortSignal,
): Promise<Pick<CollectReport, 'undoUntilMs' | 'waitingUntilMs'>> {
  const sweeps = pendingSweeps(log.state)
  const [first, last] = [sweeps[0], sweeps.at(-1)]
  return {
    undoUntilMs: first && (await log.writtenMs(first.pos, signal)) + graceMs,
    waitingUntilMs: last && (await log.writtenMs(last.pos, signal)) + graceMs,
  }
}

/** Packs of sweeps whose grace is over although nobody has purged them. */
async function duePacks(
  { repository }: UpkeepPlace,
  listed: readonly ListedObject[],
  graceMs: number,
  signal: AbortSignal | undefined,
): Promise<ListedObject[]> {
  const { log } = repository
  const due = new Set<string>()
  for (const { pos, packs } of pendingSweeps(log.state)) {
    if (log.storeNowMs() - (await log.writtenMs(pos, signal)) < graceMs) continue
    for (const pack of packs) due.add(pack)
  }
  return listed.filter(({ key }) => {
    const name = parseObjectKey(key)
    const isDue = name?.type === 'pack' && due.has(name.id)
    return (
      isDue &&
      (log.state.sessions.get(name.b)?.done ?? Number.POSITIVE_INFINITY) <
        (log.state.swept.get(name.id)?.at(-1) ?? -1) &&
      key === packKey(name.id, name.b)
    )
  })
}

function sizeOf(objects: readonly ListedObject[]): number {
  return objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}
