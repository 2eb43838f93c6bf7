import { type Command, Option } from 'commander'
import type { RestoreReport } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { placeIdsNamed } from '../find-place.ts'
import { followRun } from '../follow-run.ts'
import { reasonText, restoreLines } from '../output/restore-lines.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'

interface RestoreOptions {
  readonly into?: string
  readonly from?: string
  readonly existing: 'skip' | 'replace' | 'rename'
  readonly dryRun?: boolean
}

/** `everstow restore`: brings files back. */
export function restoreCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('restore')
    .description(say('help.restore'))
    .argument('<id>', say('help.arg.backup'))
    .argument('[paths...]', say('help.arg.inside'))
    .option('--into <folder>', say('help.opt.into'))
    .option('--from <place>', say('help.opt.fromPlace'))
    .addOption(
      new Option('--existing <how>', say('help.opt.existing'))
        .choices(['skip', 'replace', 'rename'])
        .default('rename'),
    )
    .option('--dry-run', say('help.opt.dryRun'))
    .action(withEngine(restore))
}

async function restore(
  session: Session,
  id: string,
  paths: string[],
  options: RestoreOptions,
): Promise<ExitStatus> {
  const { say, output, surroundings } = session
  const backup = await session.call('backup.get', { id })
  const [placeId] = (await placeIdsNamed(session, options.from === undefined ? [] : [options.from])) ?? []
  const into =
    options.into === undefined
      ? (await session.call('restore.suggestTarget', { backupId: backup.id })).path
      : absolutePath(options.into, surroundings)
  const { runId } = await session.call('restore.start', {
    backupId: backup.id,
    paths,
    into,
    existing: options.existing,
    dryRun: options.dryRun === true,
    ...(placeId === undefined ? {} : { placeId }),
  })
  const { restore: report } = await followRun(session, runId)
  if (!report) throw new EverstowError('internal')
  output.outcome(restoreRecord(backup.id, report, session), () => restoreLines(report, say, output.paint))
  return statusOf(report)
}

function restoreRecord(backupId: string, report: RestoreReport, { say }: Session) {
  const explained = (items: RestoreReport['refused']) =>
    items.map(({ path, reason }) => ({ path, reason, message: reasonText(reason, say) }))
  return {
    backup_id: backupId,
    into: report.into,
    dry_run: report.dryRun,
    from_place: report.fromPlace ?? null,
    restored: report.restored,
    replaced: report.replaced,
    renamed: report.renamed,
    unchanged: report.unchanged,
    skipped: report.skipped,
    directories: report.directories,
    links: report.links,
    size_bytes: report.bytes,
    replaced_into: report.replacedInto ?? null,
    refused: explained(report.refused),
    failed: explained(report.failed),
  }
}

/** Nothing of what was asked for came back: failed. Some of it did not: incomplete. */
function statusOf(report: RestoreReport): ExitStatus {
  if (report.failed.length + report.refused.length === 0) return EXIT.done
  const { restored, replaced, renamed, unchanged, skipped, directories } = report
  return restored + replaced + renamed + unchanged + skipped + directories > 0 ? EXIT.incomplete : EXIT.failed
}
