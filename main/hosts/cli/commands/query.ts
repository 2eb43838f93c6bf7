import type { Command } from 'commander'
import type { CallOutput, DataKind } from '../../../contract/index.ts'
import type { CommandHost } from '../command-host.ts'
import { askData } from '../data-call.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { wholeNumber } from '../options/amounts.ts'
import { asOption, kindOption, type RangeOptions, rangeOptions } from '../options/data-options.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import { valueColumns, valueText } from '../output/value-text.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'
import { type FileOptions, queryFiles } from './query-files.ts'

interface QueryOptions extends RangeOptions, FileOptions {
  readonly backup?: string
  readonly at?: string
  readonly as?: DataKind
  readonly limit: number
}

/** Options that choose among files; with a path there is nothing to choose. */
const OF_FILES = [
  'name',
  'kind',
  'folder',
  'modifiedFrom',
  'modifiedTo',
  'plan',
  'source',
  'from',
  'to',
] as const

/** `everstow query`: what a JSONPath finds in a file of a backup; without a path files by name, kind and date. */
export function queryCommand(program: Command, { say, withEngine }: CommandHost): void {
  const command = program
    .command('query')
    .description(say('help.query'))
    .argument('[path]', say('help.arg.dataPath'))
    .argument('[select]', say('help.arg.select'))
    .option('--backup <id>', say('help.opt.inBackup'))
    .option('--at <time>', say('help.opt.atTime'))
    .addOption(asOption(say))
    .option('--limit <n>', say('help.opt.limit'), wholeNumber(1, 10_000), 100)
    .option('--name <pattern>', say('help.opt.fileName'))
    .addOption(kindOption(say))
    .option('--folder <folder>', say('help.opt.belowFolder'))
    .option('--modified-from <date>', say('help.opt.modifiedFrom'))
    .option('--modified-to <date>', say('help.opt.modifiedTo'))
  rangeOptions(command, say).action(withEngine(query))
}

async function query(
  session: Session,
  path: string | undefined,
  select: string | undefined,
  options: QueryOptions,
): Promise<ExitStatus> {
  const misplaced = path === undefined ? (['as'] as const) : OF_FILES
  const wrong = misplaced.find((name) => options[name] !== undefined)
  const option = `--${wrong?.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`
  if (wrong) throw new UsageError(path === undefined ? 'onlyWithPath' : 'onlyWithoutPath', { what: option })
  return path === undefined ? queryFiles(session, options) : queryValues(session, path, select, options)
}

async function queryValues(
  session: Session,
  path: string,
  select = '$',
  { backup, at, as, limit }: QueryOptions,
): Promise<ExitStatus> {
  const { output } = session
  const which = { ...(backup !== undefined && { backup }), ...(at !== undefined && { at }) }
  const found = await askData(session, 'data.query', { ...which, path, select, limit, ...(as && { as }) })
  const explain = explainer(session)
  const document = {
    backup_id: found.backupId,
    timestamp: found.createdAt,
    path,
    select,
    truncated: found.truncated,
    matches: found.matches,
    unread: found.unread.map((file) => ({
      path: file.path,
      error: explain({ code: file.code, data: { path: file.path }, retry: 'never' }),
    })),
  }
  output.answer(document, () => valueLines(session, found))
  for (const { path: file, error } of document.unread)
    output.warn(output.paintNote('warn', `${safeText(file)}: ${safeText(error.message)}`))
  return found.unread.length > 0 ? EXIT.incomplete : EXIT.done
}

function valueLines(
  { say, output }: Session,
  { matches, truncated }: CallOutput<'data.query'>,
): readonly string[] {
  if (matches.length === 0) return [say('query.nothing')]
  const several = new Set(matches.map(({ path }) => path)).size > 1
  const columns = valueColumns(process.stdout)
  return [
    ...table(
      [
        ...(several ? [{ title: say('column.path') }] : []),
        { title: say('column.pointer') },
        { title: say('column.value') },
      ],
      matches.map(({ path, pointer, value }) => [
        ...(several ? [safeText(path)] : []),
        safeText(pointer),
        valueText(value, columns),
      ]),
      (text) => output.paint('quiet', text),
    ),
    ...(truncated ? [output.paint('quiet', say('query.more'))] : []),
  ]
}
