import type { Verdict } from './musts.ts'
import type { Results, Sample } from './results.ts'
import { median, pairedRatio } from './statistics.ts'

/** What stands above the figures. */
export interface ReportHead {
  readonly title: string
  /** Machine, versions, rounds; one line each. */
  readonly facts: readonly string[]
}

type Table = readonly (readonly string[])[]

/** The report for a terminal: columns that line up. */
export function textReport(head: ReportHead, results: Results, verdicts: readonly Verdict[]): string {
  return compose(head, results, verdicts, alignedTable)
}

/** The report as a section of a Markdown page. */
export function markdownReport(head: ReportHead, results: Results, verdicts: readonly Verdict[]): string {
  return compose(head, results, verdicts, markdownTable)
}

function compose(
  { title, facts }: ReportHead,
  results: Results,
  verdicts: readonly Verdict[],
  draw: (table: Table) => string,
): string {
  const parts = [`## ${title}`, facts.join('\n'), draw(figures(results))]
  if (verdicts.length > 0) parts.push(draw(verdictTable(verdicts)))
  if (results.failures.length > 0)
    parts.push(
      results.failures.map(({ work, tool, reason }) => `- ${work}, ${tool} failed: ${reason}`).join('\n'),
    )
  return `${parts.join('\n\n')}\n`
}

/** Medians of every tool at every piece of work; the last two columns are paired with ours. */
function figures(results: Results): Table {
  const rows = results.works().flatMap((work) =>
    results.tools(work).map((tool) => {
      const shown = (key: keyof Sample, digits: number): string =>
        number(median(results.series(work, tool, key).filter((figure) => figure !== undefined)), digits)
      const versus = (key: keyof Sample): string =>
        tool === 'everstow'
          ? ''
          : number(pairedRatio(results.series(work, tool, key), results.series(work, 'everstow', key)), 2)
      return [
        work,
        tool,
        shown('wallS', 2),
        shown('cpuS', 2),
        shown('peakMb', 0),
        shown('storedMb', 1),
        shown('addedMb', 2),
        shown('requests', 0),
        shown('delayP99Ms', 1),
        versus('wallS'),
        versus('cpuS'),
      ]
    }),
  )
  const columns = [
    ...['Work', 'Tool', 'wall s', 'CPU s', 'peak MB', 'stored MB', 'added MB', 'requests', 'p99 ms'],
    ...['wall ÷ ours', 'CPU ÷ ours'],
  ]
  return [columns, ...rows]
}

function verdictTable(verdicts: readonly Verdict[]): Table {
  const rows = verdicts.map(({ work, promise, aim, measured, ok }) => {
    const outcome = promise === '' ? (ok ? 'aim reached' : 'below the aim') : ok ? 'pass' : 'FALLS SHORT'
    return [work, promise, aim, measured, outcome]
  })
  return [['Work', 'Must', 'Aim', 'Measured', ''], ...rows]
}

function number(value: number, digits: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(digits)
}

function alignedTable([head = [], ...rows]: Table): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        /^[\d.]+$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}

function markdownTable([head = [], ...rows]: Table): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}
