import type { Command } from 'commander'
import type { FileEntry } from '../../../contract/index.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { wholeNumber } from '../options/amounts.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

interface FilesOptions {
  readonly recursive?: boolean
  readonly search?: string
  readonly limit: number
}

/** The contract answers at most so many at once. */
const PAGE = 10_000

/** `everstow files`: what lies in a backup, or in one folder of it. */
export function filesCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('files')
    .description(say('help.files'))
    .argument('<id>', say('help.arg.backup'))
    .argument('[folder]', say('help.arg.folder'))
    .option('-r, --recursive', say('help.opt.recursive'))
    .option('--search <text>', say('help.opt.searchFiles'))
    .option('--limit <n>', say('help.opt.limitFiles'), wholeNumber(1), 1_000)
    .action(withEngine(listFiles))
}

async function listFiles(
  session: Session,
  id: string,
  folder: string | undefined,
  options: FilesOptions,
): Promise<ExitStatus> {
  const { say, output } = session
  const backup = await session.call('backup.get', { id })
  const query = {
    id: backup.id,
    folder: (folder ?? '').replace(/^\/+|\/+$/g, ''),
    recursive: options.recursive === true,
    ...(options.search === undefined ? {} : { search: options.search }),
  }
  const entries: FileEntry[] = []
  let total = 0
  do {
    const limit = Math.min(PAGE, options.limit - entries.length)
    const page = await session.call('backup.files', { ...query, limit, offset: entries.length })
    total = page.total
    if (page.entries.length === 0) break
    entries.push(...page.entries)
  } while (entries.length < Math.min(total, options.limit))

  const document = {
    backup_id: backup.id,
    folder: query.folder,
    total,
    files: entries.map((entry) => ({
      path: entry.path,
      kind: entry.kind,
      size_bytes: entry.sizeBytes,
      mode: entry.mode,
      modified_at: entry.modifiedAt,
      link_target: entry.linkTarget ?? null,
    })),
  }
  output.answer(document, () => {
    if (entries.length === 0) return [say.any('files.empty')]
    const rows = entries.map((entry) => [
      entry.kind === 'directory' ? '' : say.bytes(entry.sizeBytes),
      say.dateTime(entry.modifiedAt),
      shownPath(entry),
    ])
    const columns = [
      { title: say('column.size'), right: true },
      { title: say('column.changed') },
      { title: say('column.path') },
    ]
    return [
      ...table(columns, rows, (text) => output.paint('quiet', text)),
      ...(total > entries.length
        ? [output.paint('quiet', say.any('files.shown', { shown: entries.length, total }))]
        : []),
    ]
  })
  return EXIT.done
}

function shownPath({ path, kind, linkTarget }: FileEntry): string {
  if (kind === 'directory') return `${safeText(path)}/`
  return linkTarget === undefined ? safeText(path) : `${safeText(path)} → ${safeText(linkTarget)}`
}
