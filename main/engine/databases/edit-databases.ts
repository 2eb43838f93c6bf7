import type { Workspace } from '../catalogue/workspace.ts'
import { newId } from '../delivery/edit-places.ts'
import { EverstowError } from '../model/errors.ts'
import { parsePostgresSource, postgresSourceText } from '../model/postgres-source.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import { parseSchedule } from '../model/schedule/schedule.ts'
import type { RepoKeys } from '../repository/crypto/repo-keys.ts'
import { aboutKey, sealWal } from '../repository/format/wal-object.ts'
import { forgetArchiving } from './archiving.ts'
import { placesOf } from './database-places.ts'
import type { DatabaseDeps } from './deps.ts'
import { dropQueue } from './wal-queue.ts'
import { MOST_INLINE_BYTES, putWal } from './wal-store.ts'

/** A database as a person describes it. */
export type DatabaseDescription = Omit<ProtectedDatabase, 'id' | 'baseSchedule' | 'systemId'> & {
  readonly baseSchedule: string
}

/**
 * Keeps a new database. Every destination must answer: it gets the repository's keys now, so that what is archived later can be opened with nothing but
 * the destination and a recovery kit.
 */
export async function addDatabase(
  deps: DatabaseDeps,
  description: DatabaseDescription,
  signal: AbortSignal,
): Promise<ProtectedDatabase> {
  const { workspace, repositories } = deps
  const { destinationIds } = description
  if (destinationIds.length === 0) throw new EverstowError('no-places')
  const name = description.name.trim()
  const database: ProtectedDatabase = {
    ...description,
    name,
    url: postgresSourceText(parsePostgresSource(description.url)),
    baseSchedule: parseSchedule(description.baseSchedule),
    id: newId('db', workspace),
  }
  refuseTakenName((await workspace.configuration.read()).databases, name)
  let repositoryId: string | undefined
  for (const destinationId of destinationIds) {
    const wanted = repositoryId === undefined ? {} : { repositoryId }
    const opened = await repositories.open(destinationId, { create: true, ...wanted, signal })
    repositoryId = opened.description.id
  }
  await workspace.configuration.update((current) => {
    refuseTakenName(current.databases, name)
    return { ...current, databases: [...current.databases, database] }
  })
  try {
    await describeEverywhere(deps, database, signal)
  } catch (error) {
    await forget(workspace, database.id)
    throw error
  }
  return database
}

/** What it is called lies beside its objects, for a computer that knows nothing of it. */
async function describeEverywhere(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  signal: AbortSignal,
): Promise<void> {
  const { workspace, places } = deps
  const { keys, destinations } = await placesOf(deps, database)
  const { key, bytes } = sealedAbout(workspace, keys, database)
  for (const destination of destinations)
    await putWal({ store: await places.open(destination.id), keys, signal }, key, bytes)
}

/** The object that says what a database is called. */
export function sealedAbout(
  { env }: Pick<Workspace, 'env'>,
  keys: RepoKeys,
  { id, name, url, baseSchedule, keepDays }: ProtectedDatabase,
): { readonly key: string; readonly bytes: Uint8Array } {
  const about = Buffer.from(JSON.stringify({ version: 1, id, name, url, baseSchedule, keepDays }))
  const facts = { kind: 'about', closedMs: env.clock.now() } as const
  const key = aboutKey(id)
  const options = { random: env.random, mostBytes: MOST_INLINE_BYTES }
  return { key, bytes: sealWal(keys, key, facts, about, options).bytes }
}

/** A database by id or by name, whatever its case. */
export async function findDatabase(workspace: Workspace, idOrName: string): Promise<ProtectedDatabase> {
  const { databases } = await workspace.configuration.read()
  const wanted = idOrName.toLocaleLowerCase()
  const database =
    databases.find(({ id }) => id === idOrName) ??
    databases.find(({ name }) => name.toLocaleLowerCase() === wanted)
  if (!database) throw new EverstowError('unknown-database', { data: { name: idOrName } })
  return database
}

/** Changes what is kept of a database. */
export async function updateDatabase(
  workspace: Workspace,
  id: string,
  change: Partial<Pick<ProtectedDatabase, 'systemId' | 'keepDays' | 'baseSchedule'>>,
): Promise<void> {
  await workspace.configuration.update((current) => ({
    ...current,
    databases: current.databases.map((each) => (each.id === id ? { ...each, ...change } : each)),
  }))
}

/** Ends the protection of a database. What lies in its destinations stays; what still waits here is given up. */
export async function removeDatabase(workspace: Workspace, id: string): Promise<void> {
  await findDatabase(workspace, id)
  await forget(workspace, id)
  await dropQueue(workspace, id)
  forgetArchiving(workspace, id)
}

async function forget(workspace: Workspace, id: string): Promise<void> {
  await workspace.configuration.update((current) => ({
    ...current,
    databases: current.databases.filter((each) => each.id !== id),
  }))
}

function refuseTakenName(databases: readonly ProtectedDatabase[], name: string): void {
  if (databases.some((each) => each.name.toLocaleLowerCase() === name.toLocaleLowerCase()))
    throw new EverstowError('name-taken', { data: { name } })
}
