import type { Command } from 'commander'
import type { PruneReport, RetentionPreview } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { canAsk } from '../ask.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { placeIdsNamed } from '../find/find-place.ts'
import { planNamed } from '../find/find-plan.ts'
import { followRun } from '../follow-run.ts'
import { previewLines, pruneLines } from '../lines/retention-lines.ts'
import { hours, sizeInBytes } from '../options/amounts.ts'
import { rulesOption } from '../options/keep-option.ts'
import { previewRecord, pruneRecord } from '../records/retention-record.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'

interface PruneOptions {
  readonly dryRun?: boolean
  readonly place?: string
  readonly grace?: number
  readonly plan?: string
  readonly keep?: string
  readonly budget?: number
}

/** `everstow prune`, `everstow undo-prune`: what the rules of snapshots do, and taking it back. */
export function pruneCommands(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('prune')
    .description(say('help.prune'))
    .option('--dry-run', say('help.opt.dryRun'))
    .option('--place <place>', say('help.opt.onlyPlace'))
    .option('--grace <hours>', say('help.opt.grace'), hours)
    .option('--plan <plan>', say('help.opt.prunePlan'))
    .option('--keep <rule>', say('help.opt.tryKeep'), rulesOption)
    .option('--budget <size>', say('help.opt.tryBudget'), sizeInBytes)
    .action(withEngine(prune))
  program
    .command('undo-prune')
    .description(say('help.undoPrune'))
    .option('--place <place>', say('help.opt.onlyPlace'))
    .action(withEngine(undo))
}

type Where = { readonly placeId?: string }

async function prune(session: Session, options: PruneOptions): Promise<ExitStatus> {
  const { output, yes } = session
  const where = await placeMeant(session, options.place)
  const tried = (['plan', 'keep', 'budget'] as const).filter((name) => options[name] !== undefined)
  if (tried.length > 0) {
    if (!options.dryRun)
      throw new UsageError('onlyTried', { what: tried.map((name) => `--${name}`).join(', ') })
    return tryRules(session, options, where)
  }
  // A person sees what would go before it goes.
  const isWatched = !options.dryRun && !yes && !output.json && canAsk()
  if (isWatched) {
    const preview = await session.call('retention.preview', where)
    const going = preview.places.reduce((sum, { forgotten }) => sum + forgotten, 0)
    if (going > 0) {
      tellPreview(session, preview)
      if (!(await confirmed(session, 'prune.confirm', { count: going }))) throw new EverstowError('cancelled')
    }
  }
  const { runId } = await session.call('backup.prune', {
    ...where,
    dryRun: options.dryRun === true,
    confirmed: yes || isWatched,
    evenHeld: yes,
    ...(options.grace === undefined ? {} : { graceHours: options.grace }),
  })
  const { prune: report } = await followRun(session, runId)
  if (!report) throw new EverstowError('internal')
  return tellReport(session, report)
}

/** What other rules would do; nothing is kept of it. */
async function tryRules(session: Session, options: PruneOptions, where: Where): Promise<ExitStatus> {
  const { plan, keep, budget } = options
  const preview = await session.call('retention.preview', {
    ...where,
    ...(plan === undefined ? {} : { planId: planNamed(await session.call('plan.list', {}), plan).id }),
    ...(keep === undefined ? {} : { keep }),
    ...(budget === undefined ? {} : { budgetBytes: budget }),
  })
  tellPreview(session, preview)
  return preview.places.some(({ error }) => error !== undefined) ? EXIT.incomplete : EXIT.done
}

function tellPreview(session: Session, preview: RetentionPreview): void {
  const explain = explainer(session)
  session.output.outcome(previewRecord(preview, explain), () =>
    previewLines(preview, session.say, session.output.paint, explain),
  )
}

function tellReport(session: Session, report: PruneReport): ExitStatus {
  const explain = explainer(session)
  session.output.outcome(pruneRecord(report, explain), () =>
    pruneLines(report, session.say, session.output.paint, explain),
  )
  return report.places.some(({ error }) => error !== undefined) ? EXIT.incomplete : EXIT.done
}

async function undo(session: Session, { place }: { readonly place?: string }): Promise<ExitStatus> {
  const { say, output } = session
  const { backups } = await session.call('retention.undo', await placeMeant(session, place))
  output.outcome({ backups }, () => [say('prune.undone', { count: backups })])
  return EXIT.done
}

async function placeMeant(session: Session, name: string | undefined): Promise<Where> {
  const [placeId] = (await placeIdsNamed(session, name === undefined ? [] : [name])) ?? []
  return placeId === undefined ? {} : { placeId }
}
