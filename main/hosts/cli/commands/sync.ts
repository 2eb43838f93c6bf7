import { type Command, Option } from 'commander'
import { syncSummary } from '../../../app/views/sync-summary.ts'
import type { SyncStrategy } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { SYNC_STRATEGIES } from '../../../engine/model/synced-folder.ts'
import { ask, canAsk } from '../ask.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { placeMeant } from '../find/find-place.ts'
import { syncCommand, syncedFolderNamed } from '../find/find-synced-folder.ts'
import { followRun } from '../follow-run.ts'
import { reportLines, statusLines, syncTable } from '../lines/sync-lines.ts'
import { safeText } from '../output/terminal-text.ts'
import { syncRecord, syncReportRecord } from '../records/sync-record.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'
import { UsageError } from '../usage-error.ts'

interface AddOptions {
  readonly folder: string
  readonly place?: string
  readonly strategy?: SyncStrategy
  readonly only?: string[]
  readonly ignore?: string[]
  readonly auto: boolean
}

interface JoinOptions extends AddOptions {
  /** True: it is asked for. */
  readonly invite?: string | boolean
}

interface EditOptions {
  readonly strategy?: SyncStrategy
  readonly only?: string[]
  readonly everything?: boolean
  readonly ignore?: string[]
  readonly noIgnore?: boolean
  readonly auto?: 'on' | 'off'
}

/** `everstow sync …`: folders that are kept the same on several devices. */
export function syncCommands(program: Command, { say, withEngine }: CommandHost): void {
  const sync = syncCommand(program, say)
  const strategy = () =>
    new Option('--strategy <strategy>', say('help.opt.strategy')).choices([...SYNC_STRATEGIES])
  const begin = (name: string, help: string) =>
    sync
      .command(name)
      .description(say(help))
      .argument('<name>', say('help.arg.space'))
      .requiredOption('--folder <folder>', say('help.opt.syncFolder'))
      .option('--place <place>', say('help.opt.syncPlace'))
      .addOption(strategy())
      .option('--only <subfolders...>', say('help.opt.only'))
      .option('--ignore <patterns...>', say('help.opt.ignore'))
      .option('--no-auto', say('help.opt.noAuto'))
  begin('add', 'help.syncAdd').action(withEngine(add))
  begin('join', 'help.syncJoin').option('--invite [code]', say('help.opt.invite')).action(withEngine(join))
  sync
    .command('edit')
    .description(say('help.syncEdit'))
    .argument('<name>', say('help.arg.synced'))
    .addOption(strategy())
    .option('--only <subfolders...>', say('help.opt.only'))
    .option('--everything', say('help.opt.everything'))
    .option('--ignore <patterns...>', say('help.opt.ignore'))
    .option('--no-ignore', say('help.opt.noIgnore'))
    .addOption(new Option('--auto <on|off>', say('help.opt.auto')).choices(['on', 'off']))
    .action(withEngine(edit))
  sync.command('list', { isDefault: true }).description(say('help.syncList')).action(withEngine(list))
  sync
    .command('status')
    .description(say('help.syncStatus'))
    .argument('[name]', say('help.arg.synced'))
    .action(withEngine(status))
  sync
    .command('run')
    .description(say('help.syncRun'))
    .argument('[name]', say('help.arg.synced'))
    .action(withEngine(run))
  sync
    .command('remove')
    .description(say('help.syncRemove'))
    .argument('<name>', say('help.arg.synced'))
    .action(withEngine(remove))
}

/** Joins a space that is there already, with an invite where nothing else opens the place here. */
async function join(session: Session, name: string, options: JoinOptions): Promise<ExitStatus> {
  const { id: placeId, name: placeName } = await placeMeant(session, options.place)
  if (options.invite !== undefined && options.invite !== false) {
    const typed = options.invite === true ? await askInvite(session) : options.invite
    await session.call('repository.adopt', { placeId, invite: typed })
  }
  const spaces = await session.call('sync.spaces', { placeId })
  const wanted = name.toLocaleLowerCase()
  if (!spaces.some((space) => space.name.toLocaleLowerCase() === wanted)) {
    const known = spaces.map((space) => space.name).join(', ') || '–'
    throw new EverstowError('unknown-space', { data: { name, place: placeName, known } })
  }
  return add(session, name, options)
}

