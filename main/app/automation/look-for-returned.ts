import type { Destination } from '../../engine/model/destination.ts'
import type { AppContext } from '../app-context.ts'

/** A place that answers but took no copies is tried again after so long, then when everything that waits is. */
const TRIES_MS = [1, 5, 15].map((minutes) => minutes * 60_000)

/** It was not there at all when copies were sent last; whatever else went wrong went wrong with a place that answers. */
const AWAY: ReadonlySet<string | undefined> = new Set(['network-unreachable', 'place-missing-folder'])

interface Waiting {
  /** Nothing answered there when it was last looked at. */
  readonly isAway: boolean
  /** Since when copies wait, or the last try. */
  readonly sinceMs: number
  readonly tries: number
}

/** Notices that a place for which copies wait can be reached again: they need not wait for their hour. */
export function lookForReturned({
  engine,
}: AppContext): (places: readonly Destination[]) => Promise<boolean> {
  const waiting = new Map<string, Waiting>()

  /** Whether it should be tried now. */
  async function lookAt(place: Destination, wasAway: boolean): Promise<boolean> {
    const now = engine.env.clock.now()
    const { isAway, sinceMs, tries } = waiting.get(place.id) ?? { isAway: wasAway, sinceMs: now, tries: 0 }
    const isHere = (await engine.places.isReachable(place)) !== false
    const waitMs = TRIES_MS[tries]
    const isTime = isHere && (isAway || (waitMs !== undefined && now - sinceMs >= waitMs))
    waiting.set(place.id, {
      isAway: !isHere,
      sinceMs: isTime ? now : sinceMs,
      tries: isTime && !isAway ? tries + 1 : tries,
    })
    return isTime
  }

  return async (places) => {
    const behind = new Set(
      engine.backups.holdings().flatMap((row) => (row.behind > 0 ? row.destinationId : [])),
    )
    const health = new Map(engine.places.health().map((row) => [row.destinationId, row]))
    const isWaiting = ({ id }: Destination) => behind.has(id) && health.get(id)?.state === 'waiting'
    const looked = engine.outbox.isOffline() ? [] : places.filter(isWaiting)
    for (const id of [...waiting.keys()]) if (!looked.some((place) => place.id === id)) waiting.delete(id)
    const due = await Promise.all(
      looked.map((place) => lookAt(place, AWAY.has(health.get(place.id)?.error?.code))),
    )
    return due.includes(true)
  }
}
