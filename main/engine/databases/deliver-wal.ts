import { hash } from 'node:crypto'
import { isOffline } from '../delivery/outbox.ts'
import { asEverstowError, type EverstowError, hasCode } from '../model/errors.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import type { RepoKeys } from '../repository/crypto/repo-keys.ts'
import { openWal, openWalHead, ownerOfBeside, walKey, walPrefix } from '../repository/format/wal-object.ts'
import { readSmallObject } from '../repository/log/log-home.ts'
import { listAll } from '../repository/upkeep/list-all.ts'
import { bodyOfBytes } from '../storage/body.ts'
import { placesOf } from './database-places.ts'
import type { DatabaseDeps } from './deps.ts'
import { dequeue, listQueued, queuedPath } from './wal-queue.ts'
import { putWal } from './wal-store.ts'

/** Brings what waits for one destination there; how many. What another archiver brought meanwhile counts, too. */
export async function deliverQueued(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  destinationId: string,
  signal: AbortSignal,
): Promise<number> {
  const { workspace, places } = deps
  const names = await listQueued(workspace, database.id, destinationId)
  if (names.length === 0) return 0
  const { keys } = await placesOf(deps, database)
  const store = await places.open(destinationId)
  let delivered = 0
  let refused: EverstowError | undefined
  for (const name of names) {
    const path = queuedPath(workspace, database.id, destinationId, name)
    const bytes = await workspace.env.files.readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (!bytes) continue
    try {
      await putWal({ store, keys, signal }, walKey(database.id, name.slice(0, 8), name), bytes)
    } catch (error) {
      // One that is refused must not keep the others.
      if (hasCode(error, 'wal-differs')) {
        refused ??= error
        continue
      }
      if (!hasCode(error, 'data-damaged')) throw error
      // A file that rotted in the queue is worth nothing; what other destinations have is brought from there.
      workspace.env.log.area('databases').error('queued segment is damaged', { name, error })
    }
    await dequeue(workspace, database.id, destinationId, name)
    delivered++
  }
  if (refused) throw refused
  return delivered
}

/** How it went with one destination. */
export interface WalDelivery {
  readonly destinationId: string
  readonly delivered: number
  readonly remaining: number
  readonly error?: EverstowError
}

/** Brings everything to every destination: first what waits here, then what another destination has and this one lacks. */
export async function deliverWal(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  signal: AbortSignal,
): Promise<WalDelivery[]> {
  const { workspace, places } = deps
  const { destinations } = await placesOf(deps, database)
  const deliveries: WalDelivery[] = []
  for (const { id, type } of destinations) {
    if (type !== 'local' && isOffline(workspace)) continue
    let delivered = 0
    let error: EverstowError | undefined
    try {
      delivered = await deliverQueued(deps, database, id, signal)
      delivered += await bringFromOthers(deps, database, id, signal)
    } catch (caught) {
      error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
    }
    const remaining = (await listQueued(workspace, database.id, id)).length
    deliveries.push({ destinationId: id, delivered, remaining, ...(error ? { error } : {}) })
  }
  places.settleRequests()
  return deliveries
}

const LARGEST_STORED_BYTES = 1100 * 1024 * 1024

async function bringFromOthers(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  destinationId: string,
  signal: AbortSignal,
): Promise<number> {
  const { workspace, places } = deps
  const { keys: repoKeys, destinations } = await placesOf(deps, database)
  const store = await places.open(destinationId)
  const have = await keysAt(deps, database, destinationId, signal)
  let brought = 0
  for (const { id: otherId, type } of destinations) {
    if (otherId === destinationId || (type !== 'local' && isOffline(workspace))) continue
    let keys: ReadonlySet<string>
    try {
      keys = await keysAt(deps, database, otherId, signal)
    } catch (error) {
      workspace.env.log.area('databases').warn('log not listed', { place: otherId, error })
      continue
    }
    const other = await places.open(otherId)
    // A content that lies beside its head is copied before the head: its key has more letters, so it would come after.
    const lacking = [...keys].filter((key) => !have.has(key))
    lacking.sort((a, b) => Number(ownerOfBeside(b) !== undefined) - Number(ownerOfBeside(a) !== undefined))
    for (const key of lacking) {
      const bytes = await readSmallObject(other, key, LARGEST_STORED_BYTES, signal)
      if (!bytes || !isSound(repoKeys, key, bytes)) continue
      await store.put(key, bodyOfBytes(bytes), { purpose: 'data', signal })
      have.add(key)
      brought++
    }
  }
  return brought
}

/** What one destination lets rot must not spread. */
function isSound(keys: RepoKeys, key: string, bytes: Uint8Array): boolean {
  try {
    if (ownerOfBeside(key) !== undefined) return key.includes(hash('sha256', bytes, 'hex'))
    if (openWalHead(keys, key, bytes).beside === undefined) openWal(keys, key, bytes)
    return true
  } catch (error) {
    if (hasCode(error, 'data-damaged')) return false
    throw error
  }
}

async function keysAt(
  { places }: DatabaseDeps,
  database: ProtectedDatabase,
  destinationId: string,
  signal: AbortSignal,
): Promise<Set<string>> {
  const keys = new Set<string>()
  for await (const { key } of listAll(await places.open(destinationId), walPrefix(database.id), signal))
    keys.add(key)
  return keys
}
