import { type Command, Option } from 'commander'
import { EverstowError } from '../../../engine/model/errors.ts'
import { days } from '../amounts.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { placeIdsNamed } from '../find-place.ts'
import { planNamed } from '../find-plan.ts'
import { planFacts, planTable } from '../output/plan-lines.ts'
import { planRecord } from '../records/plan-record.ts'
import type { Session } from '../session.ts'
import { absoluteSource } from '../typed-path.ts'

interface AddOptions {
  readonly source: string[]
  readonly to?: string[]
  readonly format?: 'archive' | 'snapshot'
  readonly schedule?: string
  readonly keep?: number
  readonly exclude?: string[]
  readonly excludePreset?: string[]
}

/** `everstow plan …`: what is backed up, where, and how often. */
export function planCommands(program: Command, { say, withEngine }: CommandHost): void {
  const plan = program.command('plan').description(say('help.plan'))
  plan
    .command('add')
    .description(say('help.planAdd'))
    .argument('<name>', say('help.arg.newPlan'))
    .requiredOption('--source <paths...>', say('help.opt.source'))
    .option('--to <places...>', say('help.opt.to'))
    .addOption(new Option('--format <format>', say('help.opt.format')).choices(['archive', 'snapshot']))
    .option('--schedule <when>', say('help.opt.schedule'))
    .option('--keep <span>', say('help.opt.keep'), days)
    .option('--exclude <globs...>', say('help.opt.exclude'))
    .option('--exclude-preset <names...>', say('help.opt.excludePreset'))
    .action(withEngine(addPlan))
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
  const { say, output, surroundings } = session
  const places = await session.call('place.list', {})
  if (places.length === 0) throw new EverstowError('no-places')
  const plan = await session.call('plan.add', {
    name,
    sources: options.source.map((path) => absoluteSource(path, surroundings)),
    placeIds: (await placeIdsNamed(session, options.to)) ?? places.map(({ id }) => id),
    ...(options.format ? { format: options.format } : {}),
    ...(options.schedule === undefined ? {} : { schedule: options.schedule }),
    ...(options.keep === undefined ? {} : { keepDays: options.keep }),
    ...(options.exclude ? { exclude: options.exclude } : {}),
    ...(options.excludePreset ? { excludePresets: options.excludePreset } : {}),
  })
  output.outcome(planRecord(plan, places), () => [
    say('plan.added', { plan: plan.name, command: `everstow backup ${JSON.stringify(plan.name)}` }),
  ])
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
