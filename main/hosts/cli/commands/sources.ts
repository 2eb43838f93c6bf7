import type { Command } from 'commander'
import type { CommandHost } from '../command-host.ts'
import { askData } from '../data-call.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { wholeNumber } from '../options/amounts.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

/** `everstow sources`: the data in a backup, by name. */
export function sourcesCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('sources')
    .description(say('help.sources'))
    .argument('<id>', say('help.arg.backup'))
    .option('--limit <n>', say('help.opt.limit'), wholeNumber(1, 10_000), 500)
    .option('--offset <n>', say('help.opt.offset'), wholeNumber(0), 0)
    .action(withEngine(listSources))
}

async function listSources(
  session: Session,
  backup: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<ExitStatus> {
  const { say, output } = session
  const found = await askData(session, 'data.sources', { backup, limit, offset })
  const { sources, total } = found
  const document = {
    backup_id: found.backupId,
    timestamp: found.createdAt,
    total,
    sources: sources.map(({ name, path, kind, sizeBytes, modifiedAt }) => ({
      name,
      path,
      kind,
      size_bytes: sizeBytes,
      modified_at: modifiedAt,
    })),
  }
  output.answer(document, () => {
    if (total === 0) return [say('sources.none')]
    const columns = [
      { title: say('column.name') },
      { title: say('column.kind') },
      { title: say('column.size'), right: true },
      { title: say('column.changed') },
      { title: say('column.path') },
    ]
    const rows = sources.map(({ name, path, kind, sizeBytes, modifiedAt }) => [
      safeText(name),
      kind,
      say.bytes(sizeBytes),
      say.dateTime(modifiedAt),
      safeText(path),
    ])
    const more = total - offset - sources.length
    return [
      ...table(columns, rows, (text) => output.paint('quiet', text)),
      ...(more > 0 ? [output.paint('quiet', say('query.more'))] : []),
    ]
  })
  return EXIT.done
}
