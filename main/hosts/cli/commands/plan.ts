import type { Command } from 'commander'
import { EverstowError } from '../../../engine/model/errors.ts'
import { checkDatabases } from '../check-databases.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { planNamed } from '../find/find-plan.ts'
import { planFacts, planTable } from '../lines/plan-lines.ts'
import { type PlanOptions, planFields, withPlanOptions } from '../options/plan-fields.ts'
import { planRecord } from '../records/plan-record.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'

interface DatabaseOptions {
  /** The password of the databases among the sources. */
  readonly secretFile?: string
  /** False with `--no-test`. */
  readonly test: boolean
}

interface AddOptions extends PlanOptions, DatabaseOptions {
  readonly source: string[]
}

interface EditOptions extends PlanOptions, DatabaseOptions {
  readonly name?: string
}

/** `everstow plan …`: what is backed up, where, and how often. */
export function planCommands(program: Command, { say, withEngine }: CommandHost): void {
  const plan = program.command('plan').description(say('help.plan')).helpCommand(false)
  withPlanOptions(
    plan
      .command('add')
      .description(say('help.planAdd'))
      .argument('<name>', say('help.arg.newPlan'))
      .requiredOption('--source <paths...>', say('help.opt.source'))
      .option('--secret-file <file>', say('help.opt.dbSecretFile'))
      .option('--no-test', say('help.opt.noDatabaseTest')),
    say,
  ).action(withEngine(addPlan))
  withPlanOptions(
    plan
      .command('edit')
      .description(say('help.planEdit'))
      .argument('<plan>', say('help.arg.plan'))
      .option('--name <name>', say('help.opt.newName'))
      .option('--source <paths...>', say('help.opt.source'))
      .option('--secret-file <file>', say('help.opt.dbSecretFile'))
      .option('--no-test', say('help.opt.noDatabaseTest')),
    say,
  )
    .option('--no-exclude', say('help.opt.noExclude'))
    .option('--no-exclude-preset', say('help.opt.noExcludePreset'))
    .action(withEngine(editPlan))
  plan.command('list').description(say('help.planList')).action(withEngine(listPlans))
  plan
    .command('show')
    .description(say('help.planShow'))
    .argument('<plan>', say('help.arg.plan'))
    .action(withEngine(showPlan))
  plan
    .command('remove')
    .description(say('help.planRemove'))
    .argument('<plan>', say('help.arg.plan'))
    .action(withEngine(removePlan))
}

async function addPlan(session: Session, name: string, options: AddOptions): Promise<ExitStatus> {
  const { say, output } = session
  const places = await session.call('place.list', {})
  if (places.length === 0) throw new EverstowError('no-places')
  const { keepDays, keep, quietHours, staleAfterHours, ...fields } = planFields(session, options, places)
  if (options.test) await checkDatabases(session, fields.sources ?? [], options.secretFile)
  const plan = await session.call('plan.add', {
    placeIds: places.map(({ id }) => id),
    sources: [],
    ...fields,
    name,
    ...(keepDays == null ? {} : { keepDays }),
    ...(keep == null ? {} : { keep }),
    ...(quietHours == null ? {} : { quietHours }),
    ...(staleAfterHours == null ? {} : { staleAfterHours }),
  })
  output.outcome(planRecord(plan, places), () => [
    say('plan.added', { plan: plan.name, command: `everstow backup ${JSON.stringify(plan.name)}` }),
  ])
  return EXIT.done
}

async function editPlan(session: Session, wanted: string, options: EditOptions): Promise<ExitStatus> {
  const { output, say } = session
  const places = await session.call('place.list', {})
  const before = planNamed(await session.call('plan.list', {}), wanted)
  const change = {
    ...planFields(session, options, places, before),
    ...(options.name === undefined ? {} : { name: options.name }),
  }
  if (Object.keys(change).length === 0) throw new UsageError('nothingToChange')
  const added = change.sources?.filter((source) => !before.sources.includes(source)) ?? []
  if (options.test) await checkDatabases(session, added, options.secretFile)
  const plan = await session.call('plan.update', { id: before.id, change })
  output.outcome(planRecord(plan, places), () => planFacts(plan, places, say))
  return EXIT.done
}

async function listPlans(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const plans = await session.call('plan.list', {})
  const places = await session.call('place.list', {})
  output.answer({ plans: plans.map((plan) => planRecord(plan, places)) }, () =>
    plans.length === 0 ? [say('plan.none')] : planTable(plans, places, say, output.paint),
  )
  return EXIT.done
}

async function showPlan(session: Session, name: string): Promise<ExitStatus> {
  const plan = planNamed(await session.call('plan.list', {}), name)
  const places = await session.call('place.list', {})
  session.output.answer(planRecord(plan, places), () => planFacts(plan, places, session.say))
  return EXIT.done
}

async function removePlan(session: Session, name: string): Promise<ExitStatus> {
  const { say, output } = session
  const plan = planNamed(await session.call('plan.list', {}), name)
  if (!(await confirmed(session, 'plan.confirmRemove', { plan: plan.name })))
    throw new EverstowError('cancelled')
  const { removed } = await session.call('plan.remove', { id: plan.id })
  output.outcome({ plan: plan.name, removed }, () => [say('plan.removed', { plan: plan.name })])
  return EXIT.done
}
