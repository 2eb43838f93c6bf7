import type { Finding } from '../../contract/index.ts'
import type { Configuration, Engine } from '../../engine/engine.ts'
import { knownSinceMs } from '../kept/due-times.ts'
import { databaseFindings } from './findings.ts'

/** What is wrong with the logs of protected databases, from what this computer noted while it archived and checked them; asks no server. */
export function logFindings(
  engine: Engine,
  { databases, destinations }: Pick<Configuration, 'databases' | 'destinations'>,
  nowMs: number,
): Finding[] {
  return databases.flatMap(({ id, name, systemId, destinationIds }) => {
    const { lastMs, failingSinceMs } = engine.databases.archiving(id)
    const facts = {
      id,
      name,
      sinceMs: knownSinceMs(engine, id) ?? nowMs,
      // A computer that was set up anew knows the cluster, though not when it last archived.
      hasEverArchived: lastMs !== undefined || systemId !== undefined,
      failingSinceMs,
      damaged: destinations.flatMap((place) => {
        const count = destinationIds.includes(place.id) ? engine.databases.damagedAt(id, place.id) : 0
        return count > 0 ? [{ placeId: place.id, place: place.name, count }] : []
      }),
    }
    return databaseFindings(facts, nowMs)
  })
}
