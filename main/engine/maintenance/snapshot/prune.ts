import { dropScrubs } from '../../catalogue/proofs.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import type { Repositories } from '../../delivery/snapshot/repositories.ts'
import type { Destination } from '../../model/destination.ts'
import { EverstowError } from '../../model/errors.ts'
import type { Plan } from '../../model/plan.ts'
import { forgetSnapshots } from '../../repository/log/snapshot-marks.ts'
import { dropGone } from '../drop-gone.ts'
import { enterSnapshots } from '../enter-snapshots.ts'
import { atEachPlace, type PerPlace, type PlaceScope } from './at-each-place.ts'
import { type CollectReport, collect, previewCollect } from './collect.ts'
import type { RetentionRules } from './decide.ts'
import { type PlaceRetention, previewRetention } from './preview.ts'
import { undoForget } from './undo.ts'

/** Which destinations, and by which rules. */
export interface PruneScope extends PlaceScope {
  readonly plans: readonly Plan[]
  /** The person's IANA time zone. */
  readonly timeZone: string
  /** Plans of which nothing goes for now, by id. */
  readonly held?: ReadonlySet<string>
}

export interface PreviewOptions extends PruneScope {
  readonly planId?: string
  /** Tried instead of the rules that are set. */
  readonly keep?: string
  readonly budgetBytes?: number
}

/** What the retention rules, or others that are tried, would do in each destination; changes nothing. */
export function previewPlaces(
  workspace: Workspace,
  repositories: Repositories,
  options: PreviewOptions,
): Promise<PerPlace<PlaceRetention>[]> {
  const { planId, keep, budgetBytes } = options
  return atEachPlace(workspace, repositories, options, async (place, destination) => {
    const budget = budgetBytes ?? destination.budgetBytes
    const tried = { ...(planId !== undefined && { planId }), ...(keep !== undefined && { keep }) }
    const rules = {
      ...rulesAt(destination, options),
      ...tried,
      ...(budget !== undefined && { budgetBytes: budget }),
    }
    const preview = await previewRetention(place, rules, timeOf(workspace, options), {
      signal: options.signal,
    })
    return planId === undefined
      ? preview
      : { ...preview, plans: preview.plans.filter((plan) => plan.planId === planId) }
  })
}

export interface PruneOptions extends PruneScope {
  readonly dryRun: boolean
  readonly graceMs: number
  /** Also where more than half of a series goes. */
  readonly confirmed: boolean
}

export interface PlacePruned extends CollectReport {
  /** Backup ids that were, or would be, forgotten. */
  readonly forgotten: readonly string[]
}

/**
 * Forgets by the rules and collects, in every destination. Nothing at all happens while one of them would lose so much of a series that it must be
 * confirmed (`confirmation-needed`, with how many of how many).
 */
export async function prune(
  workspace: Workspace,
  repositories: Repositories,
  options: PruneOptions,
): Promise<PerPlace<PlacePruned>[]> {
  const { dryRun, graceMs, confirmed, signal } = options
  const time = timeOf(workspace, options)
  const decided = await atEachPlace(workspace, repositories, options, (place, destination) =>
    previewRetention(place, rulesAt(destination, options), time, { sized: false, signal }),
  )
  if (!dryRun && !confirmed) for (const { report } of decided) if (report) askBack(report)
  const forgetAt = new Map(decided.map(({ destinationId, report }) => [destinationId, report?.forget]))

  return atEachPlace(workspace, repositories, options, async (place) => {
    const forget = forgetAt.get(place.destinationId) ?? []
    const snapIds = forget.map(({ snapId }) => snapId)
    const forgotten = forget.map(({ id }) => id)
    if (dryRun) return { forgotten, ...(await previewCollect(place, snapIds, { graceMs, signal })) }
    await forgetSnapshots(place.repository.log, snapIds, signal)
    await dropGone(workspace, place.destinationId, place.repository.log, signal)
    const report = await collect(place, { graceMs, signal })
    dropScrubs(workspace.database, place.destinationId, report.deletedKeys)
    return { forgotten, ...report }
  })
}

/** A snapshot that came back in a destination. */
export interface Remembered {
  readonly snapId: string
  readonly backupId: string
}

/** Takes back, in every destination, what was forgotten and is still in its grace. The catalogue has them again. */
export function undoPrune(
  workspace: Workspace,
  repositories: Repositories,
  scope: Pick<PruneScope, 'destinations' | 'signal'>,
): Promise<PerPlace<readonly Remembered[]>[]> {
  return atEachPlace(workspace, repositories, scope, async (place) => {
    const remembered: Remembered[] = []
    for (const snapId of await undoForget(place, scope.signal)) {
      const { backupId } = await place.repository.root(snapId, scope.signal)
      remembered.push({ snapId, backupId })
    }
    // Also what an undo brought back that was stopped before it came to this.
    await enterSnapshots(workspace, await repositories.open(place.destinationId), scope.signal)
    return remembered
  })
}

function rulesAt(destination: Destination, { plans, held }: PruneScope): RetentionRules {
  const { id, budgetBytes } = destination
  return {
    destinationId: id,
    plans,
    ...(held && { held }),
    ...(budgetBytes !== undefined && { budgetBytes }),
  }
}

function timeOf({ env }: Workspace, { timeZone }: PruneScope) {
  return { nowMs: env.clock.now(), timeZone }
}

function askBack({ name, plans }: PlaceRetention): void {
  const [warning] = plans.flatMap(({ warnings }) => warnings)
  if (!warning) return
  const { forgotten: count, total } = warning
  throw new EverstowError('confirmation-needed', { data: { place: name, count, total } })
}
