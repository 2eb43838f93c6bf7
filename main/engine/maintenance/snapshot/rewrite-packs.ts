import { join } from 'node:path'
import { randomHex } from '../../env/random.ts'
import { asEverstowError } from '../../model/errors.ts'
import { packKey } from '../../repository/format/keys-of-objects.ts'
import { sealSegment } from '../../repository/format/sealed-segment.ts'
import { createChunkIndex } from '../../repository/index/chunk-index.ts'
import { expireSession } from '../../repository/log/expire-sessions.ts'
import { putSegment } from '../../repository/log/put-segment.ts'
import type { State } from '../../repository/log/state.ts'
import { type Roots, rootsOf } from '../../repository/log/sweep.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import type { PackFile } from '../../repository/upkeep/pack-files.ts'
import { slotsInPacks } from '../../repository/upkeep/pack-usage.ts'
import { bodyOfFile } from '../../storage/body.ts'
import { copyChunks } from './copy-chunks.ts'
import type { Marker } from './marker.ts'
import { createUploads } from './uploads.ts'

/** What became of packs that were to be written anew. */
export interface Rewritten {
  /** Hex ids of packs that left the index. */
  readonly dropped: readonly string[]
  /** Bytes of the new packs. */
  readonly addedBytes: number
  /** Hex ids of packs that are damaged; they stay as they are. */
  readonly damaged: readonly string[]
}

export interface RewriteOptions {
  /** Numbers of live packs in the marker's index. */
  readonly packs: readonly number[]
  /** What the roots need in that index. */
  readonly marks: Uint8Array
  /** Snapshots forgotten for less than this count as needed. */
  readonly undoMs: number
  readonly signal?: AbortSignal
  /** Bytes of old packs that were read. */
  readonly onBytes?: (bytes: number) => void
}

/**
 * Writes the needed chunks of these packs into new ones, sealed under the newest keys, in a session of its own. The old packs leave the index with the
 * commit, and only if by then nothing needs a chunk of theirs that was not copied.
 */
export async function rewritePacks(
  place: UpkeepPlace,
  marker: Marker,
  options: RewriteOptions,
): Promise<Rewritten> {
  const { repository, env, scratchFolder } = place
  const { log } = repository
  const { packs, marks, undoMs, signal, onBytes } = options
  const slots = slotsInPacks(marker.index, marks, packs)
  const folder = join(scratchFolder, randomHex(env.random, 8))
  const b = await log.beginSession('repack', signal)
  const uploads = createUploads(async ({ packId, path, sizeBytes }: PackFile) => {
    const body = bodyOfFile(env.files, path, sizeBytes)
    await repository.store.put(packKey(packId, b), body, { sha256: packId, purpose: 'data', signal })
    await env.files.remove(path)
  })
  try {
    const fresh: PackFile[] = []
    const damaged = await copyChunks({
      repository,
      slots,
      folder,
      signal,
      room: uploads.room,
      onPack(file) {
        fresh.push(file)
        uploads.start(file)
      },
      ...(onBytes && { onBytes }),
    })
    await uploads.done()
    const idOf = (pack: number) => Buffer.from(marker.index.packs.idOf(pack)).toString('hex')
    const candidates = packs.filter((pack) => !damaged.has(pack))
    const copied = createChunkIndex(candidates.reduce((sum, pack) => sum + slots.get(pack)!.length, 0))
    for (const pack of candidates) for (const slot of slots.get(pack)!) copied.claim(marker.index.idAt(slot))
    const candidateIds = candidates.map(idOf)
    const damagedIds = [...damaged].map(idOf)
    const entries = fresh.map(({ entry }) => entry)
    const segment = sealSegment(repository.keys, entries, env.random)
    await putSegment(repository.store, segment, b, signal)

    let checkedPos = -1
    let drop: readonly string[] = []
    await log.repackSession({
      b,
      signal,
      body: () => ({ b, idx: [segment.id], drop }),
      async recheck(state) {
        if (checkedPos !== state.pos) {
          await repository.refresh(signal)
          const needing = rootsAt(place, state, undoMs)
          await marker.include(needing, signal)
          drop = droppable(marker, marker.mark(needing), candidateIds, (id) => copied.find(id) >= 0)
          checkedPos = state.pos
        }
        return 'ok'
      },
    })
    const addedBytes = fresh.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    return { dropped: drop, addedBytes, damaged: damagedIds }
  } catch (error) {
    await uploads.abandon()
    await giveUp(place, b)
    throw error
  } finally {
    await env.files.removeTree(folder)
  }
}

/** The snapshots whose chunks must be copied, at this state of the place's log. */
export function rootsAt({ repository }: UpkeepPlace, state: State, undoMs: number): Roots {
  return rootsOf(state, repository.log.storeNowMs() - undoMs)
}
/** Those of the packs that are still in the index and hold no needed chunk but copied ones. */
function droppable(
  { index }: Marker,
  marks: Uint8Array,
  packIds: readonly string[],
  isCopied: (id: Uint8Array) => boolean,
): string[] {
  const numbers = new Map(packIds.map((packId) => [index.packs.find(Buffer.from(packId, 'hex')), packId]))
  numbers.delete(-1)
  for (const [pack, slots] of slotsInPacks(index, marks, [...numbers.keys()])) {
    if (!slots.every((slot) => isCopied(index.idAt(slot)))) numbers.delete(pack)
  }
  return [...numbers.values()]
}

/** Ends the session, so that what it put can be deleted; when that fails too, its silence will end it. */
async function giveUp({ repository, env, name }: UpkeepPlace, b: number): Promise<void> {
  try {
    await expireSession(repository.log, b)
  } catch (error) {
    env.log
      .area('maintenance')
      .warn('session not ended', { place: name, session: b, error: asEverstowError(error) })
  }
}
