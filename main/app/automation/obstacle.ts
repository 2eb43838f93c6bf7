import type { Sentence } from '../../contract/index.ts'
import type { Configuration, Hold } from '../../engine/engine.ts'
import type { Destination } from '../../engine/model/destination.ts'
import type { Mirror } from '../../engine/model/mirror.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { conditionState, quietUntilMs, type Surroundings } from '../../engine/model/schedule/conditions.ts'
import { followsEvents } from '../../engine/model/schedule/schedule.ts'
import type { AppContext } from '../app-context.ts'
import { guardOver } from '../kept/guard-state.ts'
import { isoTime } from '../wire/backup-view.ts'

/** What is known of the computer, and of single plans. */
export interface PlanSurroundings {
  readonly around: Surroundings
  /** Plans that want to know, and whether one of their places can be reached. */
  readonly reachable: ReadonlyMap<string, boolean | undefined>
  /** A source that is away, of plans that go by what happens to their files. */
  readonly away: ReadonlyMap<string, string>
  /** What keeps mirrors from running, by id: their place, or a guarded plan. */
  readonly barred: ReadonlyMap<string, Sentence>
}

/** What a schedule starts. */
export interface Obstructed {
  readonly id: string
  readonly plan?: Plan
  readonly mirror?: Mirror
}

/** A plan whose source stays away for so long is started all the same, and says by failing that nothing is backed up. */
const AWAY_MS = 24 * 3_600_000

/** What keeps anything that is due from being started; undefined: nothing. */
export function obstacleTo(
  { id, plan }: Obstructed,
  surroundings: PlanSurroundings,
  dueMs: number,
  nowMs: number,
): Sentence | undefined {
  return plan ? obstacleOf(plan, surroundings, dueMs, nowMs) : surroundings.barred.get(id)
}

/** What keeps a plan that is due from being started; undefined: nothing. What nobody can tell keeps nothing from running. */
function obstacleOf(
  plan: Plan,
  surroundings: PlanSurroundings,
  dueMs: number,
  nowMs: number,
): Sentence | undefined {
  const quietMs = plan.quietHours === undefined ? undefined : quietUntilMs(plan.quietHours, nowMs)
  if (quietMs !== undefined) return { key: 'whyNot.quiet', params: { until: isoTime(quietMs) } }
  const around = surroundingsOf(plan, surroundings)
  const unmet = plan.waitFor?.find((condition) => conditionState(condition, around) === 'unmet')
  if (unmet) return { key: `whyNot.wait.${unmet}` }
  const path = surroundings.away.get(plan.id)
  return path === undefined || nowMs - dueMs >= AWAY_MS
    ? undefined
    : { key: 'whyNot.sourceAway', params: { path } }
}

/** What a plan's conditions are held against. */
export function surroundingsOf(
  { id }: Plan,
  { around, reachable: reachableOf }: PlanSurroundings,
): Surroundings {
  const reachable = reachableOf.get(id)
  return reachable === undefined ? around : { ...around, reachable }
}

/** Finds out what the plans want to know, and nothing that none of them does: some of it takes programs and connections. */
export async function surroundingsFor(
  app: AppContext,
  jobs: readonly Obstructed[],
  configuration: Pick<Configuration, 'destinations' | 'plans'>,
): Promise<PlanSurroundings> {
  const { destinations } = configuration
  const plans = jobs.flatMap(({ plan }) => plan ?? [])
  const asks = plans.some(({ waitFor }) => waitFor?.some((condition) => condition !== 'reachable'))
  const reachable = new Map<string, boolean | undefined>()
  const away = new Map<string, string>()
  for (const plan of plans) {
    if (plan.waitFor?.includes('reachable'))
      reachable.set(plan.id, await isAnyReachable(app, plan, destinations))
    if (!followsEvents(plan.schedule)) continue
    const missing = await firstAway(app, plan)
    if (missing !== undefined) away.set(plan.id, missing)
  }
  const barred = await barredMirrors(app, jobs, configuration)
  return { around: asks ? await app.lookAround() : {}, reachable, away, barred }
}

async function barredMirrors(
  { engine }: AppContext,
  jobs: readonly Obstructed[],
  configuration: Pick<Configuration, 'destinations' | 'plans'>,
): Promise<Map<string, Sentence>> {
  const barred = new Map<string, Sentence>()
  for (const { id, mirror } of jobs) {
    if (!mirror || mirror.schedule === 'manual') continue
    const guard = mirror.direction === 'push' ? guardOver(engine, configuration, mirror.folder) : undefined
    const place = configuration.destinations.find((each) => each.id === mirror.destinationId)
    const hold = place && (await engine.places.heldBack(place))
    if (engine.outbox.isOffline()) barred.set(id, { key: 'whyNot.offline' })
    else if (guard) barred.set(id, { key: 'whyNot.guarded', params: { plan: guard.name } })
    else if (hold) barred.set(id, holdSentence(place.name, hold))
  }
  return barred
}

function holdSentence(place: string, { reason, untilMs }: Hold): Sentence {
  if (reason === 'quiet' && untilMs !== undefined)
    return { key: 'whyNot.place.quiet', params: { place, until: isoTime(untilMs) } }
  return { key: `whyNot.place.${reason}`, params: { place } }
}

async function isAnyReachable(
  { engine }: AppContext,
  { destinationIds }: Plan,
  destinations: readonly Destination[],
): Promise<boolean | undefined> {
  const own = destinations.filter(({ id }) => destinationIds.includes(id))
  const found = await Promise.all(own.map(engine.places.isReachable))
  return found.includes(true) || (found.includes(undefined) ? undefined : false)
}

async function firstAway({ engine }: AppContext, { sources }: Plan): Promise<string | undefined> {
  for (const source of sources) if (!(await engine.sources.isHere(source))) return source
  return undefined
}
