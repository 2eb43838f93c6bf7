import { type Command, Option } from 'commander'
import type { RestoreReport } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { placeIdsNamed } from '../find/find-place.ts'
import { followRun } from '../follow-run.ts'
import { reasonText, restoreLines } from '../lines/restore-lines.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'
import { UsageError } from '../usage-error.ts'
import { listRecorded, undoRestore } from './restore-undo.ts'

interface RestoreOptions {
  readonly into?: string
  readonly from?: string
  readonly existing: 'skip' | 'replace' | 'rename'
  readonly dryRun?: boolean
  readonly also?: readonly RestorePart[]
  readonly pack?: 'zip' | 'tar'
  readonly undo?: string
  readonly undoable?: boolean
}

interface RestorePart {
  readonly backupId: string
  readonly paths: readonly string[]
}

/** `everstow restore`: brings files back. */
export function restoreCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('restore')
    .description(say('help.restore'))
    .argument('[id]', say('help.arg.backup'))
    .argument('[paths...]', say('help.arg.inside'))
    .option('--into <folder>', say('help.opt.into'))
    .option('--from <place>', say('help.opt.fromPlace'))
    .addOption(
      new Option('--existing <how>', say('help.opt.existing'))
        .choices(['skip', 'replace', 'rename'])
        .default('rename'),
    )
    .option('--also <id:path>', say('help.opt.also'), addPart)
    .addOption(new Option('--pack <format>', say('help.opt.pack')).choices(['zip', 'tar']))
    .option('--dry-run', say('help.opt.dryRun'))
    .option('--undo <run>', say('help.opt.undo'))
    .option('--undoable', say('help.opt.undoable'))
    .action(withEngine(restore))
}

/** `ID` or `ID:PATH`; ids hold no colon. Paths of one backup belong together. */
function addPart(text: string, before: readonly RestorePart[] = []): readonly RestorePart[] {
  const colon = text.indexOf(':')
  const backupId = colon < 0 ? text : text.slice(0, colon)
  const paths = colon < 0 ? [] : [text.slice(colon + 1)]
  const known = before.find((part) => part.backupId === backupId)
  return known
    ? before.map((part) => (part === known ? { backupId, paths: [...part.paths, ...paths] } : part))
    : [...before, { backupId, paths }]
}

async function restore(
  session: Session,
  id: string | undefined,
  paths: string[],
  options: RestoreOptions,
): Promise<ExitStatus> {
  const { say, output, surroundings } = session
  if (options.undoable) return listRecorded(session)
  if (options.undo !== undefined) return undoRestore(session, options.undo, options.dryRun === true)
  if (id === undefined) throw new UsageError('restoreWhat')
  const more = (options.also ?? []).map((part) => ({ ...part, paths: [...part.paths] }))
  const pack = options.pack === undefined ? {} : { pack: options.pack }
  const backup = await session.call('backup.get', { id })
  const [placeId] = (await placeIdsNamed(session, options.from === undefined ? [] : [options.from])) ?? []
  const into =
    options.into === undefined
      ? (
          await session.call('restore.suggestTarget', {
            backupId: backup.id,
            more: more.map(({ backupId }) => backupId),
            ...pack,
          })
        ).path
      : absolutePath(options.into, surroundings)
  const { runId } = await session.call('restore.start', {
    backupId: backup.id,
    paths,
    into,
    existing: options.existing,
    more,
    ...pack,
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
    undo_run: report.undoId ?? null,
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
