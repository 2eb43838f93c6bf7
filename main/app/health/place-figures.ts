import type { PlaceHealth } from '../../contract/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Destination } from '../../engine/model/destination.ts'
import { isoTime } from '../wire/backup-view.ts'
import { costOf, meteredMonths } from './cost.ts'
import { pricesOf } from './price-of.ts'

/** What was measured of a place: what lies there, how that grew, what it was asked, and what that costs. */
export function placeFigures(
  engine: Engine,
  place: Destination,
  nowMs: number,
): Omit<PlaceHealth, 'verdict'> {
  const samples = engine.health.samples(place.id)
  const last = samples.at(-1)
  const [month, monthBefore] = meteredMonths(nowMs)
  const requests = usageIn(month)
  return {
    placeId: place.id,
    placeName: place.name,
    type: place.type,
    ...(last ? { stored: { bytes: last.bytes, at: isoTime(last.atMs) } } : {}),
    trend: samples.map(({ day, bytes }) => ({ date: day, bytes })),
    requests: { month, ...requests },
    cost: costOf({
      prices: pricesOf(place),
      samples,
      thisMonth: requests,
      lastMonth: usageIn(monthBefore),
      nowMs,
    }),
  }

  function usageIn(name: string) {
    const rows = engine.places.requestsIn(name).filter(({ destinationId }) => destinationId === place.id)
    const of = (kind: string) => rows.find((row) => row.kind === kind)
    const count = (kind: string) => of(kind)?.requests ?? 0
    return {
      read: count('read'),
      write: count('write'),
      list: count('list'),
      delete: count('delete'),
      readBytes: of('read')?.bytes ?? 0,
      writeBytes: of('write')?.bytes ?? 0,
    }
  }
}
