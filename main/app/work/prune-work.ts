import type { PruneReport, RetentionPreview } from '../../contract/index.ts'
import type { AppContext } from '../app-context.ts'
import { heldPlans } from '../kept/guard-state.ts'
import { isoTime } from '../wire/backup-view.ts'
import { storedToWire } from '../wire/wire-error.ts'
import { recorded } from './recorded.ts'
import { placeNames } from './snapshot-work.ts'

/** What is pruned, and how much is asked first. */
export interface PruneOrder {
  readonly placeId?: string
  readonly dryRun: boolean
  readonly graceHours: number
  readonly confirmed: boolean
  /** Also of plans whose unusual change nobody has accepted yet. */
  readonly evenHeld: boolean
}

const HOUR_MS = 3_600_000

/** Forgets snapshots by the rules and gives back what nothing needs any more. */
export function startPrune(app: AppContext, order: PruneOrder): string {
  const about = { kind: 'prune' as const, label: '', phase: 'removing' as const }
  return app.runs.start(about, async (control) => {
    const work = async () => {
      const prune = await pruneOnce(app, order, control.signal)
      const outcome = prune.places.some(({ error }) => error) ? 'incomplete' : 'done'
      control.update({ prune, state: outcome })
      return outcome
    }
    if (order.dryRun) await work()
    else await recorded(app, 'prune', {}, work)
  })
}

async function pruneOnce(
  app: AppContext,
  { placeId, dryRun, graceHours, confirmed, evenHeld }: PruneOrder,
  signal: AbortSignal,
): Promise<PruneReport> {
  const nameOf = await placeNames(app)
  const places = await app.engine.retention.prune({
    ...(placeId === undefined ? {} : { destinationId: placeId }),
    ...(evenHeld ? {} : { held: await heldPlans(app.engine) }),
    dryRun,
    graceMs: graceHours * HOUR_MS,
    confirmed,
    signal,
  })
  return {
    dryRun,
    places: places.map(({ destinationId, report, error }) => ({
      placeId: destinationId,
      placeName: nameOf(destinationId),
      forgotten: [...(report?.forgotten ?? [])],
      sweptPacks: report?.sweptPacks ?? 0,
      repackedPacks: report?.repackedPacks ?? 0,
      deletedObjects: report?.deletedObjects ?? 0,
      freedBytes: Math.max(0, report?.freedBytes ?? 0),
      freedLaterBytes: report?.freedLaterBytes ?? 0,
      ...(report?.undoUntilMs === undefined ? {} : { undoUntil: isoTime(report.undoUntilMs) }),
      unknownKeys: report?.unknownKeys ?? 0,
      ...(error ? { error: storedToWire(error) } : {}),
    })),
  }
}

/** What the rules, or others that are tried, would do. */
export async function previewRetention(
  app: AppContext,
  query: { planId?: string; placeId?: string; keep?: string; budgetBytes?: number },
  signal: AbortSignal,
): Promise<RetentionPreview> {
  const { placeId, ...rest } = query
  const nameOf = await placeNames(app)
  const places = await app.engine.retention.preview({
    ...rest,
    held: await heldPlans(app.engine),
    ...(placeId === undefined ? {} : { destinationId: placeId }),
    signal,
  })
  return {
    places: places.flatMap(({ destinationId, report, error }): RetentionPreview['places'] => {
      const about = { placeId: destinationId, placeName: nameOf(destinationId) }
      if (!report)
        return [
          {
            ...about,
            entries: [],
            kept: 0,
            forgotten: 0,
            freedBytes: 0,
            needsConfirmation: false,
            ...(error ? { error: storedToWire(error) } : {}),
          },
        ]
      return report.plans.map(({ planId, planName, keep, decisions, warnings, freedBytes }) => ({
        ...about,
        planId,
        planName,
        keep,
        entries: decisions.map((decision) => ({
          backupId: decision.snapshot.id,
          createdAt: isoTime(decision.snapshot.createdMs),
          keep: decision.keep,
          reasons: [...decision.reasons],
        })),
        kept: decisions.filter((decision) => decision.keep).length,
        forgotten: decisions.filter((decision) => !decision.keep).length,
        freedBytes: Math.max(0, freedBytes),
        needsConfirmation: warnings.length > 0,
      }))
    }),
  }
}
