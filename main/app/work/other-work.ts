import type { CleanupReport, CopyState, PushReport, VerifyReport } from '../../contract/index.ts'
import type { HistoryEntry } from '../../engine/engine.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import type { AppContext } from '../app-context.ts'
import { heldPlans } from '../kept/guard-state.ts'
import { isGood, noteDamage } from '../kept/known-damage.ts'
import type { RunControl } from '../state/runs.ts'
import { isoTime } from '../wire/backup-view.ts'
import { storedToWire } from '../wire/wire-error.ts'
import { checkLogs, isLogGood } from './log-checks.ts'
import { recorded } from './recorded.ts'
import { checkView, placeNames } from './snapshot-work.ts'

/** Delivers what has not reached its places. */
export function startPush(app: AppContext, backupId?: string): string {
  return app.runs.start({ kind: 'push', label: backupId ?? '', phase: 'delivering' }, (control) =>
    recorded(app, 'push', backupId === undefined ? {} : { backupId }, async () => {
      const sent = new Map<string, { sentBytes: number; totalBytes: number }>()
      const report = await app.engine.deliver({
        signal: control.signal,
        ...(backupId === undefined ? {} : { backupId }),
        onProgress: (copy) => {
          sent.set(`${copy.backupId}/${copy.destinationId}`, copy)
          control.update({
            bytes: sumOf(sent, 'sentBytes'),
            bytesTotal: sumOf(sent, 'totalBytes'),
            currentPath: copy.destinationName,
          })
        },
      })
      const logs = backupId === undefined ? await deliverLogs(app, control.signal) : []
      const push: PushReport = {
        logs,
        pushed: report.delivered,
        remaining: report.remaining,
        problems: report.problems.map(({ backupId: id, destinationName, state, error }) => ({
          backupId: id,
          placeName: destinationName,
          state: state as CopyState,
          error: storedToWire(error),
        })),
      }
      const isBehind = report.remaining > 0 || logs.some(({ remaining, error }) => remaining > 0 || error)
      const outcome = isBehind ? 'incomplete' : 'done'
      control.update({ push, state: outcome })
      return outcome
    }),
  )
}

async function deliverLogs({ engine }: AppContext, signal: AbortSignal): Promise<PushReport['logs']> {
  const { destinations } = await engine.configuration.read()
  return (await engine.databases.deliver(signal)).map(
    ({ database, destinationId, delivered, remaining, error }) => ({
      database: database.name,
      placeName: destinations.find(({ id }) => id === destinationId)?.name ?? destinationId,
      delivered,
      remaining,
      ...(error ? { error: storedToWire(storedErrorOf(error)) } : {}),
    }),
  )
}

function sumOf<K extends string>(values: ReadonlyMap<string, Record<K, number>>, key: K): number {
  let sum = 0
  for (const value of values.values()) sum += value[key]
  return sum
}

/** What is verified, how much of it is read, and whether it is mended. */
export interface VerifyOrder {
  readonly backupId?: string
  readonly destinationId?: string
  /** Only so much of everything, in percent: what was not read for the longest time. Without it archives are read whole, and snapshots as `dataPercent` says. */
  readonly percent?: number
  /** Snapshots and logs of databases: part of the stored bytes to read. */
  readonly dataPercent?: number
  readonly heal: boolean
}

/** Reads copies back and compares. */
export function startVerify(
  app: AppContext,
  { backupId, destinationId, percent, dataPercent = percent ?? 0, heal }: VerifyOrder,
): string {
  return app.runs.start({ kind: 'verify', label: backupId ?? '', phase: 'verifying' }, (control) =>
    recorded(app, 'verify', backupId === undefined ? {} : { backupId }, async () => {
      const nameOf = await placeNames(app)
      const report = await app.engine.verify({
        signal: control.signal,
        ...(backupId === undefined ? {} : { backupId }),
        ...(destinationId === undefined ? {} : { destinationId }),
        ...(percent === undefined ? {} : { percent }),
        onProgress: ({ bytes, bytesTotal, backupId: current }) =>
          control.update({ bytes, bytesTotal, currentPath: current }),
      })
      const repositories = wantsRepositories(app, backupId)
        ? (
            await app.engine.verifyRepositories({
              level: dataPercent > 0 ? 'contents' : 'tree',
              percent: dataPercent,
              heal,
              ...(destinationId === undefined ? {} : { destinationId }),
              signal: control.signal,
              onProgress: ({ bytes, bytesTotal }) => control.update({ bytes, bytesTotal }),
            })
          ).map((checked) => checkView(checked, nameOf))
        : []
      // Noted before the logs are read: whoever stops that keeps what was found.
      for (const check of repositories) noteDamage(app, check)
      const verify: VerifyReport = {
        checked: report.checked,
        ok: report.ok,
        bytes: report.bytes,
        problems: report.problems.map(({ destinationId: placeId, error, ...problem }) => ({
          ...problem,
          placeId,
          placeName: nameOf(placeId),
          ...(error ? { error: storedToWire(error) } : {}),
        })),
        repositories,
        // A backup is not the log: only who checks everything means it.
        logs:
          backupId === undefined
            ? await checkLogs(app, control, {
                ...(destinationId === undefined ? {} : { destinationId }),
                percent: dataPercent,
                heal,
              })
            : [],
      }
      const isWhole =
        report.problems.length === 0 && repositories.every(isGood) && verify.logs.every(isLogGood)
      const outcome = isWhole ? 'done' : 'incomplete'
      control.update({ verify, state: outcome })
      return outcome
    }),
  )
}

