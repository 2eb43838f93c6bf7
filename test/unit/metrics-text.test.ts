import { expect, test } from 'vitest'
import { metricsText } from '../../main/app/health/metrics-text.ts'
import type { HealthReport } from '../../main/contract/index.ts'

/** A sample as a strict reader of the exposition format (version 0.0.4) takes it. */
interface Sample {
  readonly name: string
  readonly labels: Record<string, string>
  readonly value: number
}

const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/**
 * Reads the text format strictly: every family has one HELP and one TYPE before its samples, which stand together; names, escapes and numbers are as the format
 * says; no sample comes twice; the last line ends.
 */
function parseMetrics(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const samples: Sample[] = []
  const families = new Map<string, { help: boolean; type: boolean }>()
  const seen = new Set<string>()
  let current = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) ([^ ]+) (.+)$/.exec(line)
    if (comment) {
      const [, kind, name = '', rest = ''] = comment
      if (!METRIC.test(name)) throw new Error(`no name: ${name}`)
      const family = families.get(name) ?? { help: false, type: false }
      if (kind === 'HELP') {
        if (family.help || family.type) throw new Error(`HELP of ${name} comes late or twice`)
        if (/\\(?![\\n])/.test(rest)) throw new Error(`wrong escape in HELP of ${name}`)
        family.help = true
      } else {
        if (!family.help || family.type) throw new Error(`TYPE of ${name} comes early or twice`)
        if (!['counter', 'gauge', 'histogram', 'summary', 'untyped'].includes(rest))
          throw new Error(`no type: ${rest}`)
        family.type = true
      }
      families.set(name, family)
      current = name
      continue
    }
    if (line.startsWith('#') || line.trim() === '') throw new Error(`stray line: ${line}`)
    const sample = parseSample(line)
    if (sample.name !== current || !families.get(current)?.type)
      throw new Error(`${sample.name} stands outside of its family`)
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()])
    if (seen.has(key)) throw new Error(`twice: ${key}`)
    seen.add(key)
    samples.push(sample)
  }
  return samples
}

function parseSample(line: string): Sample {
  const [, name = '', inside, number = ''] = /^([^{\s]+)(?:\{(.*)\})? ([^ ]+)$/.exec(line) ?? []
  if (!METRIC.test(name)) throw new Error(`no sample: ${line}`)
  const labels: Record<string, string> = {}
  for (let rest = inside ?? ''; rest !== ''; ) {
    const [whole = '', label = '', value = ''] = /^([^=]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest) ?? []
    if (whole === '' || !LABEL.test(label) || label.startsWith('__') || Object.hasOwn(labels, label))
      throw new Error(`no labels: ${line}`)
    labels[label] = value.replaceAll(/\\(["\\n])/g, (_, escaped: string) =>
      escaped === 'n' ? '\n' : escaped,
    )
    rest = rest.slice(whole.length)
  }
  if (!/^([+-]?(\d+(\.\d+)?([eE][+-]?\d+)?|Inf)|NaN)$/.test(number)) throw new Error(`no number: ${number}`)
  return { name, labels, value: number.endsWith('Inf') ? Number(`${number}inity`) : Number(number) }
}

const rates = (days: number) => ({ days, runs: 4, done: 2, incomplete: 1, failed: 1, successRate: 0.75 })
/** Names as mean as people may type them; those with control characters are refused when they are set up. */
const MEAN = 'a "b" \\ c {d="e"} é,\n#'

function report(change: Partial<HealthReport> = {}): HealthReport {
  return {
    at: '2026-11-21T12:00:00.500Z',
    verdict: 'failing',
    hasDamage: true,
    sentence: { key: 'report.nothing' },
    findings: [],
    plans: [
      {
        planId: 'plan_1',
        planName: MEAN,
        verdict: 'failing',
        week: rates(7),
        month: rates(30),
        durationMedianMs: 1_500,
        durationP95Ms: null,
        newest: { backupId: 'b', at: '2026-11-20T00:00:00.000Z', sourceBytes: 10, storedBytes: 5 },
        dedupSaved: 0.1,
        compressionSaved: 1e-9,
        staleAfterMs: 86_400_000,
        places: [
          {
            placeId: 'p',
            placeName: 'nas',
            provenAt: '2026-11-20T00:00:00.000Z',
            isStale: true,
            recovery: { state: 'unknown', reason: 'never-tried' },
          },
        ],
        days: [],
      },
    ],
    places: [
      {
        placeId: 'p',
        placeName: 'nas',
        type: 's3',
        verdict: 'healthy',
        stored: { bytes: 123, at: '2026-11-20T00:00:00.000Z' },
        trend: [],
        requests: { month: '2026-11', read: 1, write: 2, list: 3, delete: 4, readBytes: 5, writeBytes: 6 },
        cost: {
          state: 'estimated',
          currency: 'USD',
          monthToDate: 0.1,
          forecast: 0.3,
          priceDate: '2026-01-01',
          priceSource: 'x',
          isOwn: false,
        },
      },
    ],
    incidents: [],
    ...change,
  }
}

test('the metrics are what a strict reader of the text format takes, with names given back unharmed', () => {
  const samples = parseMetrics(metricsText(report()))
  const figure = (name: string, labels: Record<string, string> = {}) =>
    samples.find(
      (sample) =>
        sample.name === `everstow_${name}` &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )?.value
  expect(figure('report_timestamp_seconds')).toBe(1_795_262_400.5)
  expect(figure('health_verdict', { verdict: 'failing' })).toBe(1)
  expect(figure('health_verdict', { verdict: 'healthy' })).toBe(0)
  expect(figure('health_damage')).toBe(1)
  expect(figure('plan_runs_failed', { plan: MEAN, days: '30' })).toBe(1)
  expect(figure('plan_duration_median_seconds', { plan: MEAN })).toBe(1.5)
  expect(figure('plan_compression_saved_ratio')).toBe(1e-9)
  expect(figure('copy_stale', { plan: MEAN, place: 'nas' })).toBe(1)
  expect(figure('place_cost_month_forecast', { prices_of: '2026-01-01', currency: 'USD' })).toBe(0.3)
  // What is not known has no sample, rather than a nought.
  expect(figure('plan_duration_p95_seconds')).toBeUndefined()
  expect(figure('copy_recovery_seconds')).toBeUndefined()
})

test('with nothing set up there is still a verdict, and the strict reader refuses what is wrong', () => {
  const samples = parseMetrics(metricsText(report({ plans: [], places: [], hasDamage: false })))
  expect(samples.map(({ name }) => name)).toContain('everstow_health_verdict')
  expect(() => parseMetrics('a 1\n')).toThrow(/outside/)
  expect(() => parseMetrics('# HELP a b\n# TYPE a gauge\na{l="x"y"} 1\n')).toThrow(/labels/)
  expect(() => parseMetrics('# HELP a b\n# TYPE a gauge\na 1\na 2\n')).toThrow(/twice/)
  expect(() => parseMetrics('# HELP a b\n# TYPE a gauge\na 1')).toThrow(/last line/)
})
