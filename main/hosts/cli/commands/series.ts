import type { Command } from 'commander'
import type { DataKind, SeriesPoint } from '../../../contract/index.ts'
import type { CommandHost } from '../command-host.ts'
import { askData } from '../data-call.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { wholeNumber } from '../options/amounts.ts'
import { asOption, type RangeOptions, rangeOptions } from '../options/data-options.ts'
import type { ErrorRecord } from '../output/describe-error.ts'
import { type Cell, table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import { sparkline, valueColumns, valueText } from '../output/value-text.ts'
import type { Session } from '../session.ts'

interface SeriesOptions extends RangeOptions {
  readonly limit: number
  readonly changes?: boolean
  readonly as?: DataKind
}

/** A point, and why it could not be read. */
type Explained = SeriesPoint & { readonly error: ErrorRecord | null }

/** `everstow series`: how a value developed over backups. */
export function seriesCommand(program: Command, { say, withEngine }: CommandHost): void {
  const command = program
    .command('series')
    .description(say('help.series'))
    .argument('<path>', say('help.arg.seriesPath'))
    .argument('[select]', say('help.arg.select'))
    .option('--limit <n>', say('help.opt.limitBackups'), wholeNumber(1, 1_000), 100)
    .option('--changes', say('help.opt.changes'))
    .addOption(asOption(say))
  rangeOptions(command, say).action(withEngine(follow))
}

async function follow(
  session: Session,
  path: string,
  select: string | undefined,
  { changes, ...options }: SeriesOptions,
): Promise<ExitStatus> {
  const found = await askData(session, 'data.series', {
    ...options,
    path,
    ...(select !== undefined && { select }),
    changesOnly: changes === true,
  })
  const explain = explainer(session)
  const points = found.points.map((point) => ({
    ...point,
    error:
      point.state === 'error'
        ? explain({ code: point.code ?? 'internal', data: { path }, retry: 'never' })
        : null,
  }))
  const document = {
    path,
    select: select ?? '',
    truncated: found.truncated,
    points: points.map((point) => ({
      backup_id: point.backupId,
      timestamp: point.createdAt,
      state: point.state,
      value: point.value ?? null,
      changed: point.changed,
      error: point.error,
    })),
  }
  session.output.answer(document, () => seriesLines(session, points, found.truncated))
  return points.some(({ error }) => error) ? EXIT.incomplete : EXIT.done
}

function seriesLines(
  { say, output }: Session,
  points: readonly Explained[],
  truncated: boolean,
): readonly string[] {
  if (points.length === 0) return [say('series.none')]
  const columns = valueColumns(process.stdout)
  const cell = ({ state, value, changed, error }: Explained, at: number): Cell => {
    if (error) return { text: safeText(error.message), paint: (text) => output.paint('bad', text) }
    if (state === 'missing')
      return { text: say('series.missing'), paint: (text) => output.paint('quiet', text) }
    const text = valueText(value, columns)
    return changed || at === 0 ? { text } : { text, paint: (same) => output.paint('quiet', same) }
  }
  return [
    ...table(
      [{ title: say('column.made') }, { title: say('column.id') }, { title: say('column.value') }],
      points.map((point, at) => [say.dateTime(point.createdAt), point.backupId, cell(point, at)]),
      (text) => output.paint('quiet', text),
    ),
    ...chartLines(points, say),
    ...(truncated ? [output.paint('quiet', say('series.more'))] : []),
  ]
}

/** Numbers as a line of bars, where there are some to compare. */
function chartLines(points: readonly Explained[], say: Session['say']): readonly string[] {
  const values = points.map(({ value }) => (typeof value === 'number' ? value : undefined))
  const numbers = values.filter((value) => value !== undefined)
  if (numbers.length < 2) return []
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
  return ['', sparkline(values), say('series.range', { least: String(least), most: String(most) })]
}
