import type { Command } from 'commander'
import { EverstowError } from '../../../engine/model/errors.ts'
import { ask, canAsk } from '../ask.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { placeIdsNamed } from '../find/find-place.ts'
import { followRun } from '../follow-run.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import { databasePassword } from '../secrets/database-password.ts'
import type { Session } from '../session.ts'
import { absoluteSource } from '../typed-path.ts'
import { UsageError } from '../usage-error.ts'

interface RestoreOptions {
  readonly into: string
  readonly database?: string
  readonly withRoles?: boolean
  /** False with `--no-owners`. */
  readonly owners: boolean
  readonly replace?: boolean
  readonly from?: string
  readonly secretFile?: string
}

interface SecretOption {
  readonly secretFile?: string
}

/** `everstow db test|password|restore`: databases as sources of plans. */
export function databaseCommands(program: Command, { say, withEngine }: CommandHost): void {
  const db =
    program.commands.find((each) => each.name() === 'db') ??
    program.command('db').description(say('help.db')).helpCommand(false)
  db.command('test')
    .description(say('help.dbTest'))
    .argument('<address>', say('help.arg.address'))
    .option('--secret-file <file>', say('help.opt.dbSecretFile'))
    .action(withEngine(test))
  db.command('password')
    .description(say('help.dbPassword'))
    .argument('<address>', say('help.arg.address'))
    .option('--secret-file <file>', say('help.opt.dbSecretFile'))
    .option('--forget', say('help.opt.forgetPassword'))
    .action(withEngine(password))
  db.command('restore')
    .description(say('help.dbRestore'))
    .argument('<id>', say('help.arg.backup'))
    .requiredOption('--into <address>', say('help.opt.intoDatabase'))
    .option('--database <name>', say('help.opt.database'))
    .option('--with-roles', say('help.opt.withRoles'))
    .option('--no-owners', say('help.opt.noOwners'))
    .option('--replace', say('help.opt.replaceDatabase'))
    .option('--from <place>', say('help.opt.fromPlace'))
    .option('--secret-file <file>', say('help.opt.dbSecretFile'))
    .action(withEngine(restore))
}

async function test(session: Session, address: string, { secretFile }: SecretOption): Promise<ExitStatus> {
  const { say, output, surroundings } = session
  const given = await databasePassword(session, secretFile)
  const facts = await session.call('postgres.test', {
    source: absoluteSource(address, surroundings),
    ...(given === undefined ? {} : { password: given }),
  })
  const databases = facts.databases.map(({ name, sizeBytes }) => ({ name, size_bytes: sizeBytes }))
  output.outcome(
    {
      source: facts.source,
      server_version: facts.serverVersion,
      can_read_passwords: facts.canReadPasswords,
      databases,
    },
    () => [
      say('db.answers', { version: facts.serverVersion }),
      ...table(
        [{ title: say('column.database') }, { title: say('column.size'), right: true }],
        facts.databases.map(({ name, sizeBytes }) => [safeText(name), say.bytes(sizeBytes)]),
        (text) => output.paint('quiet', text),
      ),
      ...(facts.canReadPasswords ? [] : [say('db.noRolePasswords')]),
    ],
  )
  return EXIT.done
}

async function password(
  session: Session,
  address: string,
  { secretFile, forget }: SecretOption & { readonly forget?: boolean },
): Promise<ExitStatus> {
  const { say, output, surroundings } = session
  const source = absoluteSource(address, surroundings)
  const given = forget ? '' : await askedPassword(session, secretFile, source)
  if (given === undefined) throw new UsageError('noSecret')
  const { kept } = await session.call('postgres.setPassword', { source, password: given })
  output.outcome({ source, kept }, () => [say(kept ? 'db.passwordKept' : 'db.passwordForgotten', { source })])
  return EXIT.done
}

async function askedPassword(
  session: Session,
  secretFile: string | undefined,
  source: string,
): Promise<string | undefined> {
  const given = await databasePassword(session, secretFile)
  if (given !== undefined || !canAsk()) return given
  const { say, interrupt } = session
  return ask(say('db.askPassword', { source }), { hidden: true, signal: interrupt.signal })
}

async function restore(session: Session, id: string, options: RestoreOptions): Promise<ExitStatus> {
  const { say, output, surroundings } = session
  const backup = await session.call('backup.get', { id })
  const [placeId] = (await placeIdsNamed(session, options.from === undefined ? [] : [options.from])) ?? []
  const given = await databasePassword(session, options.secretFile)
  const { runId } = await session.call('postgres.restore', {
    backupId: backup.id,
    into: absoluteSource(options.into, surroundings),
    withRoles: options.withRoles === true,
    noOwners: !options.owners,
    replace: options.replace === true,
    ...(options.database === undefined ? {} : { database: options.database }),
    ...(given === undefined ? {} : { password: given }),
    ...(placeId === undefined ? {} : { placeId }),
  })
  const { database: report } = await followRun(session, runId)
  if (!report) throw new EverstowError('internal')
  const { database, host, tables, takenAt, keptAs, fromPlace, notTaken = [] } = report
  output.outcome(
    {
      backup_id: backup.id,
      database,
      host,
      tables,
      taken_at: takenAt,
      kept_as: keptAs ?? null,
      not_taken: notTaken,
      from_place: fromPlace ?? null,
    },
    () => [
      say('db.restored', { database, host, count: tables, time: say.dateTime(takenAt) }),
      ...(keptAs === undefined ? [] : [say('db.keptAs', { name: keptAs })]),
      ...(notTaken.length === 0 ? [] : [say('db.notTaken', { names: safeText(notTaken.join(', ')) })]),
    ],
  )
  return EXIT.done
}
