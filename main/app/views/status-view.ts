import {
  type ApiState,
  type Finding,
  type Place,
  type Run,
  type Sentence,
  type Status,
  StatusLevel,
} from '../../contract/index.ts'
import type { Configuration, Engine } from '../../engine/engine.ts'
import { localDay } from '../../engine/model/keeping/thin-samples.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { rhythmOf } from '../../engine/model/schedule/schedule.ts'
import { failingChannels } from '../channels/channel-state.ts'
import { alarmSentence } from '../guard/alarm-sentence.ts'
import { logFindings } from '../health/log-findings.ts'
import { openAlarms } from '../kept/guard-state.ts'
import { pausedUntil } from '../kept/paused.ts'
import { isoTime } from '../wire/backup-view.ts'
import { lastDays } from '../wire/last-days.ts'
import { mirrorProblems } from './mirror-problems.ts'
import { placeUrl } from './place-view.ts'
import { planDueMs } from './plan-view.ts'
import { syncProblems } from './sync-problems.ts'

type Problem = Status['problems'][number]

const DAY_MS = 86_400_000
/** A drive that comes seldom is fine; one that does not come at all is told. */
const DRIVE_DAYS = 14
const WORST_LAST = StatusLevel.options

/**
 * The verdict over everything that is set up, from verified facts only. The worst finding wins, also while something is at work: a place that is
 * away is calm (`waiting`), one that refuses wants a person (`attention`), a plan whose last run failed stays `failed` until a later one succeeds.
 */
export function statusView(
  engine: Engine,
  configuration: Configuration,
  places: readonly Place[],
  runs: readonly Run[],
  api: ApiState,
): Status {
  const now = engine.env.clock.now()
  const totals = engine.backups.totals()
  const counts = copiesOfNewest(engine, configuration)
  const problems = [
    ...openAlarms(engine, configuration).map(unusualChange),
    ...configuration.plans.flatMap((plan) => planProblems(engine, plan, now)),
    ...places.flatMap(placeProblems),
    ...places.flatMap((place) => budgetProblems(engine, place)),
    ...logFindings(engine, configuration, now).map(logProblem),
    ...failingChannels(engine, configuration).map(channelProblem),
    ...apiProblems(api),
    ...syncProblems(engine, configuration),
    ...mirrorProblems(engine, configuration, runs),
    ...safetyNotes(engine, configuration),
  ].sort((a, b) => WORST_LAST.indexOf(b.level) - WORST_LAST.indexOf(a.level))
  const paused = pausedUntil(engine)
  const working = runs.find(({ state }) => state === 'running')
  const worst = problems.find(
    ({ level }) => level === 'failed' || level === 'attention' || level === 'waiting',
  )
  const empty = configuration.plans.length === 0 && totals.backups === 0

  const verdict = ((): { level: StatusLevel; sentence: Sentence } => {
    if (worst && worst.level !== 'waiting') return worst
    if (working)
      return { level: 'working', sentence: { key: 'status.working', params: { what: working.label } } }
    if (paused === 'forever') return { level: 'paused', sentence: { key: 'status.pausedForever' } }
    if (paused !== undefined)
      return { level: 'paused', sentence: { key: 'status.paused', params: { until: isoTime(paused) } } }
    if (worst) return worst
    if (empty || totals.backups === 0) return { level: 'empty', sentence: { key: 'status.empty' } }
    return {
      level: 'protected',
      sentence: { key: counts.total === 1 ? 'status.protectedOne' : 'status.protected', params: counts },
    }
  })()

  const dues = configuration.plans.flatMap((plan) => planDueMs(engine, plan) ?? [])
  return {
    level: verdict.level,
    sentence: verdict.sentence,
    problems,
    lastBackupAt: totals.lastMs === undefined ? undefined : isoTime(totals.lastMs),
    nextRunAt: dues.length === 0 ? undefined : isoTime(Math.max(now, Math.min(...dues))),
    copiesCurrent: counts.current,
    copiesTotal: counts.total,
    pausedUntil: paused === undefined || paused === 'forever' ? undefined : isoTime(paused),
    secretStore: engine.env.secrets.kind,
    offline: engine.outbox.isOffline(),
    days: lastThirtyDays(engine, now),
  }
}

/** Good copies of the newest backup of every plan (or of the newest of all, where there is no plan), and how many there should be. */
function copiesOfNewest(engine: Engine, { plans }: Configuration): { current: number; total: number } {
  const newest =
    plans.length > 0
      ? plans.flatMap(({ id }) => engine.backups.list({ planId: id, limit: 1, offset: 0 }).backups)
      : engine.backups.list({ limit: 1, offset: 0 }).backups
  const copies = newest.flatMap(({ id }) => engine.backups.copies(id))
  return { current: copies.filter(({ state }) => state === 'synced').length, total: copies.length }
}

/** What is backed up may be spoiled; what was backed up before is not. */
function unusualChange({ plan, alarm }: ReturnType<typeof openAlarms>[number]): Problem {
  return {
    id: `unusual-change/${plan.id}`,
    level: 'failed',
    sentence: alarmSentence(plan.name, alarm),
    planId: plan.id,
    backupId: alarm.backupId,
  }
}

