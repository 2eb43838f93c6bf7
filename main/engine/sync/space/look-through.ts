import { setImmediate } from 'node:timers/promises'
import { EverstowError, hasCode } from '../../model/errors.ts'
import { CHUNK_ID_BYTES } from '../../repository/crypto/chunk-id.ts'
import { throwIfCancelled } from '../../storage/cancel.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { LivePack } from './contents/holdings.ts'
import { packOf } from './contents/holdings.ts'
import { allObjects, slotAges } from './slot-ages.ts'
import type { OpenSpace, SweepOptions } from './space.ts'
import { packsPrefix, spacePackKey } from './space-keys.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** So many bytes are packed anew in one sweep at most. */
const MOST_REPACKED_BYTES = 256 * 1024 * 1024
/** So many packs go in one sweep at most: they are named in one slot. */
const MOST_PACKS = 20_000

/** What a sweep would do. */
export interface Looked {
  /** Packs of which nothing is needed, or little: `living` has to be packed anew. */
  readonly condemn: readonly {
    readonly packId: string
    readonly sizeBytes: number
    readonly living: readonly Uint8Array[]
  }[]
  /** Condemned packs that may be deleted. `isTold`: the journal knows that it was, and it came back: an upload arrived late. */
  readonly remove: readonly {
    readonly packId: string
    readonly sizeBytes: number
    readonly isTold: boolean
  }[]
  /** Whether something will go that is not old enough yet. */
  readonly waits: boolean
  /** When the newest slot was written, as the store says. */
  readonly newestMs: number
}

/** Looks what of a space nobody needs. The replica has just followed. `space-incomplete` where a pack is gone that should be there. */
export async function lookThrough(space: OpenSpace, options: SweepOptions): Promise<Looked> {
  const { windowMs = 30 * DAY_MS, packAgeMs = 7 * DAY_MS, graceMs = DAY_MS, signal } = options
  const { holdings, options: place } = space.parts
  const ages = await slotAges(place.store, place.spaceId, space.replica.head)
  const sizes = await packsThere(space, signal)
  if (!sizes) return lookThrough(space, options)
  const windowSlot = ages.lastBefore(windowMs)
  const needed = await neededOf(space, windowSlot)
  const oldest = ages.lastBefore(packAgeMs)

  let waits = [...holdings.history].some(
    ([content, slot]) => slot > windowSlot && !needed.present.has(content),
  )
  const going = new Map<string, number>()
  let repackedBytes = 0
  for (const [packId, pack] of holdings.packs) {
    const bytes = needed.bytes.get(packId) ?? 0
    if (bytes > 0 && bytes * 2 >= plainBytesOf(pack)) continue
    const isTooMuch = repackedBytes + bytes > MOST_REPACKED_BYTES || going.size >= MOST_PACKS
    if (pack.slot > oldest || isTooMuch) waits = true
    else {
      repackedBytes += bytes
      going.set(packId, pack.sizeBytes)
    }
  }
  const living = needed.chunksIn(going)
  const condemn = Array.from(going, ([packId, sizeBytes]) => ({
    packId,
    sizeBytes,
    living: living.get(packId) ?? [],
  }))
  for (const [packId, { sizeBytes, modifiedMs }] of sizes) {
    if (holdings.packs.has(packId) || holdings.dead.has(packId) || !isPackId(packId)) continue
    // What is not named yet may belong to an upload; whoever brought it learns in time that it is condemned. One that lies ahead was stamped by a wrong clock.
    if (Math.abs(ages.newestMs - modifiedMs) < packAgeMs || condemn.length >= MOST_PACKS) waits = true
    else condemn.push({ packId, sizeBytes, living: [] })
  }
  const { remove, isMore } = toRemove(space, sizes, ages.lastBefore(graceMs))
  waits ||= isMore || condemn.length > 0
  return { condemn, remove, waits, newestMs: ages.newestMs }
}

const isPackId = (name: string): boolean => /^[0-9a-f]{64}$/.test(name)

