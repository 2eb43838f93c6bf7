import { hash } from 'node:crypto'
import { asEverstowError } from '../../model/errors.ts'
import { indexKey, slotKey, snapKey } from '../../repository/format/keys-of-objects.ts'
import { parseSlotFile } from '../../repository/keys/slot-file.ts'
import { sealedCachePath } from '../../repository/read/sealed-cache.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import type { BadObject } from './findings.ts'
import { readObject } from './read-object.ts'

/**
 * Puts segments, snapshots, slots, records and `repo.json` back under their own keys, with the bytes they had: from this computer's cache or another place,
 * proven by their hash. The same key is right here: the log refers to it, so nothing may ever delete it, and the bytes are the same. Answers what is still
 * bad.
 */
export async function healObjects(
  place: UpkeepPlace,
  others: readonly UpkeepPlace[],
  bad: readonly BadObject[],
  signal: AbortSignal,
): Promise<BadObject[]> {
  const left: BadObject[] = []
  // The last records first: each proves the one before it.
  for (const object of bad.filter(({ kind }) => kind === 'log').toSorted((one, other) => other.b - one.b)) {
    if (await mendRecord(place, object.b, signal)) tell(place, object)
    else left.push(object)
  }
  for (const object of bad) {
    if (object.kind === 'log') continue
    const bytes = await findGood(place, others, object, signal)
    if (!bytes) {
      left.push(object)
      continue
    }
    await place.repository.store.put(object.key, bodyOfBytes(bytes), { purpose: 'meta', signal })
    tell(place, object)
  }
  return left
}

function tell({ env, name }: UpkeepPlace, { key }: BadObject): void {
  env.log.area('verify').info('object healed', { place: name, key })
}

/** Where the record behind is bad as well (a check passes over that one), it comes first. */
async function mendRecord(place: UpkeepPlace, pos: number, signal: AbortSignal): Promise<boolean> {
  const { log } = place.repository
  const mended = await log.mend(pos, signal)
  if (mended !== 'beyond' || pos >= log.state.pos) return mended === 'mended'
  return (await mendRecord(place, pos + 1, signal)) && (await log.mend(pos, signal)) === 'mended'
}

async function findGood(
  place: UpkeepPlace,
  others: readonly UpkeepPlace[],
  object: BadObject,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const cached = await fromCache(place, object)
  if (cached && isGood(object, cached)) return cached
  for (const other of others) {
    const key = keyAt(other, object)
    if (key === undefined) continue
    try {
      const bytes = await readObject(other.repository.store, key, signal)
      if (isGood(object, bytes)) return bytes
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      place.env.log.area('verify').debug('object not had from this place', { place: other.name, key, error })
    }
  }
  return undefined
}

async function fromCache(
  { cacheFolder, env }: UpkeepPlace,
  { kind, id }: BadObject,
): Promise<Uint8Array | undefined> {
  if (kind !== 'index' && kind !== 'snap') return undefined
  const path = sealedCachePath(cacheFolder, kind, id)
  return (await env.files.stat(path)) ? env.files.readFile(path) : undefined
}

/** The key of the same object in another place. */
function keyAt({ repository }: UpkeepPlace, { kind, id, key }: BadObject): string | undefined {
  const { state } = repository.log
  if (kind === 'repo') return key
  if (kind === 'slot') return slotKey(id)
  const b =
    kind === 'index' ? state.segments.get(id) : kind === 'snap' ? state.snapshots.get(id)?.b : undefined
  if (b === undefined) return undefined
  return kind === 'index' ? indexKey(id, b) : snapKey(id, b)
}

function isGood({ kind, id }: BadObject, bytes: Uint8Array): boolean {
  if (kind !== 'slot') return hash('sha256', bytes, 'hex') === id
  try {
    parseSlotFile(bytes)
    return true
  } catch {
    // Damaged there as well.
    return false
  }
}
