import { inParallel } from '../../env/in-parallel.ts'
import { asEverstowError } from '../../model/errors.ts'
import { packKey, parseObjectKey } from '../../repository/format/keys-of-objects.ts'
import { decodeSegment } from '../../repository/format/segment.ts'
import { createDeletionRule } from '../../repository/log/deletion-rule.ts'
import type { State } from '../../repository/log/state.ts'
import { isPackLive } from '../../repository/log/state-queries.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import type { ListedObject } from './list-objects.ts'

/** What can be deleted in a destination, and what will be. */
export interface Deletable {
  readonly objects: readonly ListedObject[]
  /** Bytes of packs that are swept and can still be brought back. */
  readonly laterBytes: number
  /** Keys that nobody knows; they are never deleted. */
  readonly unknown: number
}

/** Judges every listed object by the log (V5, V6, G7). */
export async function findDeletable(
  place: UpkeepPlace,
  listed: readonly ListedObject[],
  signal?: AbortSignal,
): Promise<Deletable> {
  const { state } = place.repository.log
  const indexed = await indexedPacks(place, state, doubtfulSessions(place, state, listed), signal)
  const verdictOf = createDeletionRule(state, (b) => indexed.get(b))
  const objects: ListedObject[] = []
  let laterBytes = 0
  let unknown = 0
  for (const object of listed) {
    if (isInIndex(place, object.key)) continue
    const verdict = verdictOf(object.key)
    if (verdict === 'unknown') unknown++
    else if (verdict === 'delete') objects.push(object)
    else if (isSwept(state, object.key)) laterBytes += object.sizeBytes
  }
  return { objects, laterBytes, unknown }
}

const DELETES_AT_ONCE = 8

/** Deletes objects that `findDeletable` gave. Whatever is left over is found by the next one, here or elsewhere. */
export async function deleteObjects(
  { repository }: UpkeepPlace,
  objects: readonly ListedObject[],
  signal?: AbortSignal,
): Promise<void> {
  await inParallel(objects, DELETES_AT_ONCE, ({ key }) => repository.store.delete(key, signal))
}

/** Packs that the index reads from under this very key stay without further questions. */
function isInIndex({ repository }: UpkeepPlace, key: string): boolean {
  const name = parseObjectKey(key)
  if (name?.type !== 'pack') return false
  const { packs } = repository.index
  const pack = packs.find(Buffer.from(name.id, 'hex'))
  return pack >= 0 && packs.beganAt(pack) === name.b && isPackLive(repository.log.state, name.id, name.b)
}

function isSwept(state: State, key: string): boolean {
  const name = parseObjectKey(key)
  return name?.type === 'pack' && state.swept.has(name.id) && key === packKey(name.id, name.b)
}

/** Finished sessions with a pack here that the index does not read: only their segments tell whether it belongs to them. */
function doubtfulSessions(place: UpkeepPlace, state: State, listed: readonly ListedObject[]): Set<number> {
  const sessions = new Set<number>()
  for (const { key } of listed) {
    const name = parseObjectKey(key)
    if (name?.type !== 'pack' || state.swept.has(name.id) || isInIndex(place, key)) continue
    if (state.sessions.get(name.b)?.done !== undefined) sessions.add(name.b)
  }
  return sessions
}

/** The packs that sessions took into the index; a session is left out while one of its segments cannot be read. */
async function indexedPacks(
  { sealed, env, name }: UpkeepPlace,
  state: State,
  sessions: ReadonlySet<number>,
  signal: AbortSignal | undefined,
): Promise<Map<number, Set<string>>> {
  const found = new Map([...sessions].map((b) => [b, new Set<string>()]))
  for (const [segId, b] of state.segments) {
    const packs = found.get(b)
    if (!packs) continue
    try {
      for (const { packId } of decodeSegment(await sealed.open('index', segId, b, signal)))
        packs.add(Buffer.from(packId).toString('hex'))
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      env.log
        .area('maintenance')
        .warn('segment unreadable, its session’s packs stay', { place: name, segment: segId, error })
      found.delete(b)
    }
  }
  return found
}
