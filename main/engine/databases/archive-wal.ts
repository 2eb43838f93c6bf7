import { basename, dirname, join } from 'node:path'
import { getFact, setFact } from '../catalogue/journal.ts'
import { isOffline, spoolLimitBytes } from '../delivery/outbox.ts'
import type { Destination } from '../model/destination.ts'
import { asEverstowError, EverstowError, hasCode } from '../model/errors.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import { openWalHead, sealWal, type WalFacts, walContentId, walKey } from '../repository/format/wal-object.ts'
import { historyName, parseWalName } from '../sources/postgres/wal/wal-name.ts'
import { noteArchiving } from './archiving.ts'
import { type DatabasePlaces, placesOf } from './database-places.ts'
import { deliverQueued } from './deliver-wal.ts'
import type { DatabaseDeps } from './deps.ts'
import { updateDatabase } from './edit-databases.ts'
import { walFactsOf } from './wal-facts.ts'
import { dequeue, enqueue, findQueued, tidyQueue, withdraw } from './wal-queue.ts'
import { MOST_INLINE_BYTES, putWal } from './wal-store.ts'

/** What became of a file that PostgreSQL wanted archived. */
export interface WalArchived {
  readonly name: string
  readonly places: readonly {
    readonly destinationId: string
    /** `same`: it was there already. `waiting`: it is in the queue for this destination. */
    readonly state: 'stored' | 'same' | 'waiting'
    readonly error?: EverstowError
  }[]
}

/** A destination that does not answer in this time must not hold the archiver. */
const PATIENCE_MS = 30_000
/** Once one destination has it, the others get so much longer. */
const GRACE_MS = 3_000
/** A destination that failed is left alone for so long while others answer. */
const REST_MS = 60_000

/**
 * Archives a file of `pg_wal`: sealed once, queued for every destination, and stored in all that answer. Returns once it is durable in at least one; what others
 * lack waits in the queue. Throws what kept it from all of them; PostgreSQL keeps the file then and asks again. The same file again is a success,
 * another file of that name `wal-differs`.
 */
export async function archiveWal(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  path: string,
  signal: AbortSignal,
): Promise<WalArchived> {
  const lock = await lockArchive(deps, database, signal)
  try {
    return await noteArchiving(deps.workspace, database.id, signal, () =>
      archiveWhole(deps, database, path, signal),
    )
  } finally {
    await lock.release()
  }
}

async function archiveWhole(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  path: string,
  signal: AbortSignal,
): Promise<WalArchived> {
  const file = await readWalFrom(deps, database, path)
  if (!file) throw new EverstowError('source-missing', { data: { path } })
  const { facts } = file
  await archiveHistoryBeside(deps, database, path, signal)
  const archived = await archiveFile(deps, database, file, signal)
  if (database.systemId === undefined && facts.systemId !== undefined)
    await updateDatabase(deps.workspace, database.id, { systemId: facts.systemId })
  return archived
}

/** One file at a time: two archivers at once would both seal it. */
async function lockArchive({ workspace }: DatabaseDeps, database: ProtectedDatabase, signal: AbortSignal) {
  const what = `archiving the log of ${database.name}`
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
    return await workspace.lock(`wal-${database.id}`, what, patience)
  } catch (error) {
    if (signal.aborted || asEverstowError(error).code !== 'cancelled') throw error
    throw new EverstowError('already-running', { data: { name: what } })
  }
}

async function readWalFrom(
  { workspace }: DatabaseDeps,
  database: ProtectedDatabase,
  path: string,
): Promise<Prepared | undefined> {
  const { files } = workspace.env
  const name = basename(path)
  const stat = await files.stat(path)
  if (stat?.kind !== 'file') return undefined
  const content = await files.readFile(path)
  return {
    name,
    content,
    facts: walFactsOf({ name, content, closedMs: stat.mtimeMs }, database.systemId),
  }
}

/**
 * A recovered cluster becomes a new timeline while it does not archive yet, so PostgreSQL never hands over that timeline's history; without it nobody can
 * recover along it. It lies beside the segments, and is archived before the first of them.
 */
async function archiveHistoryBeside(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const parsed = parseWalName(basename(path))
  if (!parsed || parsed.kind === 'history' || parsed.timeline === 1) return
  const catalogue = deps.workspace.database
  const fact = `wal-history/${database.id}/${parsed.timeline}`
  if (getFact(catalogue, fact) !== undefined) return
  const history = await readWalFrom(deps, database, join(dirname(path), historyName(parsed.timeline)))
  if (!history) return
  await archiveFile(deps, database, history, signal)
  setFact(catalogue, fact, 'archived')
}

interface Prepared {
  readonly name: string
  readonly content: Uint8Array
  readonly facts: WalFacts
}

