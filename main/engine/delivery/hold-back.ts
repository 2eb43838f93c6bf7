import type { Clock } from '../env/clock.ts'
import type { Destination } from '../model/destination.ts'
import { EverstowError, hasCode } from '../model/errors.ts'
import { isPaused } from './follow-week.ts'

/** Why a destination takes no copies now. */
export interface Hold {
  readonly reason: 'limits' | 'quiet' | 'mains' | 'unmetered' | 'online'
  /** Milliseconds since 1970, where that is known. */
  readonly untilMs?: number
}

/** A policy: what holds copies for a destination back now; undefined: nothing. */
export type HoldBack = (destination: Destination) => Promise<Hold | undefined>

/** How often it is asked while copies are on their way. */
const LOOK_MS = 15_000

/** The hour of the week holds back whatever else a policy may say. */
export function withWeek(clock: Clock, policy: HoldBack | undefined): HoldBack {
  return async (destination) =>
    isPaused(destination, clock.now()) ? { reason: 'limits' } : policy?.(destination)
}

/** Works for a destination until something holds it back, which is `place-paused`; not at all when something does already. */
export async function unlessHeld<T>(
  destination: Destination,
  heldBack: HoldBack,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const pause = new AbortController()
  let hold: Hold | undefined
  const look = async () => {
    hold ??= await heldBack(destination)
    if (hold) pause.abort()
  }
  await look()
  if (signal.aborted) throw new EverstowError('cancelled')
  const stopLooking = clock.every(LOOK_MS, () => void look())
  try {
    if (!pause.signal.aborted) return await work(AbortSignal.any([signal, pause.signal]))
  } catch (error) {
    if (!pause.signal.aborted || signal.aborted || !hasCode(error, 'cancelled')) throw error
  } finally {
    stopLooking()
  }
  throw paused(destination, hold)
}

function paused({ name }: Destination, hold: Hold | undefined): EverstowError {
  const until = hold?.untilMs === undefined ? {} : { until: new Date(hold.untilMs).toISOString() }
  return new EverstowError('place-paused', { data: { place: name, reason: hold?.reason, ...until } })
}
