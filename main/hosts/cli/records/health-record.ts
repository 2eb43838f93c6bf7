import type { Finding, HealthReport } from '../../../contract/index.ts'
import type { Say } from '../output/say.ts'

type Plan = HealthReport['plans'][number]
type Place = HealthReport['places'][number]

/** The report as JSON documents show it; sentences in the language that was asked for. */
export function healthRecord(report: HealthReport, say: Say) {
  return {
    at: report.at,
    verdict: report.verdict,
    damage: report.hasDamage,
    sentence: say.any(report.sentence.key, report.sentence.params),
    findings: report.findings.map((finding) => findingRecord(finding, report, say)),
    plans: report.plans.map(planRecord),
    places: report.places.map(placeRecord),
    incidents: report.incidents.map(({ finding, openedAt, closedAt }) => ({
      ...findingRecord(finding, report, say),
      opened_at: openedAt,
      closed_at: closedAt ?? null,
    })),
  }
}

function findingRecord(finding: Finding, { plans, places }: HealthReport, say: Say) {
  return {
    id: finding.id,
    kind: finding.kind,
    level: finding.level,
    damage: finding.isDamage,
    sentence: say.any(finding.sentence.key, finding.sentence.params),
    todo: say.any(finding.todo.key, finding.todo.params),
    plan: plans.find(({ planId }) => planId === finding.planId)?.planName ?? null,
    place: places.find(({ placeId }) => placeId === finding.placeId)?.placeName ?? null,
  }
}

function planRecord(plan: Plan) {
  return {
    plan: plan.planName,
    verdict: plan.verdict,
    runs: [plan.week, plan.month].map(({ days, runs, done, incomplete, failed, successRate }) => ({
      days,
      runs,
      done,
      incomplete,
      failed,
      success_rate: successRate,
    })),
    duration_median_ms: plan.durationMedianMs,
    duration_p95_ms: plan.durationP95Ms,
    newest: plan.newest
      ? {
          backup_id: plan.newest.backupId,
          at: plan.newest.at,
          source_bytes: plan.newest.sourceBytes,
          new_bytes: plan.newest.newBytes ?? null,
          stored_bytes: plan.newest.storedBytes,
        }
      : null,
    dedup_saved: plan.dedupSaved,
    compression_saved: plan.compressionSaved,
    stale_after_ms: plan.staleAfterMs,
    copies: plan.places.map(({ placeName, provenAt, verifiedAt, isStale, recovery }) => ({
      place: placeName,
      proven_at: provenAt ?? null,
      verified_at: verifiedAt ?? null,
      stale: isStale,
      recovery:
        recovery.state === 'known'
          ? {
              duration_ms: recovery.durationMs,
              size_bytes: recovery.bytes,
              bytes_per_second: Math.round(recovery.bytesPerSecond),
              basis: recovery.basis,
              measured_at: recovery.measuredAt,
              measured_bytes: recovery.measuredBytes,
            }
          : { unknown: recovery.reason },
    })),
    days: plan.days,
  }
}

function placeRecord({ placeName, type, verdict, stored, trend, requests, cost }: Place) {
  return {
    place: placeName,
    type,
    verdict,
    stored_bytes: stored?.bytes ?? null,
    stored_at: stored?.at ?? null,
    trend: trend.map(({ date, bytes }) => ({ date, size_bytes: bytes })),
    requests: {
      month: requests.month,
      read: requests.read,
      write: requests.write,
      list: requests.list,
      delete: requests.delete,
      read_bytes: requests.readBytes,
      write_bytes: requests.writeBytes,
    },
    cost: costRecord(cost),
  }
}

/** What a place costs, as JSON documents show it. */
export function costRecord(cost: Place['cost']) {
  return cost.state === 'estimated'
    ? {
        state: cost.state,
        currency: cost.currency,
        month_to_date: cost.monthToDate,
        forecast: cost.forecast,
        price_date: cost.priceDate,
        price_source: cost.priceSource,
        own_prices: cost.isOwn,
      }
    : { state: cost.state }
}
