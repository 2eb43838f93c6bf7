import type { Destination } from '../model/destination.ts'
import { EverstowError } from '../model/errors.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import type { RepoKeys } from '../repository/crypto/repo-keys.ts'
import type { DatabaseDeps } from './deps.ts'

/** Where a database's objects lie, and the keys that seal them. */
export interface DatabasePlaces {
  readonly keys: RepoKeys
  readonly destinations: readonly Destination[]
}

/** Asks no destination: an archiver must not wait for one. */
export async function placesOf(
  { workspace, repositories }: DatabaseDeps,
  database: ProtectedDatabase,
): Promise<DatabasePlaces> {
  const { destinations: all } = await workspace.configuration.read()
  const destinations = all.filter(({ id }) => database.destinationIds.includes(id))
  const repositoryId = destinations.find((each) => each.repositoryId !== undefined)?.repositoryId
  if (destinations.length === 0 || repositoryId === undefined)
    throw new EverstowError('no-places', { data: { name: database.name } })
  const { keys } = await repositories.identity(repositoryId)
  return { keys, destinations }
}
