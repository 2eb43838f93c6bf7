import type { Command } from 'commander'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { oneSyncedFolder, syncCommand, syncedFolderNamed } from '../find/find-synced-folder.ts'
import { followRun } from '../follow-run.ts'
import { activityTable, browseTable, queueTable, versionTable } from '../lines/sync-history-lines.ts'
import { wholeNumber } from '../options/amounts.ts'
import { safeText } from '../output/terminal-text.ts'
import { operationRecord, spaceEntryRecord, versionRecord } from '../records/sync-record.ts'
import type { Session } from '../session.ts'

interface RestoreOptions {
  readonly at?: number
  readonly as?: string
}

interface QueueOptions {
  readonly drop?: string[]
  readonly dropAll?: boolean
  readonly undrop?: boolean
}

/** `everstow sync versions|restore|files|queue|activity|check|tidy`: what a space keeps, and what is on its way. */
export function syncVersionCommands(program: Command, { say, withEngine }: CommandHost): void {
  const sync = syncCommand(program, say)
  const named = (name: string, help: string) =>
    sync.command(name).description(say(help)).argument('<name>', say('help.arg.synced'))
  named('versions', 'help.syncVersions')
    .argument('<path>', say('help.arg.innerPath'))
    .action(withEngine(versions))
  named('restore', 'help.syncRestore')
    .argument('<path>', say('help.arg.innerPath'))
    .option('--at <number>', say('help.opt.versionNumber'), wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--as <path>', say('help.opt.as'))
    .action(withEngine(restore))
  named('files', 'help.syncFiles')
    .argument('[path]', say('help.arg.innerPath'), '')
    .option('--deleted', say('help.opt.deleted'))
    .action(withEngine(browse))
  sync
    .command('queue')
    .description(say('help.syncQueue'))
    .argument('[name]', say('help.arg.synced'))
    .option('--drop <keys...>', say('help.opt.drop'))
    .option('--drop-all', say('help.opt.dropAll'))
    .option('--undrop', say('help.opt.undrop'))
    .action(withEngine(queue))
  sync
    .command('activity')
    .description(say('help.syncActivity'))
    .argument('[name]', say('help.arg.synced'))
    .option('--limit <count>', say('help.opt.limit'), wholeNumber(1, 1_000))
    .action(withEngine(activity))
  named('check', 'help.syncCheck').option('--deep', say('help.opt.deep')).action(withEngine(check))
  named('tidy', 'help.syncTidy').option('--dry-run', say('help.opt.dryRun')).action(withEngine(tidy))
}

async function versions(session: Session, name: string, path: string): Promise<ExitStatus> {
  const { say, output } = session
  const { id } = await syncedFolderNamed(session, name)
  const found = await session.call('sync.versions', { id, path })
  output.answer({ path, versions: found.map(versionRecord) }, () =>
    found.length === 0 ? [say('sync.noVersions', { path: safeText(path) })] : versionTable(found, session),
  )
  return found.length > 0 ? EXIT.done : EXIT.failed
}

async function restore(
  session: Session,
  name: string,
  path: string,
  { at, as }: RestoreOptions,
): Promise<ExitStatus> {
  const { say, output } = session
  const { id } = await syncedFolderNamed(session, name)
  const restored = await session.call('sync.restore', {
    id,
    path,
    ...(at !== undefined && { slot: at }),
    ...(as !== undefined && { as }),
  })
  output.outcome({ ...restored }, () => [
    say('sync.restored', { path: safeText(restored.path), count: restored.files }),
  ])
  return EXIT.done
}

async function browse(
  session: Session,
  name: string,
  path: string,
  { deleted = false }: { readonly deleted?: boolean },
): Promise<ExitStatus> {
  const { say, output } = session
  const { id } = await syncedFolderNamed(session, name)
  const entries = await session.call('sync.browse', { id, path, withDeleted: deleted })
  output.answer({ path, entries: entries.map(spaceEntryRecord) }, () =>
    entries.length === 0 ? [say('sync.emptyFolder')] : browseTable(entries, session),
  )
  return EXIT.done
}

async function queue(session: Session, name: string | undefined, options: QueueOptions): Promise<ExitStatus> {
  const { say, output } = session
  const { id } = await oneSyncedFolder(session, name)
  if (options.drop || options.dropAll || options.undrop) {
    const { dropped } = await session.call('sync.drop', {
      id,
      on: options.undrop !== true,
      ...(options.drop && { keys: options.drop }),
    })
    output.outcome({ dropped }, () => [
      say(options.undrop ? 'sync.undropped' : 'sync.dropped', { count: dropped }),
    ])
    return EXIT.done
  }
  const operations = await session.call('sync.queue', { id })
  output.answer({ operations: operations.map(operationRecord) }, () =>
    operations.length === 0 ? [say('sync.queueEmpty')] : queueTable(operations, session),
  )
  return EXIT.done
}

async function activity(
  session: Session,
  name: string | undefined,
  { limit = 50 }: { readonly limit?: number },
): Promise<ExitStatus> {
  const { say, output } = session
  const { id } = await oneSyncedFolder(session, name)
  const operations = await session.call('sync.activity', { id, limit })
  output.answer({ operations: operations.map(operationRecord) }, () =>
    operations.length === 0 ? [say('sync.noActivity')] : activityTable(operations, session),
  )
  return EXIT.done
}

async function check(
  session: Session,
  name: string,
  { deep = false }: { readonly deep?: boolean },
): Promise<ExitStatus> {
  const { say, output } = session
  const folder = await syncedFolderNamed(session, name)
  const { packs, bytes, damaged } = await session.call('sync.check', { id: folder.id, deep })
  output.answer({ space: folder.name, packs, bytes, damaged }, () => [
    ...damaged.map((path) => output.paint('bad', say('sync.damagedFile', { path: safeText(path) }))),
    say(damaged.length > 0 ? 'sync.damaged' : deep ? 'sync.checkedDeep' : 'sync.checked', {
      count: damaged.length > 0 ? damaged.length : packs,
      size: say.bytes(bytes),
    }),
  ])
  return damaged.length > 0 ? EXIT.damaged : EXIT.done
}

async function tidy(
  session: Session,
  name: string,
  { dryRun = false }: { readonly dryRun?: boolean },
): Promise<ExitStatus> {
  const { say, output } = session
  const folder = await syncedFolderNamed(session, name)
  const { runId } = await session.call('sync.tidy', { id: folder.id, dryRun })
  const { spaceTidy } = await followRun(session, runId)
  if (!spaceTidy) throw new EverstowError('internal')
  const { packs, bytes, leavingPacks, leavingBytes } = spaceTidy
  const leaving = { leaving_packs: leavingPacks, leaving_bytes: leavingBytes }
  output.outcome({ space: folder.name, dry_run: dryRun, packs, bytes, ...leaving }, () => [
    packs > 0
      ? say(dryRun ? 'sync.wouldTidy' : 'sync.tidied', { count: packs, size: say.bytes(bytes) })
      : say('sync.nothingToTidy'),
    ...(leavingPacks > 0
      ? [
          say(dryRun ? 'sync.wouldLeave' : 'sync.leaving', {
            count: leavingPacks,
            size: say.bytes(leavingBytes),
          }),
        ]
      : []),
  ])
  return EXIT.done
}
