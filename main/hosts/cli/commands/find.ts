import type { Command } from 'commander'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { wholeNumber } from '../options/amounts.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'
import { findContents } from './find-contents.ts'

interface FindOptions {
  readonly limit: number
  readonly contents?: boolean
  readonly backup?: string
  readonly at?: string
}

/** `everstow find`: files by name, over all backups; with `--contents` by what is in them, in one. */
export function findCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('find')
    .description(say('help.find'))
    .argument('<name>', say('help.arg.findName'))
    .option('--limit <n>', say('help.opt.limit'), wholeNumber(1, 1_000), 100)
    .option('--contents', say('help.opt.contents'))
    .option('--backup <id>', say('help.opt.inBackup'))
    .option('--at <time>', say('help.opt.atTime'))
    .action(withEngine(find))
}

async function find(
  session: Session,
  name: string,
  { contents, limit, ...which }: FindOptions,
): Promise<ExitStatus> {
  if (contents) return findContents(session, { text: name, limit, ...which })
  const wrong = Object.keys(which)[0]
  if (wrong) throw new UsageError('onlyWithContents', { what: `--${wrong}` })
  return findFiles(session, name, limit)
}

async function findFiles(session: Session, name: string, limit: number): Promise<ExitStatus> {
  const { say, output } = session
  const { matches, truncated, unsearched = [] } = await session.call('backup.find', { name, limit })
  const document = {
    name,
    truncated,
    unsearched,
    matches: matches.map((match) => ({
      path: match.path,
      kind: match.kind,
      size_bytes: match.sizeBytes,
      modified_at: match.modifiedAt,
      backup_id: match.backupId,
      timestamp: match.createdAt,
      backups: match.backups,
    })),
  }
  output.answer(document, () => {
    const places = unsearched.map(safeText).join(', ')
    const missing = places === '' ? [] : [output.paint('quiet', say('find.unsearched', { places }))]
    if (matches.length === 0) return missing.length > 0 ? missing : [say('find.nothing')]
    return [
      ...table(
        [
          { title: say('column.id') },
          { title: say('column.in'), right: true },
          { title: say('column.changed') },
          { title: say('column.size'), right: true },
          { title: say('column.path') },
        ],
        matches.map((match) => [
          match.backupId,
          say.number(match.backups),
          say.dateTime(match.modifiedAt),
          match.kind === 'directory' ? '' : say.bytes(match.sizeBytes),
          safeText(match.path) + (match.kind === 'directory' ? '/' : ''),
        ]),
        (text) => output.paint('quiet', text),
      ),
      ...(truncated ? [output.paint('quiet', say('find.more'))] : []),
      ...missing,
    ]
  })
  return EXIT.done
}
