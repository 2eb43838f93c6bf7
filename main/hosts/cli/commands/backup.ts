import { type Command, Option } from 'commander'
import type { Backup, CallInput, Run } from '../../../contract/index.ts'
import { asEverstowError, EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus, exitStatusOf } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { placeIdsNamed } from '../find/find-place.ts'
import { followRun } from '../follow-run.ts'
import { backupOutcome } from '../lines/backup-outcome.ts'
import { wireOf } from '../output/wire-of.ts'
import type { Session } from '../session.ts'
import { absoluteSource } from '../typed-path.ts'
import { UsageError } from '../usage-error.ts'

interface BackupOptions {
  readonly to?: string[]
  readonly format?: 'archive' | 'snapshot'
  readonly exclude?: string[]
  readonly tag?: string
}

/** `everstow backup`: makes a backup now. */
export function backupCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('backup')
    .description(say('help.backup'))
    .argument('[planOrPaths...]', say('help.arg.planOrPaths'))
    .option('--to <places...>', say('help.opt.to'))
    .addOption(new Option('--format <format>', say('help.opt.format')).choices(['archive', 'snapshot']))
    .option('--exclude <globs...>', say('help.opt.exclude'))
    .option('--tag <text>', say('help.opt.tag'))
    .action(withEngine(backUp))
}

type Order = CallInput<'backup.start'>

async function backUp(session: Session, given: string[], options: BackupOptions): Promise<ExitStatus> {
  const placeIds = await placeIdsNamed(session, options.to)
  const about: Order = {
    ...(placeIds ? { placeIds } : {}),
    ...(options.format ? { format: options.format } : {}),
    ...(options.exclude ? { exclude: options.exclude } : {}),
    ...(options.tag === undefined ? {} : { tag: options.tag }),
  }
  const plans = await plansNamed(session, given)
  if (plans && (given.length === 0 || plans.length > 1)) return backUpPlans(session, plans, about)
  const order = plans?.[0]
    ? { ...about, plan: plans[0] }
    : { ...about, paths: given.map((path) => absoluteSource(path, session.surroundings)) }
  const { length: placesBefore } = await session.call('place.list', {})
  const backup = await perform(session, order)
  if (placesBefore === 0) await tellOfHere(session)
  const { document, lines, status } = backupOutcome(session, backup)
  session.output.outcome(document, lines)
  if (placesBefore < 2) session.output.note(session.say('backup.secondPlace'))
  return status
}

/** The plans that all the given words name, or every plan where nothing is given; undefined: they are paths. */
async function plansNamed(session: Session, given: readonly string[]): Promise<string[] | undefined> {
  const plans = await session.call('plan.list', {})
  if (given.length === 0) {
    if (plans.length === 0) throw new UsageError('nothingToBackUp')
    return plans.map(({ name }) => name)
  }
  const named = given.map((word) => {
    const name = word.toLocaleLowerCase()
    return plans.find((plan) => plan.id === word || plan.name.toLocaleLowerCase() === name)?.name
  })
  return named.every((name) => name !== undefined) ? named : undefined
}

/** With nothing configured a place was made in the data folder; a person should know where. */
async function tellOfHere(session: Session): Promise<void> {
  const [here] = await session.call('place.list', {})
  if (here) session.output.note(session.say('backup.madeHere', { place: here.name, path: here.url }))
}

async function perform(session: Session, order: Order): Promise<Backup> {
  const { runId } = await session.call('backup.start', order)
  const run: Run = await followRun(session, runId)
  if (!run.backup) throw new EverstowError('internal')
  return run.backup
}

/** One plan after the other; one that fails does not keep the next from its backup. */
async function backUpPlans(session: Session, plans: readonly string[], about: Order): Promise<ExitStatus> {
  const documents: unknown[] = []
  const told: string[] = []
  const statuses: ExitStatus[] = []
  const explain = explainer(session)
  for (const plan of plans) {
    try {
      const backup = await perform(session, { ...about, plan })
      const { document, lines, status } = backupOutcome(session, backup)
      documents.push(document)
      told.push(...lines())
      statuses.push(status)
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      const record = explain(wireOf(error))
      documents.push({ plan, error: record })
      session.output.warn(
        session.say('backup.planFailed', { plan, message: record.message, todo: record.todo }),
      )
      statuses.push(exitStatusOf(error.code))
    }
  }
  session.output.outcome({ backups: documents }, () => told)
  const failed = statuses.find((status) => status === EXIT.failed || status === EXIT.wrongUsage)
  return failed ?? statuses.find((status) => status !== EXIT.done) ?? EXIT.done
}
