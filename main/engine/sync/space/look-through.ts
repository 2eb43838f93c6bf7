import { EverstowError } from '../../model/errors.ts'
import { throwIfCancelled } from '../../storage/cancel.ts'
import type { LivePack } from './holdings.ts'
import { packOf } from './holdings.ts'
import type { OpenSpace } from './open-space.ts'
import { chunkText } from './pack-builder.ts'
import { allObjects, slotAges } from './slot-ages.ts'
import { packsPrefix, spacePackKey } from './space-keys.ts'
import type { SweepOptions } from './sweep.ts'

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

/** Looks what of a space nobody needs. The replica has just followed. `object-missing` where a pack is gone that should be there. */
export async function lookThrough(
  space: OpenSpace,
  { windowMs = 30 * DAY_MS, packAgeMs = 7 * DAY_MS, graceMs = DAY_MS, signal }: SweepOptions,
): Promise<Looked> {
  const { holdings, options } = space.parts
  const ages = await slotAges(options.store, options.spaceId, space.replica.head)
  const sizes = await packsThere(space, signal)
  const windowSlot = ages.lastBefore(windowMs)
  const needed = neededChunks(space, windowSlot)
  const oldest = ages.lastBefore(packAgeMs)

  const condemn: Looked['condemn'][number][] = []
  let waits = [...holdings.history].some(([content, slot]) => slot > windowSlot && !needed.tree.has(content))
  let repackedBytes = 0
  for (const [packId, pack] of holdings.packs) {
    const { bytes = 0, ids = [] } = needed.packs.get(packId) ?? {}
    if (bytes > 0 && bytes * 2 >= plainBytesOf(pack)) continue
    const isTooMuch = repackedBytes + bytes > MOST_REPACKED_BYTES || condemn.length >= MOST_PACKS
    if (pack.slot > oldest || isTooMuch) waits = true
    else {
      repackedBytes += bytes
      condemn.push({ packId, sizeBytes: pack.sizeBytes, living: ids })
    }
  }
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

/** The packs that lie there. A live one that is missing says that something is wrong with the place: then nothing may go, it could be the last copy of what was lost. */
async function packsThere(
  { parts }: OpenSpace,
  signal: AbortSignal | undefined,
): Promise<Map<string, PackThere>> {
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
      there.get(packId) ?? (await options.store.head(spacePackKey(options.spaceId, packId), signal))
    if (known.sizeBytes !== sizeBytes)
      throw new EverstowError('data-damaged', { data: { what: 'pack', packId, reason: 'size' } })
  }
  return there
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

interface NeededChunks {
  /** Contents of the tree. */
  readonly tree: ReadonlySet<string>
  readonly packs: ReadonlyMap<string, { readonly bytes: number; readonly ids: readonly Uint8Array[] }>
}

/** What each pack holds that must stay: for the tree, or because it left the tree after this slot. */
function neededChunks({ replica, parts }: OpenSpace, windowSlot: number): NeededChunks {
  const { holdings } = parts
  const { index } = holdings
  const tree = new Set<string>()
  for (const { content } of replica.tree.nodes.values()) if (content !== undefined) tree.add(content)
  const recent = [...holdings.history].flatMap(([content, slot]) => (slot > windowSlot ? content : []))
  const packs = new Map<string, { bytes: number; readonly ids: Uint8Array[] }>()
  const seen = new Set<string>()
  for (const content of new Set([...tree, ...recent])) {
    const ids = holdings.chunksOf(content)
    if (!ids) throw new EverstowError('chunk-missing', { data: { content } })
    for (let at = 0; at < ids.length; at += 32) {
      const id = ids.slice(at, at + 32)
      if (seen.has(chunkText(id))) continue
      seen.add(chunkText(id))
      const slot = index.find(id)
      const packId = Buffer.from(index.packs.idOf(index.blocks.packOf(index.blockOf(slot)))).toString('hex')
      const pack = packs.get(packId) ?? { bytes: 0, ids: [] }
      packs.set(packId, pack)
      pack.bytes += index.lengthOf(slot)
      pack.ids.push(id)
    }
  }
  return { tree, packs }
}

function plainBytesOf({ entry }: LivePack): number {
  const blocks = packOf(entry).blocks.cursor()
  let sum = 0
  while (blocks.next()) sum += blocks.plainLength
  return sum
}