async function archiveFile(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  file: Prepared,
  signal: AbortSignal,
): Promise<WalArchived> {
  const { workspace } = deps
  const at = await placesOf(deps, database)
  const key = walKey(database.id, file.name.slice(0, 8), file.name)
  const bytes = await sealedOnce(deps, database, at, key, file)
  try {
    await enqueue(workspace, database, file.name, bytes)
  } catch (error) {
    // The disk is full, perhaps of the very log that is to leave it: it goes to the destinations from memory.
    workspace.env.log.area('databases').warn('not queued', { name: file.name, error: asEverstowError(error) })
  }
  const archived = await storeEverywhere(deps, database, at, { name: file.name, key, bytes }, signal).catch(
    async (error: unknown) => {
      // What a destination refuses because it has another content must not wait for the others.
      if (hasCode(error, 'wal-differs')) await withdraw(workspace, database, file.name)
      throw error
    },
  )
  await tidyQueue(workspace, database, await spoolLimitBytes(workspace))
  return archived
}

/**
 * The object as it was sealed before, where it still waits; else sealed now. Another content that waits for all destinations was never acknowledged, and
 * gives way; one that some destination has is what the name stands for.
 */
async function sealedOnce(
  { workspace }: DatabaseDeps,
  database: ProtectedDatabase,
  { keys }: DatabasePlaces,
  key: string,
  { name, content, facts }: Prepared,
): Promise<Uint8Array> {
  const queued = await findQueued(workspace, database, name)
  if (queued) {
    try {
      if (openWalHead(keys, key, queued.bytes).contentId === walContentId(keys, content)) return queued.bytes
      if (!queued.isEverywhere) throw new EverstowError('wal-differs', { data: { name } })
      await withdraw(workspace, database, name)
    } catch (error) {
      if (!hasCode(error, 'data-damaged')) throw error
      await withdraw(workspace, database, name)
    }
  }
  return sealWal(keys, key, facts, content, { random: workspace.env.random, mostBytes: MOST_INLINE_BYTES })
    .bytes
}

interface SealedFile {
  readonly name: string
  readonly key: string
  readonly bytes: Uint8Array
}

async function storeEverywhere(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  { keys, destinations }: DatabasePlaces,
  { name, key, bytes }: SealedFile,
  signal: AbortSignal,
): Promise<WalArchived> {
  const { workspace, places } = deps
  const outcomes = new Map<string, WalArchived['places'][number]>()
  const one = Promise.withResolvers<void>()
  const ended = new AbortController()

  async function store({ id: destinationId }: Destination): Promise<void> {
    const patience = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(PATIENCE_MS)])
    try {
      const open = await untilAborted(places.open(destinationId), patience)
      const state = await untilAborted(putWal({ store: open, keys, signal: patience }, key, bytes), patience)
      await dequeue(workspace, database.id, destinationId, name)
      outcomes.set(destinationId, { destinationId, state })
      setFact(workspace.database, behindFact(destinationId), undefined)
      one.resolve()
      await deliverQueued(deps, database, destinationId, patience)
    } catch (caught) {
      if (outcomes.has(destinationId)) return
      const error = slow(caught, patience, signal)
      outcomes.set(destinationId, { destinationId, state: 'waiting', error })
      setFact(workspace.database, behindFact(destinationId), String(workspace.env.clock.now()))
      workspace.env.log.area('databases').warn('segment not stored', { name, place: destinationId, error })
    }
  }

  const all = Promise.all(reachable(deps, destinations).map(store))
  await Promise.race([all, one.promise.then(() => workspace.env.clock.sleep(GRACE_MS, signal))])
  ended.abort()
  const said = destinations.map(
    ({ id }) => outcomes.get(id) ?? { destinationId: id, state: 'waiting' as const },
  )
  const refused = said.find(({ error }) => error?.code === 'wal-differs')?.error
  if (refused) throw refused
  if (!said.some(({ state }) => state !== 'waiting'))
    throw said.find(({ error }) => error)?.error ?? new EverstowError('offline')
  places.settleRequests()
  return { name, places: said }
}

const behindFact = (destinationId: string): string => `wal-behind/${destinationId}`

/** Those to try now: without the network only folders; not those that failed a moment ago, as long as there are others. */
function reachable({ workspace }: DatabaseDeps, destinations: readonly Destination[]): Destination[] {
  const { database, env } = workspace
  const allowed = destinations.filter(({ type }) => type === 'local' || !isOffline(workspace))
  const now = env.clock.now()
  const rested = allowed.filter(({ id }) => {
    const failedMs = Number(getFact(database, behindFact(id)) ?? Number.NEGATIVE_INFINITY)
    return now < failedMs || now - failedMs >= REST_MS
  })
  return rested.length > 0 ? rested : allowed
}

/** A mount that hangs does not even notice that it is to stop. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new EverstowError('cancelled'))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

function slow(caught: unknown, patience: AbortSignal, signal: AbortSignal): EverstowError {
  const error = asEverstowError(caught)
  if (error.code !== 'cancelled' || signal.aborted || !patience.aborted) return error
  return new EverstowError('timed-out', { data: { what: 'place' }, cause: error })
}
