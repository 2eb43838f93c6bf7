import type { Command } from 'commander'
import type { DataKind, DiffEntry } from '../../../contract/index.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { wholeNumber } from '../options/amounts.ts'
import { asOption } from '../options/data-options.ts'
import type { Look } from '../output/paint.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'
import { compareFile } from './diff-file.ts'

interface DiffOptions {
  readonly limit: number
  readonly pointer?: string
  readonly toPath?: string
  readonly as?: DataKind
}

const SIGN: Readonly<Record<DiffEntry['change'], readonly [sign: string, look: Look]>> = {
  added: ['+', 'good'],
  removed: ['-', 'bad'],
  changed: ['M', 'warn'],
  metadata: ['m', 'quiet'],
  type: ['T', 'warn'],
}

/** `everstow diff`: what changed from one backup to another, in all of it or in one file. */
export function diffCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('diff')
    .description(say('help.diff'))
    .argument('<from>', say('help.arg.backup'))
    .argument('<to>', say('help.arg.backup'))
    .argument('[path]', say('help.arg.diffPath'))
    .option('--limit <n>', say('help.opt.limit'), wholeNumber(1, 100_000), 1_000)
    .option('--pointer <pointer>', say('help.opt.pointer'))
    .option('--to-path <path>', say('help.opt.toPath'))
    .addOption(asOption(say))
    .action(withEngine(compare))
}

async function compare(
  session: Session,
  from: string,
  to: string,
  path: string | undefined,
  { limit, ...how }: DiffOptions,
): Promise<ExitStatus> {
  if (path !== undefined) return compareFile(session, { from, to, path, limit, ...how })
  const wrong = Object.keys(how)[0]
  if (wrong) throw new UsageError('onlyWithPath', { what: wrong === 'toPath' ? '--to-path' : `--${wrong}` })
  return compareAll(session, from, to, limit)
}

async function compareAll(
  session: Session,
  fromId: string,
  toId: string,
  limit: number,
): Promise<ExitStatus> {
  const { say, output } = session
  const { id: from } = await session.call('backup.get', { id: fromId })
  const { id: to } = await session.call('backup.get', { id: toId })
  const { added, removed, changed, entries, truncated } = await session.call('backup.diff', {
    from,
    to,
    limit,
  })
  const document = {
    from,
    to,
    added,
    removed,
    changed,
    truncated,
    entries: entries.map((entry) => ({
      path: entry.path,
      change: entry.change,
      kind: entry.kind,
      from_size_bytes: entry.fromBytes ?? null,
      to_size_bytes: entry.toBytes ?? null,
    })),
  }
  output.answer(document, () => [
    ...entries.map(({ path, change, kind }) => {
      const [sign, look] = SIGN[change]
      return `${output.paint(look, sign)} ${safeText(path)}${kind === 'directory' ? '/' : ''}`
    }),
    ...(truncated ? [output.paint('quiet', say('diff.more'))] : []),
    say('diff.total', { added, removed, changed }),
  ])
  return EXIT.done
}
