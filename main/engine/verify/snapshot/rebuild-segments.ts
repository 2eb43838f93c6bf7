import { hash } from 'node:crypto'
import { asEverstowError } from '../../model/errors.ts'
import { packKey, parseObjectKey } from '../../repository/format/keys-of-objects.ts'
import { sealSegment } from '../../repository/format/sealed-segment.ts'
import { expireSession } from '../../repository/log/expire-sessions.ts'
import { putSegment } from '../../repository/log/put-segment.ts'
import { isPackLive } from '../../repository/log/state-queries.ts'
import { listAll } from '../../repository/upkeep/list-all.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { entryOfPack } from '../../repository/upkeep/pack-entry.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import { readObject } from './read-object.ts'

/** Where a pack of a lost segment may be had. */
interface Found {
  readonly place: UpkeepPlace
  readonly key: string
}

/**
 * Brings back what index segments listed that nobody has good any more. The packs that their sessions stored in any place tell it themselves, in their
 * trailers: each is proven by its id, stored anew under a session of its own, and listed in a new segment. Answers how many packs are in the index again.
 */
export async function rebuildSegments(
  place: UpkeepPlace,
  others: readonly UpkeepPlace[],
  segIds: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const { repository, env, name } = place
  const { log, keys, store } = repository
  const packs = await packsOfSegments(place, others, segIds, signal)
  if (packs.size === 0) return 0
  const b = await log.beginSession('heal', signal)
  try {
    const entries: Uint8Array[] = []
    const drop: string[] = []
    for (const [packId, found] of packs) {
      const bytes = await firstGood(place, packId, found, signal)
      if (!bytes) continue
      const entry = entryOfPack(keys, packId, bytes)
      await store.put(packKey(packId, b), bodyOfBytes(bytes), { sha256: packId, purpose: 'data', signal })
      entries.push(entry)
      drop.push(packId)
    }
    const idx: string[] = []
    if (entries.length > 0) {
      const segment = sealSegment(keys, entries, env.random)
      await putSegment(store, segment, b, signal)
      idx.push(segment.id)
    }
    // What lies under the old keys goes by the ordinary purge: dropped here means dropped where it was brought before.
    await log.repackSession({ b, body: { b, idx, drop }, recheck: async () => 'ok', signal })
    env.log.area('verify').info('segments rebuilt', { place: name, packs: drop.length })
    return drop.length
  } catch (error) {
    await expireSession(log, b).catch((cause) =>
      env.log
        .area('verify')
        .warn('session not ended', { place: name, session: b, error: asEverstowError(cause) }),
    )
    throw error
  }
}

/**
 * Takes segments out of the index that nobody has any more. Only when everything that snapshots need is in the index by other segments, or called lost: what
 * they listed besides is needed by nobody.
 */
export async function retireSegments(
  { repository }: UpkeepPlace,
  segIds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { log } = repository
  const b = await log.beginSession('heal', signal)
  const body = { b, idx: [], drop: [], gone: segIds }
  await log.repackSession({ b, body, recheck: async () => 'ok', signal })
}

/** The packs under the sessions that brought the segments, in whichever place, which this place's index does not have. */
async function packsOfSegments(
  place: UpkeepPlace,
  others: readonly UpkeepPlace[],
  segIds: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Found[]>> {
  const { index, log } = place.repository
  const packs = new Map<string, Found[]>()
  for (const source of [place, ...others]) {
    const { segments } = source.repository.log.state
    /** `b` there → `b` here. */
    const sessions = new Map<number, number>()
    for (const segId of segIds) {
      const [there, here] = [segments.get(segId), log.state.segments.get(segId)]
      if (there !== undefined && here !== undefined) sessions.set(there, here)
    }
    for await (const { key } of listAll(source.repository.store, 'data/', signal)) {
      const parsed = parseObjectKey(key)
      const here = parsed?.type === 'pack' ? sessions.get(parsed.b) : undefined
      if (parsed?.type !== 'pack' || here === undefined) continue
      const pack = index.packs.find(Buffer.from(parsed.id, 'hex'))
      const isIndexed = pack >= 0 && index.packs.isPresent(pack) && index.packs.stateOf(pack) === 'live'
      if (isIndexed || !isPackLive(log.state, parsed.id, here)) continue
      packs.set(parsed.id, [...(packs.get(parsed.id) ?? []), { place: source, key }])
    }
  }
  return packs
}

async function firstGood(
  { env }: UpkeepPlace,
  packId: string,
  found: readonly Found[],
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  for (const { place, key } of found) {
    try {
      const bytes = await readObject(place.repository.store, key, signal)
      if (hash('sha256', bytes, 'hex') === packId) return bytes
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      env.log.area('verify').debug('pack not had from this place', { place: place.name, key, error })
    }
  }
  return undefined
}