function planProblems(engine: Engine, plan: Plan, now: number): Problem[] {
  const [last] = engine.backups.list({ planId: plan.id, limit: 1, offset: 0 }).backups
  const outcome = engine.history.lastOutcome(plan.id)
  const problem = (level: StatusLevel, sentence: Sentence): Problem => ({
    id: `plan/${plan.id}`,
    level,
    sentence,
    planId: plan.id,
    ...(last ? { backupId: last.id } : {}),
  })
  if (outcome === 'failed') return [problem('failed', { key: 'status.failed', params: { plan: plan.name } })]
  if (!last)
    return plan.schedule === 'manual' || isOfDrive(plan)
      ? [problem('waiting', { key: 'status.neverRan', params: { plan: plan.name } })]
      : []
  const damaged = engine.backups
    .copies(last.id)
    .some(({ state }) => state === 'damaged' || state === 'missing')
  if (damaged) return [problem('attention', { key: 'status.damaged', params: { plan: plan.name } })]
  if (last.state === 'incomplete')
    return [
      problem('attention', {
        key: 'status.incomplete',
        params: { count: last.skippedCount, plan: plan.name },
      }),
    ]
  const days = Math.floor((now - last.createdMs) / DAY_MS)
  const due = planDueMs(engine, plan)
  const isStale = due === undefined ? isOfDrive(plan) && days >= DRIVE_DAYS : now - due > 3 * DAY_MS
  return isStale ? [problem('attention', { key: 'status.stale', params: { days, plan: plan.name } })] : []
}

/** Runs only when a drive comes: nothing is overdue where it stays away. */
function isOfDrive({ schedule }: Plan): boolean {
  return rhythmOf(schedule).kind === 'connect'
}

/** More lies there than a person wanted, as it was measured last. */
function budgetProblems(engine: Engine, { id, name, budgetBytes }: Place): Problem[] {
  const storedBytes = engine.health.samples(id).at(-1)?.bytes
  if (budgetBytes === undefined || storedBytes === undefined || storedBytes <= budgetBytes) return []
  const sentence = { key: 'report.budget', params: { place: name, storedBytes, budgetBytes } }
  return [{ id: `budget/${id}`, level: 'attention', sentence, placeId: id }]
}

function logProblem({ id, level, sentence }: Finding): Problem {
  return { id, level: level === 'failing' ? 'failed' : 'attention', sentence }
}

function placeProblems(place: Place): Problem[] {
  const { state, error } = place.health
  if (state !== 'failed' && state !== 'waiting') return []
  const params = { place: place.name, count: place.behind }
  const waiting = state === 'waiting'
  const key = waiting ? 'status.waiting' : place.behind > 0 ? 'status.behind' : 'status.placeFailed'
  return [
    {
      id: `place/${place.id}`,
      level: waiting ? 'waiting' : 'attention',
      sentence: { key, params },
      placeId: place.id,
      ...(error ? { error } : {}),
    },
  ]
}

/** Backups are as safe as before, but nobody would hear of it if they were not. */
function channelProblem({ id, name }: { readonly id: string; readonly name: string }): Problem {
  return {
    id: `channel/${id}`,
    level: 'attention',
    sentence: { key: 'status.channelFailed', params: { channel: name } },
  }
}

/** Programs that start backups, or watch them, find nobody. */
function apiProblems({ error, port }: ApiState): Problem[] {
  if (!error) return []
  return [{ id: 'api', level: 'attention', sentence: { key: 'status.apiFailed', params: { port } }, error }]
}

/** What is safe today but should be known: one place only, secrets in a plain file. They never turn the verdict. */
function safetyNotes(engine: Engine, { destinations, plans, repositories }: Configuration): Problem[] {
  const notes: Problem[] = []
  const [only] = destinations
  if (destinations.length === 1 && only && plans.length > 0)
    notes.push({
      id: 'one-place',
      level: 'protected',
      sentence: { key: 'status.onePlace', params: { place: placeUrl(only) } },
    })
  for (const { id, kitConfirmedAt } of repositories)
    if (kitConfirmedAt === undefined && destinations.some(({ repositoryId }) => repositoryId === id))
      notes.push({ id: `kit/${id}`, level: 'protected', sentence: { key: 'status.kitMissing' } })
  if (engine.outbox.isOffline())
    notes.push({ id: 'offline', level: 'waiting', sentence: { key: 'status.offline' } })
  if (engine.env.secrets.kind === 'plain-file')
    notes.push({ id: 'plain-secrets', level: 'protected', sentence: { key: 'status.plainSecrets' } })
  return notes
}

function lastThirtyDays(engine: Engine, now: number): Status['days'] {
  const days = lastDays(now, 30).map((date) => ({ date, backups: 0, failures: 0, bytes: 0 }))
  const byDate = new Map(days.map((day) => [day.date, day]))
  for (const entry of engine.history.since(now - 30 * DAY_MS)) {
    const day = byDate.get(localDay(entry.atMs))
    if (!day) continue
    if (entry.outcome === 'failed') day.failures++
    else if (entry.kind === 'backup' && entry.outcome !== 'cancelled') {
      day.backups++
      day.bytes += entry.bytes ?? 0
    }
  }
  return days
}
