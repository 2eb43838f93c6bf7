import { type Command, Option } from 'commander'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { placeIdsNamed } from '../find/find-place.ts'
import { followRun } from '../follow-run.ts'
import { backupOutcome } from '../lines/backup-outcome.ts'
import { coverageLines, databaseTable, guardLines, settingsLines } from '../lines/database-lines.ts'
import { days, wholeNumber } from '../options/amounts.ts'
import { safeText } from '../output/terminal-text.ts'
import { databaseRecord } from '../records/database-record.ts'
import { databasePassword } from '../secrets/database-password.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'

interface AddOptions {
  readonly source: string
  readonly to?: string[]
  readonly baseEvery?: string
  readonly keepDays?: number
  readonly secretFile?: string
}

interface PlaceOption {
  readonly place?: string
}

interface RecoverOptions {
  readonly to: string
  readonly into: string
  readonly timeline?: number
  readonly from?: string
}

/** `everstow db …`: continuous protection of PostgreSQL clusters. */
export function protectCommands(program: Command, { say, withEngine }: CommandHost): void {
  const db =
    program.commands.find((each) => each.name() === 'db') ??
    program.command('db').description(say('help.db')).helpCommand(false)
  const named = (name: string, help: string) =>
    db.command(name).description(say(help)).argument('<name>', say('help.arg.database'))

  db.command('add')
    .description(say('help.dbAdd'))
    .argument('<name>', say('help.arg.newDatabase'))
    .requiredOption('--source <address>', say('help.opt.dbSource'))
    .option('--to <places...>', say('help.opt.to'))
    .option('--base-every <schedule>', say('help.opt.baseEvery'))
    .option('--keep-days <days>', say('help.opt.keepMoments'), days)
    .option('--secret-file <file>', say('help.opt.dbSecretFile'))
    .action(withEngine(add))
  db.command('list').description(say('help.dbList')).action(withEngine(list))
  named('show', 'help.dbShow').action(withEngine(show))
  named('remove', 'help.dbRemove').action(withEngine(remove))
  named('base', 'help.dbBase').action(withEngine(base))
  db.command('archive-wal')
    .description(say('help.dbArchiveWal'))
    .argument('<path>', say('help.arg.walPath'))
    .argument('<name>', say('help.arg.database'))
    .action(withEngine(archiveWal))
  named('fetch-wal', 'help.dbFetchWal')
    .argument('<file>', say('help.arg.walFile'))
    .argument('<into>', say('help.arg.walInto'))
    .action(withEngine(fetchWal))
  named('coverage', 'help.dbCoverage')
    .option('--place <place>', say('help.opt.onlyPlace'))
    .action(withEngine(coverage))
  named('tidy', 'help.dbTidy').option('--dry-run', say('help.opt.dryRun')).action(withEngine(tidy))
  named('pitr', 'help.dbPitr')
    .requiredOption('--to <moment>', say('help.opt.moment'))
    .requiredOption('--into <folder>', say('help.opt.newFolder'))
    .addOption(
      new Option('--timeline <number>', say('help.opt.timeline')).argParser(wholeNumber(1, 0xffffffff)),
    )
    .option('--from <place>', say('help.opt.fromPlace'))
    .action(withEngine(recover))
}

async function add(session: Session, name: string, options: AddOptions): Promise<ExitStatus> {
  const { say, output } = session
  const places = await session.call('place.list', {})
  if (places.length === 0) throw new EverstowError('no-places')
  const password = await databasePassword(session, options.secretFile)
  const database = await session.call('databases.add', {
    name,
    url: options.source,
    placeIds: (await placeIdsNamed(session, options.to)) ?? places.map(({ id }) => id),
    ...(options.baseEvery === undefined ? {} : { baseSchedule: options.baseEvery }),
    ...(options.keepDays === undefined ? {} : { keepDays: options.keepDays }),
    ...(password === undefined ? {} : { password }),
  })
  const { settings } = await session.call('databases.settings', { name: database.id })
  output.outcome({ ...databaseRecord(database, places), settings }, () => [
    say('database.added', { name: database.name }),
    say('database.settings'),
    ...settingsLines(settings),
    say('database.nextBase', { command: `everstow db base ${JSON.stringify(database.name)}` }),
  ])
  return EXIT.done
}

async function list(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const places = await session.call('place.list', {})
  const databases = await session.call('databases.list', {})
  output.answer({ databases: databases.map((each) => databaseRecord(each, places)) }, () =>
    databases.length === 0 ? [say('database.none')] : databaseTable(databases, places, session),
  )
  return EXIT.done
}

async function show(session: Session, name: string): Promise<ExitStatus> {
  const { output } = session
  const places = await session.call('place.list', {})
  const database = await databaseNamed(session, name)
  const guard = await session.call('databases.guard', { name: database.id })
  const { settings } = await session.call('databases.settings', { name: database.id })
  output.answer({ ...databaseRecord(database, places), guard, settings }, () => [
    ...databaseTable([database], places, session),
    '',
    ...guardLines(guard, session),
    '',
    ...settingsLines(settings),
  ])
  return EXIT.done
}

