import type { Command } from 'commander'
import type { CleanupReport } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { canAsk } from '../ask.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { followRun } from '../follow-run.ts'
import { wholeNumber } from '../options/amounts.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

interface CleanupOptions {
  readonly keepDays?: number
  readonly dryRun?: boolean
}

/** `everstow cleanup`: removes old backups from all their places. */
export function cleanupCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('cleanup')
    .description(say('help.cleanup'))
    .option('--keep-days <n>', say('help.opt.keepDays'), wholeNumber(1, 36_500))
    .option('--dry-run', say('help.opt.dryRun'))
    .action(withEngine(cleanUp))
}

async function cleanUp(session: Session, { keepDays, dryRun = false }: CleanupOptions): Promise<ExitStatus> {
  const { output, yes } = session
  // A person sees what would go before it goes.
  if (!dryRun && !yes && !output.json && canAsk()) {
    const would = await perform(session, keepDays, true)
    tell(session, would)
    if (would.removed.length === 0) return EXIT.done
    if (!(await confirmed(session, 'cleanup.confirm', { count: would.removed.length })))
      throw new EverstowError('cancelled')
  }
  const report = await perform(session, keepDays, dryRun)
  tell(session, report)
  return report.problems.length > 0 ? EXIT.incomplete : EXIT.done
}

async function perform(
  session: Session,
  keepDays: number | undefined,
  dryRun: boolean,
): Promise<CleanupReport> {
  const { runId } = await session.call('backup.cleanup', {
    dryRun,
    evenHeld: session.yes,
    ...(keepDays === undefined ? {} : { keepDays }),
  })
  const { cleanup } = await followRun(session, runId)
  if (!cleanup) throw new EverstowError('internal')
  return cleanup
}

function tell(session: Session, report: CleanupReport): void {
  const { say, output } = session
  const explain = explainer(session)
  const problems = report.problems.map(({ backupId, placeName, error }) => ({
    backup_id: backupId,
    place: placeName,
    error: explain(error, placeName),
  }))
  const document = {
    dry_run: report.dryRun,
    keep_days: report.keepDays === 0 ? null : report.keepDays,
    removed: report.removed.map(({ id, createdAt, sizeBytes }) => ({
      backup_id: id,
      timestamp: createdAt,
      size_bytes: sizeBytes,
    })),
    kept: report.kept,
    protected: report.protectedIds,
    freed_bytes: report.freedBytes,
    problems,
  }
  output.outcome(document, () => {
    const count = report.removed.length
    if (count === 0) return [say('cleanup.nothing')]
    return [
      say(report.dryRun ? 'cleanup.would' : 'cleanup.done', { count, size: say.bytes(report.freedBytes) }),
      ...report.removed.map(({ id, createdAt }) => `  ${id}  ${say.relative(createdAt)}`),
      ...problems.map(
        ({ backup_id, place, error }) =>
          `  ${output.paint('warn', `${backup_id}, ${safeText(place)}`)}: ${safeText(error.message)}`,
      ),
    ]
  })
}
