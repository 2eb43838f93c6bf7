import type { Settings } from '../../contract/index.ts'
import type { Configuration } from '../../engine/engine.ts'
import type { Mirror } from '../../engine/model/mirror.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { parseSchedule } from '../../engine/model/schedule/schedule.ts'
import type { AppContext } from '../app-context.ts'
import { lastStartMs, type Timed, timed } from '../kept/due-times.ts'
import { startBackup } from '../work/backup-work.ts'
import { startMirror } from '../work/mirror-work.ts'
import { startCleanup, startPush, startVerify } from '../work/other-work.ts'
import { startPrune } from '../work/prune-work.ts'
import { startBase, startDatabaseTidy } from '../work/recover-work.ts'
import { startDrill } from '../work/snapshot-work.ts'

/** Work that is started by itself. */
export interface Job extends Timed {
  readonly plan?: Plan
  readonly mirror?: Mirror
  /** Starts it; gives the ids of its runs. None: there is nothing to do. */
  start(): readonly string[]
}

/** Everything that was stored is read again within this time, however seldom the computer is on: the promise is 90 days. */
const SCRUB_DAYS = 60
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
/** What a check reads at the least, in percent. */
const LEAST_PERCENT = 0.5
/** Files that a drill restores in each place. */
const DRILL_FILES = 20
/** So long after it was forgotten a snapshot can be brought back. */
const GRACE_HOURS = 72

/** What people call it; what has no name goes by its id. */
export const nameOf = ({ id, plan, mirror }: Job): string => (plan ?? mirror)?.name ?? id

/** Everything that has a schedule, as it is set up now. */
export function jobsOf(app: AppContext, configuration: Configuration, settings: Settings): Job[] {
  const { engine } = app
  const { plans, destinations, databases, mirrors } = configuration

  function care(id: string, schedule: string): Timed {
    const known = timed(engine, id, parseSchedule(schedule))
    // None of these is urgent on a computer that is new to it.
    return { ...known, lastStartMs: known.lastStartMs ?? known.sinceMs }
  }

  const jobs: Job[] = plans.map((plan) => ({
    ...timed(engine, plan.id, plan.schedule),
    plan,
    start: () => [
      startBackup(app, {
        plan,
        sources: plan.sources,
        destinations: destinations.filter(({ id }) => plan.destinationIds.includes(id)),
        exclude: plan.exclude,
        excludePresets: plan.excludePresets,
        format: plan.format,
        ...(plan.compression ? { compression: plan.compression } : {}),
      }),
    ],
  }))
  for (const database of databases) {
    const { plan } = engine.databases.baseOrder(database, destinations)
    jobs.push({
      ...timed(engine, database.id, database.baseSchedule),
      plan,
      start: () => [startBase(app, database, destinations)],
    })
  }
  for (const mirror of mirrors)
    jobs.push({
      ...timed(engine, mirror.id, mirror.schedule),
      mirror,
      // Many deletions wait for a person.
      start: () => [startMirror(app, mirror, false)],
    })
  const { pushIntervalSeconds, autoSync, verifySchedule, cleanupSchedule, drillSchedule } = settings
  if (autoSync)
    jobs.push({
      ...care('push', `every:${Math.max(1, Math.round((pushIntervalSeconds * 1_000) / MINUTE_MS))}m`),
      start: () =>
        databases.length > 0 || engine.backups.holdings().some(({ behind }) => behind > 0)
          ? [startPush(app)]
          : [],
    })
  const hasBackups = engine.backups.totals().backups > 0
  const hasSnapshots = destinations.some(({ repositoryId }) => repositoryId !== undefined)
  jobs.push({
    ...care('verify', verifySchedule),
    start: () => (hasBackups ? [startVerify(app, { percent: partToVerify(app), heal: true })] : []),
  })
  jobs.push({
    ...care('cleanup', cleanupSchedule),
    start: () => [
      ...(plans.some(({ keepDays, format }) => keepDays !== undefined && format === 'archive')
        ? [startCleanup(app, { dryRun: false, evenHeld: false })]
        : []),
      // More than a person would expect is asked about first, so it waits for one.
      ...(hasSnapshots && hasRules(configuration)
        ? [startPrune(app, { dryRun: false, graceHours: GRACE_HOURS, confirmed: false, evenHeld: false })]
        : []),
      ...databases.map(({ id }) => startDatabaseTidy(app, id, false)),
    ],
  })
  jobs.push({
    ...care('drill', drillSchedule),
    start: () => (hasSnapshots && hasBackups ? [startDrill(app, { files: DRILL_FILES })] : []),
  })
  return jobs
}

/** Percent of the stored bytes that the next check reads: the longer ago the last one was, the more. */
function partToVerify({ engine }: AppContext): number {
  const last = lastStartMs(engine, 'verify')
  if (last === undefined) return LEAST_PERCENT
  const days = (engine.env.clock.now() - last) / DAY_MS
  return Math.min(100, Math.max(LEAST_PERCENT, (days / SCRUB_DAYS) * 100))
}

function hasRules({ plans, destinations }: Configuration): boolean {
  const isRuled = ({ keep, keepAt, keepDays, format }: Plan) =>
    format === 'snapshot' && (keep !== undefined || keepAt !== undefined || keepDays !== undefined)
  return plans.some(isRuled) || destinations.some(({ budgetBytes }) => budgetBytes !== undefined)
}
