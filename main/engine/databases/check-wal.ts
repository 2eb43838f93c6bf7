import { getFact, setFact } from '../catalogue/journal.ts'
import { isOffline } from '../delivery/outbox.ts'
import { inParallel } from '../env/in-parallel.ts'
import { asEverstowError, EverstowError, hasCode } from '../model/errors.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import type { RepoKeys } from '../repository/crypto/repo-keys.ts'
import { aboutKey, openWal, ownerOfBeside, walPrefix } from '../repository/format/wal-object.ts'
import { listAll } from '../repository/upkeep/list-all.ts'
import { parseWalName } from '../sources/postgres/wal/wal-name.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { chooseInTurn } from './choose-in-turn.ts'
import { damagedWal, noteDamagedWal } from './damaged-wal.ts'
import { placesOf } from './database-places.ts'
import type { DatabaseDeps } from './deps.ts'
import { sealedAbout } from './edit-databases.ts'
import { near } from './fetch-wal.ts'
import { findQueued } from './wal-queue.ts'
import { nameOf, readWalHead, readWholeWal, replaceWal } from './wal-store.ts'

/** How a check of stored logs is narrowed, watched and stopped. */
export interface CheckWalOptions {
  readonly destinationId?: string
  /** So much of what each destination has, in turn. */
  readonly percent: number
  /** Replaces what is damaged where another destination, or the queue, has it whole. */
  readonly heal: boolean
  readonly signal: AbortSignal
  readonly onBytes?: (bytes: number) => void
}

/** What reading the log of a database back from one destination said. */
export interface WalChecked {
  readonly destinationId: string
  /** Files that were read. */
  readonly objects: number
  readonly storedBytes: number
  /** Names of files that are not what was stored, in order. */
  readonly damaged: readonly string[]
  readonly healed: number
  /** Those of them that are whole nowhere: all other destinations were asked. */
  readonly lost: readonly string[]
  readonly error: EverstowError | undefined
}

/** Segments are large: a few at a time fit into memory. */
const AT_ONCE = 2

/**
 * Reads what the destinations of a database have of its log back, byte for byte, side by side. What an earlier check found damaged is read again whatever the
 * part. Base backups are snapshots, which checks of the repository read.
 */
export async function checkWal(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  options: CheckWalOptions,
): Promise<WalChecked[]> {
  const { destinations } = await deps.workspace.configuration.read()
  const wanted = destinations.filter(
    ({ id }) =>
      database.destinationIds.includes(id) && (options.destinationId ?? id) === id && options.percent > 0,
  )
  const checked = await Promise.all(
    wanted.map(async ({ id, type }) => {
      const found: Found = { objects: 0, storedBytes: 0, damaged: [], healed: 0, lost: [] }
      let error: EverstowError | undefined
      try {
        if (type !== 'local' && isOffline(deps.workspace)) throw new EverstowError('offline')
        await checkAt(deps, database, id, options, found)
      } catch (caught) {
        error = asEverstowError(caught)
        if (error.code === 'cancelled') throw error
      }
      return { destinationId: id, ...found, damaged: found.damaged.sort(), lost: found.lost.sort(), error }
    }),
  )
  deps.places.settleRequests()
  return checked
}

interface Found {
  objects: number
  storedBytes: number
  readonly damaged: string[]
  healed: number
  readonly lost: string[]
}

