import { hash } from 'node:crypto'
import { asEverstowError } from '../../model/errors.ts'
import { indexKey, slotKey, snapKey } from '../../repository/format/keys-of-objects.ts'
import { parseSlotFile } from '../../repository/keys/slot-file.ts'
import { sealedCachePath } from '../../repository/read/sealed-cache.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { BadObject } from './findings.ts'

/**
 * Puts segments, snapshots, slots and `repo.json` back under their own keys, with the bytes they had: from this computer's cache or another place, proven
 * by their hash. The same key is right here: the log refers to it, so nothing may ever delete it, and the bytes are the same. Answers what is still bad.
 */
export async function healObjects(
  place: UpkeepPlace,
  others: readonly UpkeepPlace[],
  bad: readonly BadObject[],
  signal: AbortSignal,
): Promise<BadObject[]> {
  const left: BadObject[] = []
  for (const object of bad) {
    const bytes = await findGood(place, others, object, signal)
    if (!bytes) {
      left.push(object)
      continue
    }
    await place.repository.store.put(object.key, bodyOfBytes(bytes), { purpose: 'meta', signal })
    place.env.log.area('verify').info('object healed', { place: place.name, key: object.key })
  }
  return left
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
      const bytes = await read(other.repository.store, key, signal)
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

/** The key of the same object in another place. Records of a log are that log's alone. */
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

async function read(store: ObjectStore, key: string, signal: AbortSignal): Promise<Uint8Array> {
  const { body } = await store.get(key, { signal })
  return Buffer.concat((await Array.fromAsync(body)) as Buffer[])
}