interface PackThere {
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/**
 * The packs that lie there. A live one that is missing says that something is wrong with the place: then nothing may go, it could be the last copy of what was lost.
 * `undefined` when others wrote meanwhile, who may have taken it away.
 */
async function packsThere(
  { parts, replica }: OpenSpace,
  signal: AbortSignal | undefined,
): Promise<Map<string, PackThere> | undefined> {
  const { holdings, options } = parts
  const prefix = packsPrefix(options.spaceId)
  const there = new Map<string, PackThere>()
  for await (const { key, sizeBytes, modifiedMs } of allObjects(options.store, prefix)) {
    throwIfCancelled(signal)
    there.set(key.slice(prefix.length), { sizeBytes, modifiedMs })
  }
  for (const [packId, { sizeBytes }] of holdings.packs) {
    // A listing may be late.
    const known =
      there.get(packId) ?? (await headOf(options.store, spacePackKey(options.spaceId, packId), signal))
    if (known?.sizeBytes === sizeBytes) continue
    if ((await replica.follow()) > 0) return undefined
    throw new EverstowError('space-incomplete', { data: { place: options.place, packId } })
  }
  return there
}

async function headOf(
  store: ObjectStore,
  key: string,
  signal: AbortSignal | undefined,
): Promise<PackThere | undefined> {
  try {
    return await store.head(key, signal)
  } catch (error) {
    if (hasCode(error, 'object-missing')) return undefined
    throw error
  }
}

/** Only what a committed batch condemned is ever deleted. */
function toRemove(
  { parts }: OpenSpace,
  there: ReadonlyMap<string, PackThere>,
  before: number,
): { readonly remove: Looked['remove']; readonly isMore: boolean } {
  const remove: Looked['remove'][number][] = []
  let isMore = false
  for (const [packId, { slot, isSwept }] of parts.holdings.dead) {
    if (isSwept && !there.has(packId)) continue
    if (slot > before || remove.length >= MOST_PACKS) isMore = true
    else remove.push({ packId, sizeBytes: there.get(packId)?.sizeBytes ?? 0, isTold: isSwept })
  }
  return { remove, isMore }
}

/** What of the packs must stay. */
interface Needed {
  /** Contents that stay as long as nobody changes something. */
  readonly present: ReadonlySet<string>
  /** Bytes in each pack. */
  readonly bytes: ReadonlyMap<string, number>
  /** The chunks of these packs that must stay. */
  chunksIn(packs: ReadonlyMap<string, unknown>): ReadonlyMap<string, readonly Uint8Array[]>
}

/** So many contents are looked at before others have their turn. */
const CONTENTS_AT_ONCE = 2_000

/** What must stay: for the tree, for who has to decide, or because it left the tree after this slot. */
async function neededOf({ replica, parts }: OpenSpace, windowSlot: number): Promise<Needed> {
  const { holdings } = parts
  const { index } = holdings
  const present = new Set<string>(holdings.keptAside())
  for (const { content } of replica.tree.nodes.values()) if (content !== undefined) present.add(content)
  const recent = [...holdings.history].flatMap(([content, slot]) => (slot > windowSlot ? content : []))
  const isNeeded = new Uint8Array(index.slots)
  const names = new Map<number, string>()
  const bytes = new Map<string, number>()
  const packOfSlot = (slot: number): string => {
    const pack = index.blocks.packOf(index.blockOf(slot))
    const name = names.get(pack) ?? Buffer.from(index.packs.idOf(pack)).toString('hex')
    names.set(pack, name)
    return name
  }
  let looked = 0
  for (const content of new Set([...present, ...recent])) {
    if (++looked % CONTENTS_AT_ONCE === 0) await setImmediate()
    const ids = holdings.chunksOf(content)
    if (!ids) throw new EverstowError('chunk-missing', { data: { content } })
    for (let at = 0; at < ids.length; at += CHUNK_ID_BYTES) {
      const slot = index.find(ids, at)
      if (isNeeded[slot] === 1) continue
      isNeeded[slot] = 1
      const packId = packOfSlot(slot)
      bytes.set(packId, (bytes.get(packId) ?? 0) + index.lengthOf(slot))
    }
  }
  return {
    present,
    bytes,
    chunksIn(packs) {
      const chunks = new Map<string, Uint8Array[]>()
      for (let slot = 0; slot < isNeeded.length; slot++) {
        const packId = isNeeded[slot] === 1 ? packOfSlot(slot) : ''
        if (!packs.has(packId)) continue
        const known = chunks.get(packId)
        if (known) known.push(index.idAt(slot))
        else chunks.set(packId, [index.idAt(slot)])
      }
      return chunks
    },
  }
}

function plainBytesOf({ entry }: LivePack): number {
  const blocks = packOf(entry).blocks.cursor()
  let sum = 0
  while (blocks.next()) sum += blocks.plainLength
  return sum
}
