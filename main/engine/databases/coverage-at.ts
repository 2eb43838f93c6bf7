import { copiesOf } from '../catalogue/backups.ts'
import { isOffline } from '../delivery/outbox.ts'
import { asEverstowError, EverstowError } from '../model/errors.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import { coverageOf, type TimelineCoverage } from '../sources/postgres/wal/coverage.ts'
import { archivedBase, basesOf, type KnownBase, type ReadFile } from './base-facts.ts'
import { placesOf } from './database-places.ts'
import type { DatabaseDeps } from './deps.ts'
import { type ArchiveAt, readArchive } from './read-archive.ts'
import { listQueued } from './wal-queue.ts'

/** What one destination gives back of a database. */
export interface DestinationCoverage {
  readonly destinationId: string
  readonly timelines: readonly TimelineCoverage[]
  readonly at: ArchiveAt | undefined
  readonly bases: readonly KnownBase[]
  /** Segments of this computer that it has not got yet. */
  readonly waiting: number
  readonly error: EverstowError | undefined
}

/** What each destination of a database gives back, each for itself: one that has half of it protects half. */
export async function coverageAt(
  deps: DatabaseDeps,
  readFile: ReadFile,
  database: ProtectedDatabase,
  signal: AbortSignal,
  destinationId?: string,
): Promise<DestinationCoverage[]> {
  const { workspace, places } = deps
  const { keys, destinations } = await placesOf(deps, database)
  const all = await basesOf(deps, readFile, database.id)
  const found: DestinationCoverage[] = []
  for (const { id, type } of destinations) {
    if (destinationId !== undefined && id !== destinationId) continue
    const bases = all.filter(({ backup }) =>
      copiesOf(workspace.database, backup.id).some(
        (copy) => copy.destinationId === id && copy.state === 'synced',
      ),
    )
    const waiting = (await listQueued(workspace, database.id, id)).length
    const known = { destinationId: id, bases, waiting }
    try {
      if (type !== 'local' && isOffline(workspace)) throw new EverstowError('offline')
      const store = await places.open(id)
      const at = await readArchive(
        deps,
        { store, keys, destinationId: id },
        database.id,
        bases.map(archivedBase),
        signal,
      )
      found.push({ ...known, timelines: coverageOf(at.archive), at, error: undefined })
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      found.push({ ...known, timelines: [], at: undefined, error })
    }
  }
  if (destinationId !== undefined && found.length === 0)
    throw new EverstowError('unknown-place', { data: { name: destinationId } })
  places.settleRequests()
  return found
}
