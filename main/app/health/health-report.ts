import type { Finding, HealthReport, Incident, PlanHealth } from '../../contract/index.ts'
import type { Configuration, Engine, HistoryEntry } from '../../engine/engine.ts'
import type { Destination } from '../../engine/model/destination.ts'
import { newestCredibleMs, staleAfterMs } from '../../engine/model/keeping/staleness.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { failingChannels } from '../channels/channel-state.ts'
import { alarmSentence } from '../guard/alarm-sentence.ts'
import { knownSinceMs, sinceMs } from '../kept/due-times.ts'
import { guardState } from '../kept/guard-state.ts'
import { damagedBackups } from '../kept/known-damage.ts'
import { isoTime } from '../wire/backup-view.ts'
import {
  ageMs,
  channelFinding,
  isStale,
  type PlaceFacts,
  type PlanFacts,
  placeFindings,
  planFindings,
  verdictOf,
  worstFirst,
} from './findings.ts'
import { incidentView } from './incidents.ts'
import { logFindings } from './log-findings.ts'
import { placeFigures } from './place-figures.ts'
import { recoveryTime } from './recovery-time.ts'
import { daysOf, quantile, ratesOf, savingsOf } from './statistics.ts'

const DAY_MS = 86_400_000
/** A little more than the strip of 30 days: it begins at midnight. */
const HISTORY_MS = 31 * DAY_MS
/** Restores and drills of a place that are looked at. */
const MEASURES = 40
/** More backups than a plan makes in 30 days, unless it makes one every ten minutes. */
const MOST_BACKUPS = 5_000
const SOLVED_MS = 7 * DAY_MS

/** What all parts of a report look at. */
interface Ground {
  readonly engine: Engine
  readonly nowMs: number
  readonly history: readonly HistoryEntry[]
  readonly proven: ReturnType<Engine['health']['provenCopies']>
  readonly measures: ReturnType<Engine['health']['restoreMeasures']>
  readonly proofs: ReturnType<Engine['proofs']>
}

/** How it stands with everything that is set up, from what this computer knows; asks no place. */
export function healthReport(engine: Engine, configuration: Configuration): HealthReport {
  const nowMs = engine.env.clock.now()
  const { plans, destinations } = configuration
  const ground: Ground = {
    engine,
    nowMs,
    history: engine.history.since(nowMs - HISTORY_MS).filter(({ kind }) => kind === 'backup'),
    proven: engine.health.provenCopies(newestCredibleMs(nowMs)),
    measures: engine.health.restoreMeasures(MEASURES),
    proofs: engine.proofs(),
  }
  const planFacts = plans.map((plan) => factsOfPlan(ground, plan, destinations))
  const placeFacts = factsOfPlaces(ground, destinations)
  const ofPlans = planFacts.map((facts) => planFindings(facts, nowMs))
  const ofPlaces = placeFacts.map(placeFindings)
  const ofChannels = failingChannels(engine, configuration).map(channelFinding)
  const ofDatabases = logFindings(engine, configuration, nowMs)
  const findings = worstFirst([...ofPlans.flat(), ...ofPlaces.flat(), ...ofDatabases, ...ofChannels])
  const [worst] = findings
  return {
    at: isoTime(nowMs),
    verdict: plans.length === 0 && !worst ? 'attention' : verdictOf(findings),
    hasDamage: findings.some(({ isDamage }) => isDamage),
    sentence:
      worst?.sentence ??
      (plans.length === 0
        ? { key: 'report.nothing' }
        : { key: 'report.healthy', params: { count: plans.length } }),
    findings,
    plans: plans.map((plan, at) => planHealth(ground, plan, planFacts[at]!, ofPlans[at] ?? [])),
    places: destinations.map((place, at) => ({
      ...placeFigures(engine, place, nowMs),
      verdict: verdictOf(ofPlaces[at] ?? []),
    })),
    incidents: incidentsOf(engine, nowMs),
  }
}

