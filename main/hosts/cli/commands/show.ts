import type { Command } from 'commander'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { backupFacts, copyTable } from '../lines/backup-lines.ts'
import { safeText } from '../output/terminal-text.ts'
import { backupRecord } from '../records/backup-record.ts'
import type { Session } from '../session.ts'

/** Files left out that are named before the rest is only counted. */
const SKIPPED_SHOWN = 20

/** `everstow show`: all about one backup. */
export function showCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('show')
    .description(say('help.show'))
    .argument('<id>', say('help.arg.backup'))
    .action(withEngine(showBackup))
}

async function showBackup(session: Session, id: string): Promise<ExitStatus> {
  const { say, output } = session
  const backup = await session.call('backup.get', { id })
  const { skipped } = backup
  output.answer({ ...backupRecord(backup, explainer(session)), skipped }, () => [
    ...backupFacts(backup, say),
    '',
    ...copyTable(backup, say, output.paint),
    ...(backup.skippedCount > 0
      ? ['', output.paint('warn', say.any('backups.skipped', { count: backup.skippedCount }))]
      : []),
    ...skipped
      .slice(0, SKIPPED_SHOWN)
      .map(({ path, reason }) => `  ${safeText(path)}: ${say.any(`backups.reason.${reason}`)}`),
    ...(backup.skippedCount > SKIPPED_SHOWN
      ? [`  ${say('amount.more', { count: backup.skippedCount - SKIPPED_SHOWN })}`]
      : []),
  ])
  return EXIT.done
}
