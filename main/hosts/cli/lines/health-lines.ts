import type { HealthReport, PlaceHealth, PlanHealth, Verdict } from '../../../contract/index.ts'
import type { Look, Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'
import { type Cell, table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'

const LOOK: Readonly<Record<Verdict, Look>> = { healthy: 'good', attention: 'warn', failing: 'bad' }

/** The report in lines: the verdict, what to do, then the figures. */
export function healthLines(report: HealthReport, say: Say, paint: Paint): string[] {
  const { findings, plans, places } = report
  return [
    paint(LOOK[report.verdict], say.any(report.sentence.key, report.sentence.params)),
    ...findings.flatMap(({ level, sentence, todo }, at) => [
      ...(at === 0 ? [] : [`  ${paint(LOOK[level], say.any(sentence.key, sentence.params))}`]),
      `    ${say.any(todo.key, todo.params)}`,
    ]),
    ...(plans.length > 0 ? ['', ...planRows(plans, say, paint), '', ...copyRows(plans, say, paint)] : []),
    ...(places.length > 0 ? ['', ...placeRows(places, say, paint)] : []),
  ]
}

function planRows(plans: readonly PlanHealth[], say: Say, paint: Paint): string[] {
  const rate = ({ runs, failed }: PlanHealth['week']) =>
    runs === 0 ? '–' : say('health.rate', { good: runs - failed, runs })
  return table(
    [
      { title: say('column.plan') },
      { title: say('column.verdict') },
      { title: say('column.week'), right: true },
      { title: say('column.month'), right: true },
      { title: say('column.usually'), right: true },
      { title: say('column.newData'), right: true },
    ],
    plans.map((plan) => [
      safeText(plan.planName),
      verdictCell(plan.verdict, say, paint),
      rate(plan.week),
      rate(plan.month),
      plan.durationMedianMs === null ? '–' : say.duration(plan.durationMedianMs / 1_000),
      plan.newest === undefined ? '–' : say.bytes(plan.newest.newBytes ?? plan.newest.sourceBytes),
    ]),
    (text) => paint('quiet', text),
  )
}

function copyRows(plans: readonly PlanHealth[], say: Say, paint: Paint): string[] {
  return table(
    [
      { title: say('column.plan') },
      { title: say('column.place') },
      { title: say('column.newestCopy') },
      { title: say('column.recovery') },
    ],
    plans.flatMap(({ planName, places }) =>
      places.map(({ placeName, provenAt, isStale, recovery }) => {
        const when = provenAt === undefined ? say.any('common.never') : say.relative(provenAt)
        return [
          safeText(planName),
          safeText(placeName),
          isStale
            ? { text: say('health.tooOld', { when }), paint: (text: string) => paint('bad', text) }
            : when,
          recovery.state === 'known'
            ? say('health.about', { duration: say.duration(recovery.durationMs / 1_000) })
            : say(`health.unknown.${recovery.reason}`),
        ]
      }),
    ),
    (text) => paint('quiet', text),
  )
}

function placeRows(places: readonly PlaceHealth[], say: Say, paint: Paint): string[] {
  return table(
    [
      { title: say('column.place') },
      { title: say('column.verdict') },
      { title: say('column.stored'), right: true },
      { title: say('column.requests'), right: true },
      { title: say('column.cost'), right: true },
      { title: say('column.forecast'), right: true },
      { title: say('column.prices') },
    ],
    places.map(({ placeName, verdict, stored, requests, cost }) => [
      safeText(placeName),
      verdictCell(verdict, say, paint),
      stored === undefined ? '–' : say.bytes(stored.bytes),
      say.number(requests.read + requests.write + requests.list + requests.delete),
      ...costCells(cost, say),
    ]),
    (text) => paint('quiet', text),
  )
}

/** What a place cost so far this month, what it will have cost, and of which day the prices are. */
export function costCells(cost: PlaceHealth['cost'], say: Say): [string, string, string] {
  if (cost.state === 'free') return [say('health.free'), say('health.free'), '']
  if (cost.state === 'unknown') return [say('health.noPrice'), say('health.noPrice'), '']
  // Less than the smallest coin is not nothing.
  const money = (amount: number) =>
    `${amount > 0 && amount < 0.01 ? '< 0.01' : amount.toFixed(2)} ${cost.currency}`
  const date = cost.priceDate
  return [money(cost.monthToDate), money(cost.forecast), cost.isOwn ? say('health.own', { date }) : date]
}

function verdictCell(verdict: Verdict, say: Say, paint: Paint): Cell {
  return { text: say(`health.verdict.${verdict}`), paint: (text) => paint(LOOK[verdict], text) }
}
