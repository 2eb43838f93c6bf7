import type { Command } from 'commander'
import type { DiffEntry } from '../../../contract/index.ts'
import { wholeNumber } from '../amounts.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import type { Look } from '../output/paint.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

const SIGN: Readonly<Record<DiffEntry['change'], readonly [sign: string, look: Look]>> = {
  added: ['+', 'good'],
  removed: ['-', 'bad'],
  changed: ['M', 'warn'],
  metadata: ['m', 'quiet'],
  type: ['T', 'warn'],
}

/** `everstow diff`: what changed from one backup to another. */
export function diffCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('diff')
    .description(say('help.diff'))
    .argument('<from>', say('help.arg.backup'))
    .argument('<to>', say('help.arg.backup'))
    .option('--limit <n>', say('help.opt.limit'), wholeNumber(1, 100_000), 1_000)
    .action(withEngine(compare))
}

async function compare(
  session: Session,
  fromId: string,
  toId: string,
  { limit }: { readonly limit: number },
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