/** A repository is checked as a whole, because its snapshots share what they hold; for a single archive there is none to check. */
function wantsRepositories({ engine }: AppContext, backupId: string | undefined): boolean {
  return backupId === undefined || engine.backups.get(backupId).format === 'snapshot'
}

/** Which backups go. */
export interface CleanupOrder {
  /** For every backup; absent: each plan's own. */
  readonly keepDays?: number | undefined
  readonly dryRun: boolean
  /** Also of plans whose unusual change nobody has accepted yet. */
  readonly evenHeld: boolean
}

/** Removes old backups from all their places. */
export function startCleanup(app: AppContext, order: CleanupOrder): string {
  return app.runs.start({ kind: 'cleanup', label: '', phase: 'removing' }, async (control) => {
    if (order.dryRun) await performCleanup(app, order, control)
    else await recorded(app, 'cleanup', {}, () => performCleanup(app, order, control))
  })
}

/** Deletes invites that are over, where folders are synced. A place that is away has its turn another time. */
async function endInvites({ engine }: AppContext, signal: AbortSignal): Promise<void> {
  const { syncedFolders } = await engine.configuration.read()
  for (const placeId of new Set(syncedFolders.map(({ destinationId }) => destinationId)))
    try {
      await engine.repositories.slots.invites(placeId, signal)
    } catch (error) {
      signal.throwIfAborted()
      engine.env.log.area('app').debug('invites were not looked at', { place: placeId, error })
    }
}

async function performCleanup(
  app: AppContext,
  { keepDays, dryRun, evenHeld }: CleanupOrder,
  control: RunControl,
): Promise<HistoryEntry['outcome']> {
  const { plans, destinations } = await app.engine.configuration.read()
  const outcome = await app.engine.cleanUp({
    ...(keepDays === undefined ? {} : { keepDays }),
    keepDaysOf: new Map(
      plans.flatMap((plan) => (plan.keepDays === undefined ? [] : [[plan.id, plan.keepDays]])),
    ),
    ...(evenHeld ? {} : { held: await heldPlans(app.engine) }),
    dryRun,
    signal: control.signal,
  })
  const cleanup: CleanupReport = {
    dryRun,
    keepDays: keepDays ?? 0,
    removed: outcome.removed.map(({ id, createdMs, sizeBytes }) => ({
      id,
      createdAt: isoTime(createdMs),
      sizeBytes,
    })),
    kept: outcome.kept,
    protectedIds: [...outcome.protectedIds],
    freedBytes: outcome.freedBytes,
    problems: outcome.problems.map(({ backupId, destinationId, error }) => ({
      backupId,
      placeName: destinations.find(({ id }) => id === destinationId)?.name ?? destinationId,
      error: storedToWire(error),
    })),
  }
  if (!dryRun) await endInvites(app, control.signal)
  const word = outcome.problems.length > 0 ? 'incomplete' : 'done'
  control.update({ cleanup, state: word })
  return word
}

/** Reads the places and makes the catalogue anew. */
export function startRebuild(app: AppContext): string {
  return app.runs.start({ kind: 'rebuild', label: '', phase: 'preparing' }, (control) =>
    recorded(app, 'rebuild', {}, async () => {
      const report = await app.engine.rebuild(control.signal)
      const outcome = report.problems.length > 0 ? 'incomplete' : 'done'
      control.update({ files: report.found, state: outcome })
      return outcome
    }),
  )
}
