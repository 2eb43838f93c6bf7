import { localDay } from '../../engine/model/thin-samples.ts'
import type { AppContext } from '../app-context.ts'

/** Measures how much lies in these places where nobody did today. */
export async function sampleOnceADay(
  { engine }: Pick<AppContext, 'engine'>,
  placeIds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const today = localDay(engine.env.clock.now())
  const destinationIds = placeIds.filter((id) => engine.health.samples(id).at(-1)?.day !== today)
  if (destinationIds.length > 0) await engine.health.sample({ destinationIds, signal })
}
