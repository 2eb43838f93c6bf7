import { copiesOf, updateCopy } from '../../catalogue/backups.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import type { BackupRow, CopyRow } from '../../model/backup.ts'
import type { Destination } from '../../model/destination.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import type { BlockTable } from '../../repository/format/block-table.ts'
import { snapKey } from '../../repository/format/keys-of-objects.ts'
import { openObject } from '../../repository/format/sealed-object.ts'
import { decodeSegment } from '../../repository/format/segment.ts'
import { reportFound } from '../../repository/log/snapshot-marks.ts'
import { isLive } from '../../repository/log/state-queries.ts'
import { type BegunSession, deliverSession } from './deliver-session.ts'
import { feedOf, type PackFeed } from './pack-feed.ts'
import { replicate } from './replicate.ts'
import type { OpenRepository, Repositories } from './repositories.ts'
import { listSessions, readSealed, removeSession, sessionPaths } from './session-folder.ts'

/** A chunk in a block table: id and length. */
const CHUNK_ROW_BYTES = 36

/** How one delivery is watched and stopped. */
export interface DeliverSnapshotOptions {
  /** The packs of a session that is still being made. */
  readonly feed?: PackFeed
  readonly signal: AbortSignal
  readonly onProgress: (sentBytes: number) => void
}

/**
 * Brings the snapshot of a backup to one destination: from the session that waits here, and what that leans on, or all of it where there is no session any
 * more, from another destination. Throws `chunk-missing` where no other destination has it yet.
 */
export async function deliverSnapshot(
  workspace: Workspace,
  repositories: Repositories,
  backup: BackupRow,
  copy: CopyRow,
  destination: Destination,
  options: DeliverSnapshotOptions,
): Promise<void> {
  const { database, env } = workspace
  const change = (fields: Partial<CopyRow>) => updateCopy(database, backup.id, destination.id, fields)
  change({ state: 'syncing', attempts: copy.attempts + 1, error: undefined })
  const repository = await repositories.open(destination.id, {
    create: true,
    signal: options.signal,
    ...(backup.repositoryId === undefined ? {} : { repositoryId: backup.repositoryId }),
  })
  const snapId = await bring(workspace, repositories, backup, repository, options)
  await tellFound(workspace, repository, backup.id, options.signal)
  const b = repository.log.state.snapshots.get(snapId)?.b ?? 0
  change({
    state: 'synced',
    storedName: snapId,
    url: repository.store.url(snapKey(snapId, b)),
    syncedMs: env.clock.now(),
    verifiedMs: undefined,
    error: undefined,
  })
}

/** Chunks that were called lost and that this session brought again are lost no more. */
async function tellFound(
  workspace: Workspace,
  { log, keys }: OpenRepository,
  backupId: string,
  signal: AbortSignal,
): Promise<void> {
  if (log.state.lost.size === 0) return
  const session = await readSealed(workspace, backupId)
  const found = new Set<string>()
  for (const segId of session?.segments ?? []) {
    const bytes = await workspace.env.files.readFile(sessionPaths(workspace, backupId).segment(segId))
    for (const { blocks } of decodeSegment(openObject(keys, 'index', bytes, segId)))
      for (const chunk of chunkIdsOf(blocks)) if (log.state.lost.has(chunk)) found.add(chunk)
  }
  if (found.size > 0) await reportFound(log, [...found], signal)
}

function* chunkIdsOf(blocks: BlockTable): Generator<string> {
  const cursor = blocks.cursor()
  while (cursor.next())
    for (let at = 0; at < cursor.chunkTable.length; at += CHUNK_ROW_BYTES)
      yield Buffer.from(cursor.chunkTable.subarray(at, at + 32)).toString('hex')
}

async function bring(
  workspace: Workspace,
  repositories: Repositories,
  backup: BackupRow,
  repository: OpenRepository,
  options: DeliverSnapshotOptions,
): Promise<string> {
  const sealed = options.feed ? undefined : await readSealed(workspace, backup.id)
  const feed = options.feed ?? (sealed && feedOf(sealed))
  if (!feed) {
    await fromAnother(workspace, repositories, backup, repository, undefined, options)
    return backup.sha256
  }
  const incomplete = await deliverSession(workspace, repository, backup.id, feed, options)
  const { snapId } = await feed.sealed()
  if (incomplete !== undefined)
    await fromAnother(workspace, repositories, { ...backup, sha256: snapId }, repository, incomplete, options)
  return snapId
}

/** Completes a snapshot from any destination that has it, the next where one fails. */
async function fromAnother(
  workspace: Workspace,
  repositories: Repositories,
  backup: BackupRow,
  target: OpenRepository,
  begun: BegunSession | undefined,
  { signal, onProgress }: DeliverSnapshotOptions,
): Promise<void> {
  let last: EverstowError | undefined
  for (const { destinationId, state } of copiesOf(workspace.database, backup.id)) {
    if (destinationId === target.destination.id || state !== 'synced') continue
    try {
      const source = await repositories.open(destinationId, { repositoryId: target.description.id, signal })
      await source.log.refresh(signal)
      if (!isLive(source.log.state.snapshots.get(backup.sha256))) continue
      const options = { backupId: backup.id, snapId: backup.sha256, signal, onProgress }
      await replicate(workspace, source, target, { ...options, ...(begun ? { begun } : {}) })
      return
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      workspace.env.log
        .area('delivery')
        .warn('snapshot not had from this place', { backup: backup.id, place: destinationId, error })
      last = error
    }
  }
  throw (
    last ?? new EverstowError('chunk-missing', { data: { place: target.destination.name }, retry: 'wait' })
  )
}

/** Removes the sessions that every destination of their backup has, and those of backups that are no more. */
export async function tidySessions(workspace: Workspace): Promise<void> {
  for (const backupId of await listSessions(workspace)) {
    if (!(await readSealed(workspace, backupId).catch(() => undefined))) continue
    const copies = copiesOf(workspace.database, backupId)
    if (copies.every(({ state }) => state === 'synced')) await removeSession(workspace, backupId)
  }
}
