import type { HealthReport } from '../../contract/index.ts'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number | null | undefined]

/**
 * The report in Prometheus's text format (version 0.0.4, https://prometheus.io/docs/instrumenting/exposition_formats/): gauges whose names begin with
 * `everstow_`, in base units (seconds, bytes). What is not known has no sample. Labels carry names that people gave, nothing else of theirs.
 */
export function metricsText(report: HealthReport): string {
  const lines: string[] = []
  function gauge(name: string, help: string, samples: readonly Sample[]): void {
    const known = samples.filter((sample): sample is [Labels, number] => typeof sample[1] === 'number')
    if (known.length === 0) return
    lines.push(`# HELP everstow_${name} ${escapeHelp(help)}`, `# TYPE everstow_${name} gauge`)
    for (const [labels, value] of known)
      lines.push(`everstow_${name}${labelText(labels)} ${numberText(value)}`)
  }

  const { plans, places, findings } = report
  const perPlan = (value: (plan: HealthReport['plans'][number]) => Sample[1]): Sample[] =>
    plans.map((plan) => [{ plan: plan.planName }, value(plan)])
  const perPlace = (value: (place: HealthReport['places'][number]) => Sample[1]): Sample[] =>
    places.map((place) => [{ place: place.placeName }, value(place)])
  const perCopy = (value: (copy: HealthReport['plans'][number]['places'][number]) => Sample[1]): Sample[] =>
    plans.flatMap(({ planName, places: copies }) =>
      copies.map((copy): Sample => [{ plan: planName, place: copy.placeName }, value(copy)]),
    )

  gauge('report_timestamp_seconds', 'When these figures were put together.', [[{}, seconds(report.at)]])
  gauge(
    'health_verdict',
    'The verdict over everything: 1 for the one that holds.',
    (['healthy', 'attention', 'failing'] as const).map((verdict) => [
      { verdict },
      report.verdict === verdict ? 1 : 0,
    ]),
  )
  gauge('health_damage', 'Whether something stored is known to be damaged or gone.', [
    [{}, report.hasDamage ? 1 : 0],
  ])
  gauge(
    'health_findings',
    'What is wrong, by level.',
    (['attention', 'failing'] as const).map((level) => [
      { level },
      findings.filter((finding) => finding.level === level).length,
    ]),
  )
  for (const outcome of ['done', 'incomplete', 'failed'] as const)
    gauge(
      `plan_runs_${outcome}`,
      `Backups that ended so within some days: ${outcome}.`,
      plans.flatMap(({ planName, week, month }) =>
        [week, month].map((rates): Sample => [{ plan: planName, days: String(rates.days) }, rates[outcome]]),
      ),
    )
  gauge(
    'plan_duration_median_seconds',
    'Median of how long backups took in 30 days.',
    perPlan((plan) => inSeconds(plan.durationMedianMs)),
  )
  gauge(
    'plan_duration_p95_seconds',
    'How long 95 of 100 backups took at most in 30 days.',
    perPlan((plan) => inSeconds(plan.durationP95Ms)),
  )
  gauge(
    'plan_source_bytes',
    'What the newest backup holds.',
    perPlan((plan) => plan.newest?.sourceBytes),
  )
  gauge(
    'plan_stored_bytes',
    'What the newest backup added to a place.',
    perPlan((plan) => plan.newest?.storedBytes),
  )
  gauge(
    'plan_dedup_saved_ratio',
    'Part of what was read in 30 days that was there already.',
    perPlan((plan) => plan.dedupSaved),
  )
  gauge(
    'plan_compression_saved_ratio',
    'Part of the new data of 30 days that compression saved.',
    perPlan((plan) => plan.compressionSaved),
  )
  gauge(
    'plan_stale_after_seconds',
    'From this age on a copy is too old.',
    perPlan((plan) => inSeconds(plan.staleAfterMs)),
  )
  gauge(
    'copy_proven_timestamp_seconds',
    'When the data of the newest good copy was read.',
    perCopy((copy) => (copy.provenAt === undefined ? null : seconds(copy.provenAt))),
  )
  gauge(
    'copy_stale',
    'Whether the newest good copy is too old or missing.',
    perCopy((copy) => (copy.isStale ? 1 : 0)),
  )
  gauge(
    'copy_recovery_seconds',
    'How long it takes to get everything back, by measured restores.',
    perCopy(({ recovery }) => (recovery.state === 'known' ? inSeconds(recovery.durationMs) : null)),
  )
  gauge(
    'place_stored_bytes',
    'What lies in a place, as last measured.',
    perPlace((place) => place.stored?.bytes),
  )
  gauge(
    'place_requests_month',
    'Requests of this month by class.',
    places.flatMap(({ placeName, requests }) =>
      (['read', 'write', 'list', 'delete'] as const).map(
        (kind): Sample => [{ place: placeName, class: kind }, requests[kind]],
      ),
    ),
  )
  gauge(
    'place_cost_month',
    'What a place cost so far this month, by prices of the day in the label.',
    costs((cost) => cost.monthToDate),
  )
  gauge(
    'place_cost_month_forecast',
    'What a place will have cost at the end of the month, by prices of the day in the label.',
    costs((cost) => cost.forecast),
  )
  return `${lines.join('\n')}\n`

  function costs(value: (cost: { monthToDate: number; forecast: number }) => number): Sample[] {
    return places.flatMap(({ placeName, cost }): Sample[] =>
      cost.state === 'estimated'
        ? [[{ place: placeName, currency: cost.currency, prices_of: cost.priceDate }, value(cost)]]
        : [],
    )
  }
}

const seconds = (iso: string): number => Date.parse(iso) / 1_000
const inSeconds = (ms: number | null): number | null => (ms === null ? null : ms / 1_000)

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

/** Go's float syntax, which JavaScript's is a part of, but for the infinite. */
function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