function factsOfPlan(
  { engine, proven, proofs }: Ground,
  plan: Plan,
  destinations: readonly Destination[],
): PlanFacts {
  const [newest] = engine.backups.list({ planId: plan.id, limit: 1, offset: 0 }).backups
  const { alarm } = guardState(engine, plan.id)
  const planSinceMs = sinceMs(engine, plan.id)
  return {
    id: plan.id,
    name: plan.name,
    staleAfterMs: staleAfterMs(plan),
    lastRunFailed: engine.history.lastOutcome(plan.id) === 'failed',
    unreadFiles: newest?.state === 'incomplete' ? newest.skippedCount : undefined,
    newestBackupId: newest?.id,
    unusual: alarm && alarmSentence(plan.name, alarm),
    places: destinations
      .filter(({ id }) => plan.destinationIds.includes(id))
      .map(({ id, name }) => ({
        id,
        name,
        provenMs: proven.find((copy) => copy.planId === plan.id && copy.destinationId === id)?.madeMs,
        // Nothing could come to a place before it was there.
        sinceMs: Math.max(planSinceMs, knownSinceMs(engine, id) ?? 0),
        drillFailed: proofs.some(
          (proof) => proof.planId === plan.id && proof.destinationId === id && !proof.ok,
        ),
      })),
  }
}

function factsOfPlaces({ engine }: Ground, destinations: readonly Destination[]): PlaceFacts[] {
  const health = engine.places.health()
  const damage = engine.health.knownDamage()
  return destinations.map(({ id, name, budgetBytes }) => {
    const known = damage.find(({ destinationId }) => destinationId === id)
    return {
      id,
      name,
      hasRefused: health.some((row) => row.destinationId === id && row.state === 'failed'),
      damagedCopies: Math.max((known?.copies ?? 0) + damagedBackups(engine, id), known?.objects ? 1 : 0),
      storedBytes: engine.health.samples(id).at(-1)?.bytes,
      budgetBytes,
    }
  })
}

function planHealth(
  { engine, nowMs, history, proven, measures }: Ground,
  plan: Plan,
  facts: PlanFacts,
  findings: readonly Finding[],
): PlanHealth {
  const runs = history.filter(({ planId }) => planId === plan.id)
  const ended = runs.filter(({ outcome }) => outcome === 'done' || outcome === 'incomplete')
  const durations = ended.flatMap(({ durationMs }) => durationMs ?? [])
  const { backups } = engine.backups.list({
    planId: plan.id,
    fromMs: nowMs - 30 * DAY_MS,
    limit: MOST_BACKUPS,
    offset: 0,
  })
  const newest = facts.newestBackupId === undefined ? undefined : engine.backups.get(facts.newestBackupId)
  return {
    planId: plan.id,
    planName: plan.name,
    verdict: verdictOf(findings),
    week: ratesOf(runs, 7, nowMs),
    month: ratesOf(runs, 30, nowMs),
    durationMedianMs: quantile(durations, 0.5),
    durationP95Ms: quantile(durations, 0.95),
    ...(newest
      ? {
          newest: {
            backupId: newest.id,
            at: isoTime(newest.createdMs),
            sourceBytes: newest.sourceBytes,
            storedBytes: newest.sizeBytes,
            ...(newest.newBytes === undefined ? {} : { newBytes: newest.newBytes }),
          },
        }
      : {}),
    ...savingsOf(backups.filter(({ state }) => state === 'complete' || state === 'incomplete')),
    staleAfterMs: facts.staleAfterMs ?? null,
    places: facts.places.map((place) => {
      const copy = proven.find((each) => each.planId === plan.id && each.destinationId === place.id)
      return {
        placeId: place.id,
        placeName: place.name,
        ...(copy ? { provenAt: isoTime(copy.madeMs), ageMs: ageMs(copy.madeMs, nowMs) } : {}),
        ...(copy?.verifiedMs === undefined ? {} : { verifiedAt: isoTime(copy.verifiedMs) }),
        isStale: isStale(facts, place, nowMs),
        recovery: recoveryTime(plan.id, place.id, copy && newest?.sourceBytes, measures),
      }
    }),
    days: daysOf(runs, nowMs),
  }
}

function incidentsOf(engine: Engine, nowMs: number): Incident[] {
  return [...engine.alerts.open(), ...engine.alerts.closed(nowMs - SOLVED_MS)].flatMap(
    (row) => incidentView(row) ?? [],
  )
}
