import type { Destination } from '../../engine/model/destination.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { lookAtConnection } from '../../engine/model/schedule/connection.ts'
import { rhythmOf } from '../../engine/model/schedule/schedule.ts'
import type { AppContext } from '../app-context.ts'
import { connectionOf, keepConnection } from '../kept/due-times.ts'

/** Notes which drives are there, for the plans that want to know: a look at each folder, nothing more. */
export async function lookForDrives(
  app: AppContext,
  plans: readonly Plan[],
  destinations: readonly Destination[],
): Promise<void> {
  const wanted = plans.filter(({ schedule }) => rhythmOf(schedule).kind === 'connect')
  for (const plan of wanted) await lookForDrivesOf(app, plan, destinations)
}

async function lookForDrivesOf(
  { engine }: AppContext,
  plan: Plan,
  destinations: readonly Destination[],
): Promise<void> {
  const own = destinations.filter(({ id }) => plan.destinationIds.includes(id))
  const folders = own.filter(({ type }) => type === 'local')
  const places = await hereOf(folders, ({ id }) => id, engine.places.isReachable)
  const sources = await hereOf(plan.sources, (source) => `source ${source}`, engine.sources.isHere)
  // Places elsewhere are no drives: copies for them wait here until they can be reached.
  const hasPlace = places.length > 0 || folders.length < own.length
  const isUsable = hasPlace && sources.length === plan.sources.length
  const before = connectionOf(engine, plan.id)
  const now = engine.env.clock.now()
  keepConnection(engine, plan.id, lookAtConnection(before, [...places, ...sources], isUsable, now))
}

async function hereOf<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  isHere: (item: Item) => Promise<boolean | undefined>,
): Promise<string[]> {
  const found = await Promise.all(items.map(isHere))
  return items.flatMap((item, at) => (found[at] ? [nameOf(item)] : []))
}
