import type { Command } from 'commander'
import { type Backup, type DumpProofReport, isDatabaseAddress } from '../../../contract/index.ts'
import { EverstowError, hasCode } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { placeIdsNamed } from '../find/find-place.ts'
import { planNamed } from '../find/find-plan.ts'
import { followRun } from '../follow-run.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import { dumpProofRecord } from '../records/dump-proof-record.ts'
import type { Session } from '../session.ts'

interface VerifyOptions {
  readonly database?: string
  readonly from?: string
}

/** `everstow db verify`: a trial restore of a protected cluster, or of the dumps of a backup. */
export function verifyDatabaseCommand(program: Command, { say, withEngine }: CommandHost): void {
  const db =
    program.commands.find((each) => each.name() === 'db') ??
    program.command('db').description(say('help.db')).helpCommand(false)
  db.command('verify')
    .description(say('help.dbVerify'))
    .argument('<name>', say('help.arg.provable'))
    .option('--database <name>', say('help.opt.database'))
    .option('--from <place>', say('help.opt.fromPlace'))
    .action(withEngine(verify))
}

async function verify(session: Session, name: string, options: VerifyOptions): Promise<ExitStatus> {
  const wanted = name.toLocaleLowerCase()
  const databases = await session.call('databases.list', {})
  const cluster = databases.find((each) => each.id === name || each.name.toLocaleLowerCase() === wanted)
  return cluster ? verifyCluster(session, cluster.id) : verifyDumps(session, name, options)
}

async function verifyCluster(session: Session, id: string): Promise<ExitStatus> {
  const { output, say } = session
  const { runId } = await session.call('databases.prove', { name: id })
  const { databaseProof } = await followRun(session, runId)
  if (!databaseProof) throw new EverstowError('internal')
  output.outcome(databaseProof, () => [
    say('database.proven', {
      tables: databaseProof.tables,
      rows: databaseProof.rows,
      until: say.dateTime(databaseProof.knownUntil),
      place: databaseProof.placeName,
    }),
  ])
  return databaseProof.ok ? EXIT.done : EXIT.damaged
}

async function verifyDumps(
  session: Session,
  name: string,
  { database, from }: VerifyOptions,
): Promise<ExitStatus> {
  const { output, say } = session
  const backup = await backupMeant(session, name)
  const [placeId] = (await placeIdsNamed(session, from === undefined ? [] : [from])) ?? []
  const { runId } = await session.call('postgres.prove', {
    backupId: backup.id,
    ...(database === undefined ? {} : { database }),
    ...(placeId === undefined ? {} : { placeId }),
  })
  const { dumpProof } = await followRun(session, runId)
  if (!dumpProof) throw new EverstowError('internal')
  const { ok } = dumpProof
  output.outcome(dumpProofRecord(dumpProof), () => [
    ...dumpLines(session, dumpProof),
    output.paint(ok ? 'good' : 'bad', say(ok ? 'db.proven' : 'db.notProven', { backup: backup.id })),
  ])
  return ok ? EXIT.done : EXIT.damaged
}

/** A backup by its id, or the newest one of a plan that holds a database. */
async function backupMeant(session: Session, name: string): Promise<Backup> {
  try {
    return await session.call('backup.get', { id: name })
  } catch (error) {
    if (!hasCode(error, 'unknown-backup')) throw error
  }
  const plans = await session.call('plan.list', {})
  const wanted = name.toLocaleLowerCase()
  if (!plans.some((plan) => plan.id === name || plan.name.toLocaleLowerCase() === wanted))
    throw new EverstowError('unknown-backup', { data: { id: name } })
  const { backups } = await session.call('backup.list', { planId: planNamed(plans, name).id })
  const newest = backups.find(
    ({ state, sources }) =>
      (state === 'complete' || state === 'incomplete') && sources.some(isDatabaseAddress),
  )
  if (!newest) throw new EverstowError('no-database-in-backup', { data: { databases: '' } })
  return newest
}

function dumpLines(session: Session, { databases }: DumpProofReport): string[] {
  const { say, output } = session
  const explain = explainer(session)
  return [
    ...table(
      [
        { title: say('column.database') },
        { title: say('column.tables'), right: true },
        { title: say('column.rows'), right: true },
        { title: say('column.duration'), right: true },
        { title: say('column.outcome') },
      ],
      databases.map(({ database, tables, rows, durationMs, isCompared, differing, error }) => {
        const isGood = !error && differing.length === 0
        const word = isGood ? (isCompared ? 'db.rowsSame' : 'db.rowsUncompared') : 'db.rowsDiffer'
        return [
          safeText(database),
          say.number(tables),
          say.number(rows),
          say.duration(Math.max(1, Math.round(durationMs / 1_000))),
          {
            text: error ? safeText(explain(error, database).message) : say(word),
            paint: (text: string) => output.paint(isGood ? 'good' : 'bad', text),
          },
        ]
      }),
      (text) => output.paint('quiet', text),
    ),
    ...databases.flatMap(({ database, differing }) =>
      differing.map(({ table: name, recorded, found }) =>
        say('db.tableDiffers', {
          table: safeText(`${database}: ${name}`),
          recorded: recorded === undefined ? say('db.noTable') : say.number(recorded),
          found: found === undefined ? say('db.noTable') : say.number(found),
        }),
      ),
    ),
  ]
}
