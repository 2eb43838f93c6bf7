import type { StoragePlace, StorageReport } from '../../contract/index.ts'
import type { Configuration, Engine } from '../../engine/engine.ts'
import type { Destination } from '../../engine/model/destination.ts'
import { placeFigures } from '../health/place-figures.ts'
import { isoTime } from '../wire/backup-view.ts'
import { paceOf, roomOf } from './room.ts'
import { placeVerdict, storageVerdict } from './storage-verdict.ts'

/** How much lies where and when space runs out, from what this computer knows; of places, only disks are asked, for what is free. */
export async function storageReport(engine: Engine, configuration: Configuration): Promise<StorageReport> {
  const nowMs = engine.env.clock.now()
  const places = await Promise.all(
    configuration.destinations.map((place) => storagePlace(engine, place, nowMs)),
  )
  const storedBytes = places.reduce((sum, { stored }) => sum + (stored?.bytes ?? 0), 0)
  return { at: isoTime(nowMs), ...storageVerdict(places, storedBytes, nowMs), storedBytes, places }
}

async function storagePlace(engine: Engine, place: Destination, nowMs: number): Promise<StoragePlace> {
  const { placeId, placeName, type, stored, trend, cost } = placeFigures(engine, place, nowMs)
  const { budgetBytes } = place
  const disk = await diskOf(engine, place)
  const pace = paceOf(engine.health.samples(place.id), nowMs)
  const storedBytes = stored?.bytes
  const room = roomOf({ storedBytes, budgetBytes, freeBytes: disk?.freeBytes, pace }, nowMs)
  const savings = storedBytes === undefined ? undefined : savingsIn(engine, place.id, storedBytes)
  const bounds = {
    ...(budgetBytes === undefined ? {} : { budgetBytes }),
    ...(disk ? { disk } : {}),
    ...(room ? { room } : {}),
  }
  return {
    placeId,
    placeName,
    type,
    verdict: placeVerdict(bounds, nowMs),
    trend,
    cost,
    ...bounds,
    ...(stored ? { stored } : {}),
    ...(pace === undefined ? {} : { pace }),
    ...(savings ? { savings } : {}),
  }
}

/** A disk that is away is not asked: another one may stand at its path. */
async function diskOf(engine: Engine, place: Destination): Promise<StoragePlace['disk']> {
  if (place.type !== 'local' || place.path === undefined) return undefined
  if (!(await engine.places.isReachable(place))) return undefined
  return engine.env.files.space(place.path).catch(() => undefined)
}

/** What lies there holds so much data; the rest of what the backups would take one by one was known already. */
function savingsIn(engine: Engine, placeId: string, storedBytes: number): StoragePlace['savings'] {
  const held = engine.backups.heldData().find(({ destinationId }) => destinationId === placeId)
  if (!held || held.backups === 0) return undefined
  const { backups, sourceBytes, compressedTo } = held
  if (compressedTo === undefined || compressedTo === 0) return { backups, sourceBytes }
  const dataBytes = Math.min(sourceBytes, Math.round(storedBytes / compressedTo))
  return {
    backups,
    sourceBytes,
    knownBytes: sourceBytes - dataBytes,
    compressedBytes: Math.max(0, dataBytes - storedBytes),
  }
}
