import {
  copiesIn,
  copiesOf,
  deleteBackup,
  dropCopy,
  findBackup,
  listBackups,
  updateCopy,
} from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { archiveKey, indexKey, metadataKey } from '../delivery/object-keys.ts'
import type { Places } from '../delivery/places.ts'
import { indexName, indexPath, removeFromSpool } from '../delivery/spool.ts'
import type { BackupRow, CopyRow, StoredError } from '../model/backup.ts'
import { asEverstowError, EverstowError } from '../model/errors.ts'
import { storedErrorOf } from '../model/stored-error.ts'

const DAY_MS = 86_400_000
/** Years of minutely backups; a catalogue never holds more. */
const EVERYTHING = 10_000_000

/** What a clean-up is asked to do. */
export interface CleanupOptions {
  /** For every backup; absent: each plan's own, and backups without one are kept. */
  readonly keepDays?: number
  /** Days each plan keeps, by plan id. */
  readonly keepDaysOf: ReadonlyMap<string, number>
  /** Plans of which nothing goes for now, by id. */
  readonly held?: ReadonlySet<string>
  readonly dryRun: boolean
  readonly signal: AbortSignal
}

/** What went (or would go), and what stays whatever its age. */
export interface CleanupOutcome {
  readonly removed: readonly BackupRow[]
  readonly kept: number
  /** The newest good backup of every plan and set of sources. */
  readonly protectedIds: readonly string[]
  readonly freedBytes: number
  readonly problems: readonly {
    readonly backupId: string
    readonly destinationId: string
    readonly error: StoredError
  }[]
}

/**
 * Removes backups above an age from all their places. The newest one that has a good copy is never removed, per plan (or set of sources): cleaning up
 * must not leave a person with nothing. A place that cannot be reached keeps its copy as `removing`, and the next clean-up goes on there.
 */
export async function cleanUp(
  workspace: Workspace,
  places: Places,
  options: CleanupOptions,
): Promise<CleanupOutcome> {
  const { database, env } = workspace
  const { backups } = listBackups(database, { limit: EVERYTHING, offset: 0 })
  // Snapshots share what they hold: their places prune them by rules of their own.
  const settled = backups.filter(({ state, format }) => state !== 'creating' && format === 'archive')
  const protectedIds = newestGoodOfEach(workspace, settled)
  const now = env.clock.now()
  const old = settled.filter((backup) => {
    if (backup.planId !== undefined && options.held?.has(backup.planId)) return false
    const keepDays =
      options.keepDays ?? (backup.planId === undefined ? undefined : options.keepDaysOf.get(backup.planId))
    return (
      keepDays !== undefined && now - backup.createdMs > keepDays * DAY_MS && !protectedIds.has(backup.id)
    )
  })
  const removed = old.toReversed()
  const bytesOf = (backup: BackupRow) =>
    backup.sizeBytes * copiesOf(database, backup.id).filter(({ state }) => state === 'synced').length
  const freedBytes = removed.reduce((sum, backup) => sum + bytesOf(backup), 0)
  const outcome = {
    removed,
    kept: settled.length - removed.length,
    protectedIds: [...protectedIds],
    freedBytes,
  }
  if (options.dryRun) return { ...outcome, problems: [] }

  // Written down before anything is deleted: after a crash the next clean-up finishes, and nobody takes a half-deleted backup for a good one.
  for (const backup of removed)
    for (const copy of copiesOf(database, backup.id))
      updateCopy(database, backup.id, copy.destinationId, { state: 'removing' })
  const problems = await removeMarked(workspace, places, options.signal)
  // One that no place had; the others went with their last copy.
  for (const backup of removed) {
    if (!findBackup(database, backup.id) || copiesOf(database, backup.id).length > 0) continue
    await removeParts(workspace, backup)
    deleteBackup(database, backup.id)
  }
  places.settleRequests()
  env.log
    .area('maintenance')
    .info('clean-up ended', { removed: removed.length, problems: problems.length, freedBytes })
  return { ...outcome, problems }
}

function newestGoodOfEach(workspace: Workspace, newestFirst: readonly BackupRow[]): Set<string> {
  const seen = new Set<string>()
  const ids = new Set<string>()
  for (const backup of newestFirst) {
    const series = backup.planId ?? [...backup.sources].sort().join('\0')
    if (seen.has(series)) continue
    if (backup.state !== 'complete' && backup.state !== 'incomplete') continue
    if (!copiesOf(workspace.database, backup.id).some(({ state }) => state === 'synced')) continue
    seen.add(series)
    ids.add(backup.id)
  }
  return ids
}

/** Deletes the objects of every copy marked `removing`; the metadata last, so that what is left is recognised. */
async function removeMarked(
  workspace: Workspace,
  places: Places,
  signal: AbortSignal,
): Promise<CleanupOutcome['problems'][number][]> {
  const problems: CleanupOutcome['problems'][number][] = []
  const queues = Map.groupBy(copiesIn(workspace.database, ['removing']), ({ destinationId }) => destinationId)
  await Promise.all(
    [...queues].map(async ([destinationId, queue]) => {
      const lock = await workspace.lock(`place-${destinationId}`, 'cleaning up', signal)
      try {
        for (const copy of queue) {
          if (signal.aborted) throw new EverstowError('cancelled')
          await removeCopy(workspace, places, copy, signal)
        }
      } catch (caught) {
        const error = asEverstowError(caught)
        if (error.code === 'cancelled') throw error
        for (const { backupId } of queue)
          if (copiesOf(workspace.database, backupId).some((copy) => copy.destinationId === destinationId))
            problems.push({ backupId, destinationId, error: storedErrorOf(error) })
      } finally {
        await lock.release()
      }
    }),
  )
  return problems
}

async function removeCopy(
  workspace: Workspace,
  places: Places,
  copy: CopyRow,
  signal: AbortSignal,
): Promise<void> {
  const store = await places.open(copy.destinationId)
  for (const key of [archiveKey(copy.storedName), indexKey(copy.storedName), metadataKey(copy.storedName)])
    await store.delete(key, signal)
  const backup = findBackup(workspace.database, copy.backupId)
  if (backup && copiesOf(workspace.database, backup.id).length === 1) await removeParts(workspace, backup)
  dropCopy(workspace.database, copy.backupId, copy.destinationId)
}

async function removeParts(workspace: Workspace, backup: BackupRow): Promise<void> {
  await removeFromSpool(workspace, backup.filename)
  // Where no place has an index this computer may have made one.
  await workspace.env.files.remove(indexPath(workspace, backup.indexName ?? indexName(backup.filename)))
}