async function checkAt(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  destinationId: string,
  { percent, heal, signal, onBytes }: CheckWalOptions,
  found: Found,
): Promise<void> {
  const catalogue = deps.workspace.database
  const { keys } = await placesOf(deps, database)
  const store = await deps.places.open(destinationId)
  const at = { store, keys, signal }
  const stored = await storedFiles(store, database.id, signal)
  const turnFact = `wal-read/${database.id}/${destinationId}`
  const { chosen, last } = chooseInTurn(stored, percent, getFact(catalogue, turnFact))
  const about = aboutKey(database.id)
  const before = damagedWal(catalogue, database.id, destinationId)
  const again = stored.filter((each) => before.includes(each.key) && !chosen.includes(each))
  const saidOf = (key: string) => (key === about ? key : nameOf(key))
  const remaining: string[] = []
  await inParallel(
    [{ key: about, sizeBytes: 0 }, ...again, ...chosen],
    AT_ONCE,
    async ({ key, sizeBytes }) => {
      const isSound = await isWhole(key)
      found.objects++
      found.storedBytes += sizeBytes
      onBytes?.(sizeBytes)
      if (isSound) return
      found.damaged.push(saidOf(key))
      const { bytes, isSure } = await findWhole(deps, database, destinationId, keys, key, signal)
      if (bytes && heal) {
        await replaceWal(at, key, bytes)
        if (await isWhole(key)) {
          found.healed++
          return
        }
      }
      remaining.push(key)
      if (!bytes && isSure) found.lost.push(saidOf(key))
    },
  )
  noteDamagedWal(catalogue, database.id, destinationId, remaining)
  setFact(catalogue, turnFact, last)

  async function isWhole(key: string): Promise<boolean> {
    try {
      // What was tidied away since it was listed is no damage; what says whose log it is never goes.
      return (await readWholeWal(at, key)) !== undefined || key !== about
    } catch (error) {
      if (!hasCode(error, 'data-damaged')) throw error
      return key !== about && !(await isThere(key))
    }
  }

  async function isThere(key: string): Promise<boolean> {
    try {
      return (await readWalHead(at, key)) !== undefined
    } catch (error) {
      if (hasCode(error, 'data-damaged')) return true
      throw error
    }
  }
}

/** What lies there of a log, in the order of its keys; content that lies beside its head counts with it. */
async function storedFiles(store: ObjectStore, databaseId: string, signal: AbortSignal) {
  const sizes = new Map<string, number>()
  const beside = new Map<string, number>()
  for await (const { key, sizeBytes } of listAll(store, walPrefix(databaseId), signal)) {
    const owner = ownerOfBeside(key)
    if (owner !== undefined) beside.set(owner, (beside.get(owner) ?? 0) + sizeBytes)
    else if (parseWalName(nameOf(key))) sizes.set(key, sizeBytes)
  }
  return [...sizes]
    .map(([key, sizeBytes]) => ({ key, sizeBytes: sizeBytes + (beside.get(key) ?? 0) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

/**
 * The same file, whole, from anywhere else: the queue, then the other destinations, the nearest first. Another content under its name is no copy of it.
 * `isSure`: everybody was asked.
 */
async function findWhole(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  destinationId: string,
  keys: RepoKeys,
  key: string,
  signal: AbortSignal,
): Promise<{ readonly bytes?: Uint8Array; readonly isSure: boolean }> {
  const { workspace, places } = deps
  if (key === aboutKey(database.id))
    return { bytes: sealedAbout(workspace, keys, database).bytes, isSure: true }
  const { destinations } = await placesOf(deps, database)
  const contentId = await contentIdAt(await places.open(destinationId))
  const isSame = (head: { readonly contentId: string }) => (contentId ?? head.contentId) === head.contentId
  let isSure = true
  const queued = await findQueued(workspace, database, nameOf(key))
  if (queued && isCopy(queued.bytes)) return { bytes: queued.bytes, isSure }
  for (const { id, type } of near(destinations.filter((each) => each.id !== destinationId))) {
    try {
      if (type !== 'local' && isOffline(workspace)) throw new EverstowError('offline')
      const whole = await readWholeWal({ store: await places.open(id), keys, signal }, key)
      if (whole && isSame(whole.head)) return { bytes: whole.bytes, isSure }
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      if (error.code !== 'data-damaged') isSure = false
    }
  }
  return { isSure }

  /** What the damaged object still says of its content. */
  async function contentIdAt(store: ObjectStore): Promise<string | undefined> {
    try {
      return (await readWalHead({ store, keys, signal }, key))?.contentId
    } catch (error) {
      if (hasCode(error, 'data-damaged')) return undefined
      throw error
    }
  }

  function isCopy(bytes: Uint8Array): boolean {
    try {
      return isSame(openWal(keys, key, bytes).head)
    } catch (error) {
      if (hasCode(error, 'data-damaged')) return false
      throw error
    }
  }
}
