import type { Place, ProtectedDatabase } from '../../../contract/index.ts'

/** A database as JSON documents show it; places by name. */
export function databaseRecord(database: ProtectedDatabase, places: readonly Place[]) {
  return {
    id: database.id,
    name: database.name,
    source: database.url,
    places: database.placeIds.map((id) => places.find((place) => place.id === id)?.name ?? id),
    base_schedule: database.baseSchedule,
    keep_days: database.keepDays,
    system_id: database.systemId ?? null,
    last_proven: database.lastProven ?? null,
  }
}
