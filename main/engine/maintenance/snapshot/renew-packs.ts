import { liveSnapshots } from '../../repository/log/state-queries.ts'
import { renewCheckpoints } from '../../repository/log/stored-checkpoints.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import type { Marker } from './marker.ts'
import { rewritePacks, rootsAt } from './rewrite-packs.ts'

/** How far storing anew has come in a place. */
export interface RenewProgress {
  /** Bytes of packs under older keys that are done with, of those that there were at the start. */
  readonly bytes: number
  readonly bytesTotal: number
}

export interface RenewOptions {
  readonly onProgress?: (progress: RenewProgress) => void
  /** Packs of about so many bytes share a session, and a run that is killed loses no more than that. Default 1 GiB, or a sixteenth of all there is to do. */
  readonly batchBytes?: number
}

/** What storing anew did in a place, and what is left under older keys there. */
export interface Renewed {
  /** The epoch that seals everything new. */
  readonly epoch: number
  /** Packs that were written anew and left the index, and their bytes. */
  readonly packs: number
  readonly bytes: number
  /** Bytes of the packs that took their place. */
  readonly addedBytes: number
  /** Packs still in the index under older keys, and of them those that are damaged. */
  readonly olderPacks: number
  readonly olderBytes: number
  readonly damagedPacks: number
  /** Descriptions of snapshots that people see and older keys sealed; they keep their names, so they stay as they are until they are forgotten. */
  readonly olderSnapshots: number
  /** Of those, the pinned ones: the rules never forget them. */
  readonly olderPinned: number
}

const LEAST_BATCH_BYTES = 1024 ** 3
const MOST_BATCHES = 16

/**
 * Writes everything anew that older keys seal and the format lets be replaced: packs, batch by batch, each under a session of its own, and checkpoints.
 * What is done is done: whoever begins again goes on with the packs that are left. New packs of older keys may still come from a backup that was
 * under way; the report counts what there is at the end.
 */
export async function renewPacks(
  place: UpkeepPlace,
  marker: Marker,
  options: RenewOptions & { readonly undoMs: number; readonly signal?: AbortSignal },
): Promise<Renewed> {
  const { repository } = place
  const { undoMs, signal, onProgress } = options
  await repository.refresh(signal)
  const atFirst = olderPacks(place)
  const bytesTotal = sizeOf(place, atFirst)
  const batchBytes = options.batchBytes ?? Math.max(LEAST_BATCH_BYTES, bytesTotal / MOST_BATCHES)
  const tried = new Set<string>()
  const damaged = new Set<string>()
  let done = { packs: 0, bytes: 0, addedBytes: 0 }
  let bytesRead = 0
  const tell = () => onProgress?.({ bytes: Math.min(bytesRead, bytesTotal), bytesTotal })
  tell()

  for (;;) {
    await repository.refresh(signal)
    const batch = firstOf(
      place,
      olderPacks(place).filter((pack) => !tried.has(hexOf(place, pack))),
      batchBytes,
    )
    if (batch.length === 0) break
    for (const pack of batch) tried.add(hexOf(place, pack))
    const roots = rootsAt(place, repository.log.state, undoMs)
    await marker.include(roots, signal)
    const bytesOf = new Map(
      batch.map((pack) => [hexOf(place, pack), repository.index.packs.sizeBytesOf(pack)]),
    )
    const written = await rewritePacks(place, marker, {
      packs: batch,
      marks: marker.mark(roots),
      undoMs,
      ...(signal && { signal }),
      onBytes(bytes) {
        bytesRead += bytes
        tell()
      },
    })
    for (const packId of written.damaged) damaged.add(packId)
    done = {
      packs: done.packs + written.dropped.length,
      bytes: done.bytes + written.dropped.reduce((sum, packId) => sum + bytesOf.get(packId)!, 0),
      addedBytes: done.addedBytes + written.addedBytes,
    }
  }

  const { store, keys, log } = repository
  await renewCheckpoints(store, keys, log.state, {
    random: place.env.random,
    log: place.env.log.area('maintenance'),
    ...(signal && { signal }),
  })
  const left = olderPacks(place)
  return {
    epoch: keys.epoch,
    ...done,
    olderPacks: left.length,
    olderBytes: sizeOf(place, left),
    damagedPacks: left.filter((pack) => damaged.has(hexOf(place, pack))).length,
    ...(await countOlderSnapshots(place, signal)),
  }
}

/** Live packs of the index that older keys than the newest seal. */
function olderPacks({ repository: { index, keys } }: UpkeepPlace): number[] {
  const { packs } = index
  const older: number[] = []
  for (let pack = 0; pack < packs.numbers; pack++)
    if (packs.isPresent(pack) && packs.stateOf(pack) === 'live' && packs.epochOf(pack) < keys.epoch)
      older.push(pack)
  return older
}

/** At least one pack, where there is one, and no more than about so many bytes. */
function firstOf({ repository: { index } }: UpkeepPlace, packs: readonly number[], bytes: number): number[] {
  const some: number[] = []
  let sum = 0
  for (const pack of packs) {
    if (sum >= bytes) break
    some.push(pack)
    sum += index.packs.sizeBytesOf(pack)
  }
  return some
}

function sizeOf({ repository: { index } }: UpkeepPlace, packs: readonly number[]): number {
  return packs.reduce((sum, pack) => sum + index.packs.sizeBytesOf(pack), 0)
}

function hexOf({ repository: { index } }: UpkeepPlace, pack: number): string {
  return Buffer.from(index.packs.idOf(pack)).toString('hex')
}

async function countOlderSnapshots(
  { repository, sealed }: UpkeepPlace,
  signal: AbortSignal | undefined,
): Promise<Pick<Renewed, 'olderSnapshots' | 'olderPinned'>> {
  let olderSnapshots = 0
  let olderPinned = 0
  for (const [snapId, { b, pinned }] of liveSnapshots(repository.log.state)) {
    if ((await sealed.epochOf('snap', snapId, b, signal)) >= repository.keys.epoch) continue
    olderSnapshots++
    if (pinned) olderPinned++
  }
  return { olderSnapshots, olderPinned }
}
