import { throwIfCancelled } from '../../storage/cancel.ts'
import type { ObjectInfo, ObjectStore } from '../../storage/object-store.ts'
import type { Batch } from '../operations.ts'
import { packOf } from './holdings.ts'
import type { OpenSpace } from './open-space.ts'
import { chunkText } from './pack-builder.ts'
import { packsPrefix, spacePackKey } from './space-keys.ts'

const DAY_MS = 24 * 60 * 60 * 1000

export interface SweepOptions {
  /** How long what was replaced or deleted stays to be had; default 30 days. */
  readonly windowMs?: number
  /** Younger packs are left alone; default 7 days. */
  readonly packAgeMs?: number
  /** How long a condemned pack stays for those who are reading it; default a day. */
  readonly graceMs?: number
  readonly signal?: AbortSignal
}

export interface SweepReport {
  /** False when another batch came first: nothing was condemned, sweep again. */
  readonly isDone: boolean
  readonly condemned: readonly string[]
  readonly swept: readonly string[]
}

/** So many bytes are packed anew in one sweep at most. */
const MOST_REPACKED_BYTES = 256 * 1024 * 1024

/**
 * Condemns packs in which nothing lies that the tree or the history window needs, packs anew what is in those more than half dead, and deletes what was condemned
 * before. Ages are differences of the store's own times of slots, to the newest of them: no device's clock counts, and a space at rest does not age.
 */
export async function sweep(space: OpenSpace, options: SweepOptions = {}): Promise<SweepReport> {
  const { windowMs = 30 * DAY_MS, packAgeMs = 7 * DAY_MS, graceMs = DAY_MS } = options
  const { replica, parts } = space
  const { holdings, storing, slots, options: place } = parts
  await replica.follow()
  const { head } = replica
  if (head === 0) return { isDone: true, condemned: [], swept: [] }
  const newestMs = await slots.writtenMs(head)
  const slotBefore = (ms: number) => lastSlotBefore(head, newestMs - ms, (slot) => slots.writtenMs(slot))

  const needed = neededBytes(space, await slotBefore(windowMs))
  const oldest = await slotBefore(packAgeMs)
  const condemn: string[] = []
  let repackedBytes = 0
  for (const [packId, { slot, entry }] of holdings.packs) {
    throwIfCancelled(options.signal)
    if (slot > oldest) continue
    const living = needed.get(packId)
    const isDead = !living
    const isMostlyDead = living && living.bytes * 2 < plainBytesOf(entry)
    if (isMostlyDead && repackedBytes + living.bytes > MOST_REPACKED_BYTES) continue
    if (isMostlyDead) {
      for (const id of living.ids) await storing.addChunk(id, await parts.writing.chunk(id))
      repackedBytes += living.bytes
    }
    if (isDead || isMostlyDead) condemn.push(packId)
  }
  for await (const { key, modifiedMs } of allPacks(place.store, place.spaceId)) {
    const packId = key.slice(packsPrefix(place.spaceId).length)
    const isNamed = holdings.packs.has(packId) || holdings.dead.has(packId)
    if (!isNamed && /^[0-9a-f]{64}$/.test(packId) && modifiedMs < newestMs - packAgeMs) condemn.push(packId)
  }
  const swept = await deleteCondemned(space, await slotBefore(graceMs))
  if (condemn.length === 0 && swept.length === 0) return { isDone: true, condemned: [], swept: [] }

  const { random, clock } = place.env
  const stored = await storing.finish()
  const batch: Batch = {
    rid: Buffer.from(random.bytes(16)).toString('hex'),
    ...{ device: place.device, atMs: clock.now(), operations: [], condemn, swept },
    ...(stored && { stored }),
  }
  const isDone = await space.journal.append(head + 1, batch)
  await replica.follow()
  return { isDone, condemned: isDone ? condemn : [], swept: isDone ? swept : [] }
}

/** What each pack holds that must stay: for the tree, or because it left the tree after this slot. */
function neededBytes(
  { replica, parts }: OpenSpace,
  windowSlot: number,
): Map<string, { bytes: number; readonly ids: Uint8Array[] }> {
  const { holdings } = parts
  const { index } = holdings
  const contents = new Set<string>()
  for (const { content } of replica.tree.nodes.values()) if (content !== undefined) contents.add(content)
  for (const [content, slot] of holdings.history) if (slot > windowSlot) contents.add(content)
  const needed = new Map<string, { bytes: number; readonly ids: Uint8Array[] }>()
  const seen = new Set<string>()
  for (const content of contents) {
    const ids = holdings.chunksOf(content) ?? new Uint8Array(0)
    for (let at = 0; at < ids.length; at += 32) {
      const id = ids.slice(at, at + 32)
      if (seen.has(chunkText(id))) continue
      seen.add(chunkText(id))
      const slot = index.find(id)
      const packId = Buffer.from(index.packs.idOf(index.blocks.packOf(index.blockOf(slot)))).toString('hex')
      const pack = needed.get(packId) ?? { bytes: 0, ids: [] }
      needed.set(packId, pack)
      pack.bytes += index.lengthOf(slot)
      pack.ids.push(id)
    }
  }
  return needed
}

function plainBytesOf(entry: Uint8Array): number {
  const blocks = packOf(entry).blocks.cursor()
  let sum = 0
  while (blocks.next()) sum += blocks.plainLength
  return sum
}

/** Only what a committed batch condemned is ever deleted. */
async function deleteCondemned({ parts }: OpenSpace, before: number): Promise<string[]> {
  const { holdings, options } = parts
  const swept: string[] = []
  for (const [packId, { slot, isSwept }] of holdings.dead) {
    if (isSwept || slot > before) continue
    await options.store.delete(spacePackKey(options.spaceId, packId))
    swept.push(packId)
  }
  return swept
}

/** The last slot that was written at `ms` or before; 0 where none was. Slots are in order of time, but for the store's own doubts. */
async function lastSlotBefore(
  head: number,
  ms: number,
  writtenMs: (slot: number) => Promise<number>,
): Promise<number> {
  let low = 0
  let high = head
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((await writtenMs(middle)) <= ms) low = middle
    else high = middle - 1
  }
  return low
}

/** What lies under the space's packs, as a listing has it. */
export async function* allPacks(store: ObjectStore, spaceId: string): AsyncGenerator<ObjectInfo> {
  let cursor: string | undefined
  do {
    const page = await store.list({
      prefix: packsPrefix(spaceId),
      ...(cursor !== undefined && { cursor }),
    })
    yield* page.objects
    cursor = page.cursor
  } while (cursor !== undefined)
}
