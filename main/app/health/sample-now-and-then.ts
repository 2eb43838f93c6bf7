import { localDay } from '../../engine/model/keeping/thin-samples.ts'
import type { AppContext } from '../app-context.ts'

/** The last sample of a day is the one that is kept of it. */
const FRESH_MS = 3_600_000

/** Measures how much lies in these places, where nobody did today or within the hour. */
export async function sampleNowAndThen(
  { engine }: Pick<AppContext, 'engine'>,
  placeIds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const nowMs = engine.env.clock.now()
  const isFresh = (id: string): boolean => {
    const last = engine.health.samples(id).at(-1)
    return last !== undefined && last.day === localDay(nowMs) && nowMs - last.atMs < FRESH_MS
  }
  const destinationIds = placeIds.filter((id) => !isFresh(id))
  if (destinationIds.length > 0) await engine.health.sample({ destinationIds, signal })
}