async function remove(session: Session, name: string): Promise<ExitStatus> {
  const { say, output } = session
  const database = await databaseNamed(session, name)
  if (!(await confirmed(session, 'database.confirmRemove', { name: database.name })))
    throw new EverstowError('cancelled')
  const { removed } = await session.call('databases.remove', { name: database.id })
  output.outcome({ database: database.name, removed }, () => [
    say('database.removed', { name: database.name }),
  ])
  return EXIT.done
}

async function base(session: Session, name: string): Promise<ExitStatus> {
  const { runId } = await session.call('databases.base', { name })
  const { backup } = await followRun(session, runId)
  if (!backup) throw new EverstowError('internal')
  const { document, lines, status } = backupOutcome(session, backup)
  session.output.outcome(document, lines)
  return status
}

/** What PostgreSQL's archiver runs: says little, and takes above 125 for an order to stop, so it never gets that. */
async function archiveWal(session: Session, path: string, name: string): Promise<ExitStatus> {
  const { say, output } = session
  try {
    const answer = await session.call('databases.archiveWal', {
      name,
      path: absolutePath(path, session.surroundings),
    })
    output.outcome({ ...answer }, () => [
      say('database.archived', {
        file: answer.file,
        count: answer.places.filter(({ state }) => state !== 'waiting').length,
        total: answer.places.length,
      }),
    ])
    return EXIT.done
  } catch (error) {
    if (session.interrupt.signal.aborted) return EXIT.failed
    throw error
  }
}

async function fetchWal(session: Session, name: string, file: string, into: string): Promise<ExitStatus> {
  const { output, say } = session
  const answer = await session.call('databases.fetchWal', {
    name,
    file,
    into: absolutePath(into, session.surroundings),
  })
  output.outcome({ ...answer }, () => [say('database.fetched', { file })])
  return EXIT.done
}

async function coverage(session: Session, name: string, { place }: PlaceOption): Promise<ExitStatus> {
  const { output } = session
  const [placeId] = (await placeIdsNamed(session, place === undefined ? [] : [place])) ?? []
  const { places } = await session.call('databases.coverage', {
    name,
    ...(placeId === undefined ? {} : { placeId }),
  })
  output.answer({ places }, () => coverageLines(places, session))
  if (places.some(({ damaged }) => damaged.length > 0)) return EXIT.damaged
  const isWhole = places.every(
    ({ error, timelines }) => !error && timelines.every(({ missing }) => missing.length === 0),
  )
  return isWhole ? EXIT.done : EXIT.incomplete
}

async function recover(
  session: Session,
  name: string,
  { to, into, timeline, from }: RecoverOptions,
): Promise<ExitStatus> {
  const { output, say } = session
  const [placeId] = (await placeIdsNamed(session, from === undefined ? [] : [from])) ?? []
  const { runId } = await session.call('databases.recover', {
    name,
    to,
    into: absolutePath(into, session.surroundings),
    ...(timeline === undefined ? {} : { timeline }),
    ...(placeId === undefined ? {} : { placeId }),
  })
  const { recovery } = await followRun(session, runId)
  if (!recovery) throw new EverstowError('internal')
  output.outcome(recovery, () => [
    say('database.prepared', { into: recovery.into, base: recovery.baseId, place: recovery.placeName }),
    say('database.start'),
    `  ${recovery.command}`,
    say('database.notArchiving'),
  ])
  return EXIT.done
}

async function tidy(
  session: Session,
  name: string,
  { dryRun = false }: { readonly dryRun?: boolean },
): Promise<ExitStatus> {
  const { output, say } = session
  const { runId } = await session.call('databases.tidy', { name, dryRun })
  const { databaseTidy } = await followRun(session, runId)
  if (!databaseTidy) throw new EverstowError('internal')
  const explain = explainer(session)
  output.outcome(databaseTidy, () =>
    databaseTidy.places.map(({ placeName, bases, objects, bytes, keptFrom, error }) => {
      if (error) return `${safeText(placeName)}: ${safeText(explain(error, placeName).message)}`
      if (keptFrom === undefined) return say('database.nothingOld', { place: placeName })
      const params = { place: placeName, bases: bases.length, count: objects, size: say.bytes(bytes) }
      return say(dryRun ? 'database.wouldTidy' : 'database.tidied', params)
    }),
  )
  return databaseTidy.places.some(({ error }) => error) ? EXIT.incomplete : EXIT.done
}

async function databaseNamed(session: Session, wanted: string) {
  const name = wanted.toLocaleLowerCase()
  const databases = await session.call('databases.list', {})
  const database =
    databases.find(({ id }) => id === wanted) ??
    databases.find((each) => each.name.toLocaleLowerCase() === name)
  if (!database) throw new EverstowError('unknown-database', { data: { name: wanted } })
  return database
}
