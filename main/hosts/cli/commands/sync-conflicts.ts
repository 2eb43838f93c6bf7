import { readFileSync } from 'node:fs'
import { Argument, type Command, Option } from 'commander'
import type { SyncConflict } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { syncCommand, syncedFolderNamed } from '../find/find-synced-folder.ts'
import { conflictLines, conflictTable } from '../lines/sync-lines.ts'
import { safeText } from '../output/terminal-text.ts'
import { conflictRecord } from '../records/sync-record.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'
import { runSync } from './sync.ts'

const KEEPS = ['local', 'remote', 'both', 'merged'] as const

interface ConflictOptions {
  readonly resolved?: boolean
}

interface ResolveOptions {
  readonly all?: boolean
  readonly keep: (typeof KEEPS)[number]
  readonly file?: string
  readonly run: boolean
}

/** `everstow sync conflicts|resolve|reopen|decide`: what only a person can decide. */
export function syncConflictCommands(program: Command, { say, withEngine }: CommandHost): void {
  const sync = syncCommand(program, say)
  sync
    .command('conflicts')
    .description(say('help.syncConflicts'))
    .argument('[id]', say('help.arg.conflict'))
    .option('--resolved', say('help.opt.resolved'))
    .action(withEngine(conflicts))
  sync
    .command('resolve')
    .description(say('help.syncResolve'))
    .argument('[ids...]', say('help.arg.conflict'))
    .option('--all', say('help.opt.allConflicts'))
    .addOption(new Option('--keep <which>', say('help.opt.keepWhich')).choices(KEEPS).makeOptionMandatory())
    .option('--file <file>', say('help.opt.mergedFile'))
    .option('--no-run', say('help.opt.noRun'))
    .action(withEngine(resolve))
  sync
    .command('reopen')
    .description(say('help.syncReopen'))
    .argument('<id>', say('help.arg.conflict'))
    .action(withEngine(reopen))
  sync
    .command('decide')
    .description(say('help.syncDecide'))
    .argument('<name>', say('help.arg.synced'))
    .addArgument(new Argument('<approve|restore>', say('help.arg.decision')).choices(['approve', 'restore']))
    .action(withEngine(decide))
}

async function conflicts(
  session: Session,
  id: string | undefined,
  { resolved = false }: ConflictOptions,
): Promise<ExitStatus> {
  const { say, output } = session
  const state = resolved ? 'resolved' : 'open'
  if (id !== undefined) return showConflict(session, await conflictNamed(session, id))
  const all = await session.call('sync.conflicts', { state })
  output.answer({ conflicts: all.map(conflictRecord) }, () =>
    all.length === 0
      ? [say(resolved ? 'sync.noneResolved' : 'sync.noConflicts')]
      : conflictTable(all, session),
  )
  return EXIT.done
}

async function showConflict(session: Session, conflict: SyncConflict): Promise<ExitStatus> {
  const compared = await session.call('sync.compare', { conflictId: conflict.id })
  const { merged } = compared
  session.output.answer(
    {
      ...conflictRecord(conflict),
      base_text: compared.base?.text ?? null,
      local_text: compared.here.text ?? null,
      remote_text: compared.there.text ?? null,
      merged: merged ? { clean: merged.isClean, text: merged.text } : null,
    },
    () => conflictLines(conflict, compared, session),
  )
  return EXIT.done
}

async function conflictNamed(session: Session, id: string): Promise<SyncConflict> {
  for (const state of ['open', 'resolved'] as const) {
    const found = (await session.call('sync.conflicts', { state })).find((each) => each.id === id)
    if (found) return found
  }
  throw new EverstowError('unknown-conflict', { data: { id } })
}

async function resolve(session: Session, ids: string[], options: ResolveOptions): Promise<ExitStatus> {
  const { say, output } = session
  if (ids.length > 0 === (options.all === true))
    throw new EverstowError('invalid-input', { data: { field: 'id', value: ids.join(' ') } })
  const text =
    options.file === undefined
      ? undefined
      : readFileSync(absolutePath(options.file, session.surroundings), 'utf8')
  const { resolved, failed } = await session.call('sync.resolve', {
    ...(ids.length > 0 && { conflictIds: ids }),
    keep: options.keep,
    ...(text !== undefined && { text }),
  })
  const explain = explainer(session)
  output.outcome(
    { resolved, failed: failed.map(({ conflictId, error }) => ({ id: conflictId, error: explain(error) })) },
    () => [
      say('sync.resolved', { count: resolved }),
      ...failed.map(({ conflictId, error }) =>
        output.paint('bad', `${conflictId}: ${safeText(explain(error).message)}`),
      ),
    ],
  )
  if (failed.length > 0) return EXIT.failed
  if (resolved > 0 && options.run && !output.json) await runSync(session, undefined)
  return EXIT.done
}

async function reopen(session: Session, id: string): Promise<ExitStatus> {
  const { say, output } = session
  const conflict = await session.call('sync.reopen', { conflictId: id })
  output.outcome(conflictRecord(conflict), () => [
    say('sync.reopened', {
      path: safeText(conflict.path),
      copy: safeText(conflict.copyPath ?? conflict.path),
    }),
  ])
  return EXIT.done
}

async function decide(session: Session, name: string, decision: 'approve' | 'restore'): Promise<ExitStatus> {
  const { say, output } = session
  const folder = await syncedFolderNamed(session, name)
  if (!folder.held) {
    output.outcome({ decided: false }, () => [say('sync.nothingHeld')])
    return EXIT.done
  }
  const { decided } = await session.call('sync.decide', {
    id: folder.id,
    heldId: folder.held.id,
    decision,
  })
  if (output.json) {
    output.outcome({ decided }, () => [])
    return EXIT.done
  }
  return runSync(session, folder.id)
}