async function askInvite({ secrets, say, interrupt }: Session): Promise<string> {
  if (secrets.invite) return secrets.invite.reveal()
  const typed = canAsk() ? await ask(say('sync.askInvite'), { hidden: true, signal: interrupt.signal }) : ''
  if (typed.trim() === '') throw new UsageError('noInvite')
  return typed
}

async function add(session: Session, name: string, options: AddOptions): Promise<ExitStatus> {
  const { say, output } = session
  const place = await placeMeant(session, options.place)
  const { joined, ...folder } = await session.call('sync.add', {
    name,
    folder: absolutePath(options.folder, session.surroundings),
    placeId: place.id,
    ...(options.strategy && { strategy: options.strategy }),
    only: options.only ?? [],
    ignore: options.ignore ?? [],
    auto: options.auto,
  })
  const words = { name: folder.name, folder: folder.folder, place: folder.placeName }
  output.outcome({ ...syncRecord(folder, session), joined }, () => [
    say(joined ? 'sync.joined' : 'sync.added', words),
    say('sync.runNow', { command: `everstow sync run ${JSON.stringify(folder.name)}` }),
    ...(folder.auto ? [say('sync.byItself')] : []),
  ])
  return EXIT.done
}

async function edit(session: Session, name: string, options: EditOptions): Promise<ExitStatus> {
  const { say, output } = session
  const { id } = await syncedFolderNamed(session, name)
  const ignore = options.ignore as string[] | false | undefined
  const change = {
    ...(options.strategy && { strategy: options.strategy }),
    ...(options.only && { only: options.only }),
    ...(options.everything && { only: [] }),
    ...(Array.isArray(ignore) && { ignore }),
    ...(ignore === false && { ignore: [] }),
    ...(options.auto && { auto: options.auto === 'on' }),
  }
  const folder = await session.call('sync.update', { id, change })
  output.outcome(syncRecord(folder, session), () => [say('sync.changed', { name: folder.name })])
  return EXIT.done
}

async function list(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const folders = await session.call('sync.list', {})
  output.answer({ folders: folders.map((each) => syncRecord(each, session)) }, () =>
    folders.length === 0 ? [say('sync.none')] : syncTable(folders, session),
  )
  return EXIT.done
}

async function status(session: Session, name: string | undefined): Promise<ExitStatus> {
  const { say, output } = session
  const all = await session.call('sync.list', {})
  const folders = name === undefined ? all : [await syncedFolderNamed(session, name)]
  const { offline } = await session.call('outbox.list', {})
  const document = {
    ...syncSummary(folders, offline),
    folders: folders.map((each) => syncRecord(each, session)),
  }
  output.answer(document, () =>
    folders.length === 0 ? [say('sync.none')] : folders.flatMap((each) => statusLines(each, session)),
  )
  if (folders.some(({ state }) => state === 'failed')) return EXIT.failed
  return folders.every(({ state, conflicts }) => state === 'synced' && conflicts === 0)
    ? EXIT.done
    : EXIT.incomplete
}

async function run(session: Session, name: string | undefined): Promise<ExitStatus> {
  return runSync(session, name === undefined ? undefined : (await syncedFolderNamed(session, name)).id)
}

/** Syncs and says what came of it. */
export async function runSync(session: Session, id: string | undefined): Promise<ExitStatus> {
  const { output } = session
  const { runId } = await session.call('sync.run', id === undefined ? {} : { id })
  const { sync } = await followRun(session, runId)
  if (!sync) throw new EverstowError('internal')
  output.outcome(syncReportRecord(sync, session), () => reportLines(sync, session))
  if (sync.folders.some(({ error }) => error)) return EXIT.failed
  const isIncomplete = sync.folders.some(
    ({ problems, held, unfinished }) => problems.length > 0 || held || unfinished,
  )
  return isIncomplete ? EXIT.incomplete : EXIT.done
}

async function remove(session: Session, name: string): Promise<ExitStatus> {
  const { say, output } = session
  const folder = await syncedFolderNamed(session, name)
  if (!(await confirmed(session, 'sync.confirmRemove', { name: folder.name })))
    throw new EverstowError('cancelled')
  const { removed } = await session.call('sync.remove', { id: folder.id })
  output.outcome({ space: folder.name, removed }, () => [
    say('sync.removed', { name: safeText(folder.name), folder: safeText(folder.folder) }),
  ])
  return EXIT.done
}
