import type { LogGuard, PlaceCoverage, ProtectedDatabase } from '../../contract/index.ts'
import type { DestinationCoverage, Engine, LogGuard as LogFacts } from '../../engine/engine.ts'
import type { ProtectedDatabase as Known } from '../../engine/model/protected-database.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import { isoTime } from '../wire/backup-view.ts'
import { storedToWire } from '../wire/wire-error.ts'

/** A database as clients see it. */
export function databaseView(
  engine: Engine,
  { destinationIds, systemId, ...database }: Known,
): ProtectedDatabase {
  const proof = engine.databases.lastProof(database.id)
  return {
    ...database,
    placeIds: [...destinationIds],
    ...(systemId === undefined ? {} : { systemId }),
    ...(proof
      ? { lastProven: { at: isoTime(proof.atMs), ok: proof.ok, tables: proof.tables, rows: proof.rows } }
      : {}),
  }
}

/** Moments are told in whole milliseconds. */
const whole = (ms: number): string => isoTime(Math.floor(ms))

/** What a place gives back of a database. */
export function coverageView(
  { destinationId, timelines, at, bases, waiting, error }: DestinationCoverage,
  nameOf: (destinationId: string) => string,
): PlaceCoverage {
  const usable = new Set(timelines.flatMap(({ reaches }) => reaches.map(({ base }) => base.id)))
  const points = (at?.archive.segments ?? []).flatMap((segment) => segment.points)
  return {
    placeId: destinationId,
    placeName: nameOf(destinationId),
    objects: at?.objects ?? 0,
    storedBytes: at?.storedBytes ?? 0,
    waiting,
    damaged: [...(at?.damaged ?? [])],
    bases: bases.map(({ backup, facts }) => ({
      id: backup.id,
      endedAt: whole(facts.endMs),
      timeline: facts.timeline,
      isUsable: usable.has(backup.id),
      sizeBytes: backup.sourceBytes,
    })),
    timelines: timelines.map(({ timeline, bands, missing }) => ({
      timeline,
      bands: bands.map(({ state, fromMs, toMs, fromLsn, toLsn }) => ({
        state,
        from: whole(fromMs),
        to: whole(toMs),
        fromLsn: lsnText(fromLsn),
        toLsn: lsnText(toLsn),
      })),
      missing: missing.map(({ firstName, lastName, count }) => ({ first: firstName, last: lastName, count })),
    })),
    restorePoints: points
      .sort((a, b) => a.timeUs - b.timeUs)
      .map(({ name, timeUs, lsn }) => ({ name, at: whole(timeUs / 1000), lsn: lsnText(lsn) })),
    ...(error ? { error: storedToWire(storedErrorOf(error)) } : {}),
  }
}

/** How a server is doing with its log. */
export function guardView({
  lastArchivedMs,
  lastFailedMs,
  bytesPerHour,
  freeBytes,
  hoursLeft,
  error,
  ...rest
}: LogFacts): LogGuard {
  return {
    ...rest,
    ...(lastArchivedMs === undefined ? {} : { lastArchivedAt: isoTime(lastArchivedMs) }),
    ...(lastFailedMs === undefined ? {} : { lastFailedAt: isoTime(lastFailedMs) }),
    ...(bytesPerHour === undefined ? {} : { bytesPerHour }),
    ...(freeBytes === undefined ? {} : { freeBytes }),
    ...(hoursLeft === undefined ? {} : { hoursLeft }),
    ...(error ? { error: storedToWire(storedErrorOf(error)) } : {}),
  }
}

function lsnText(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffffffffn).toString(16).toUpperCase()}`
}
