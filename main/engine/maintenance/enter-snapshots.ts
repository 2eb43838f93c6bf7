import { copiesOf, findBackup, insertBackup, putCopy, updateBackup } from '../catalogue/backups.ts'
import { transaction } from '../catalogue/transaction.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { readable } from '../delivery/snapshot/readable.ts'
import type { OpenRepository } from '../delivery/snapshot/repositories.ts'
import type { BackupRow } from '../model/backup.ts'
import { asEverstowError } from '../model/errors.ts'
import { snapKey } from '../repository/format/keys-of-objects.ts'
import type { SnapshotRoot } from '../repository/format/snapshot-root.ts'
import { dropGone } from './drop-gone.ts'

/** What entering the snapshots of a destination changed. */
export interface EnteredSnapshots {
  /** Snapshots that people see there. */
  readonly snapshots: number
  /** Backups that were not known. */
  readonly found: number
  /** Copies entered. */
  readonly copies: number
  /** Copies of snapshots that were forgotten there. */
  readonly gone: number
}

/**
 * Makes the catalogue agree with the snapshots of one destination: enters those it does not know, also of other computers, and takes out copies that were
 * forgotten there. A backup without any copy left goes too, unless it waits in the spool.
 */
export async function enterSnapshots(
  workspace: Workspace,
  opened: OpenRepository,
  signal: AbortSignal,
): Promise<EnteredSnapshots> {
  const { database, env } = workspace
  const destinationId = opened.destination.id
  await opened.log.refresh(signal)
  const repository = await readable(workspace, opened, signal)
  let snapshots = 0
  let found = 0
  let copies = 0
  try {
    for (const { snapId, b, pinned } of repository.snapshots()) {
      snapshots++
      let root: SnapshotRoot
      try {
        root = await repository.root(snapId, signal)
      } catch (caught) {
        const error = asEverstowError(caught)
        if (error.code !== 'data-damaged' && error.code !== 'object-missing') throw error
        env.log
          .area('maintenance')
          .error('snapshot cannot be read', { snapshot: snapId, place: opened.log.place, error })
        continue
      }
      transaction(database, () => {
        const id = rowIdOf(workspace, root.backupId, snapId)
        const known = findBackup(database, id)
        if (!known) {
          insertBackup(database, rowOf(id, snapId, opened.description.id, pinned, root))
          found++
        } else if (known.pinned !== pinned) updateBackup(database, id, { pinned })
        const copy = copiesOf(database, id).find((each) => each.destinationId === destinationId)
        if (copy?.state === 'synced') return
        if (copy && (copy.state === 'damaged' || copy.state === 'missing')) return
        putCopy(database, {
          backupId: id,
          destinationId,
          state: 'synced',
          storedName: snapId,
          url: opened.store.url(snapKey(snapId, b)),
          syncedMs: env.clock.now(),
          verifiedMs: copy?.verifiedMs,
          attempts: copy?.attempts ?? 0,
          error: undefined,
        })
        copies++
      })
    }
  } finally {
    repository.close()
  }
  const gone = await dropGone(workspace, destinationId, opened.log, signal)
  return { snapshots, found, copies, gone }
}

/** Two computers may have given the same id in the same second: the second one that is entered gets a piece of its snapshot's id behind it. */
function rowIdOf({ database }: Workspace, backupId: string, snapId: string): string {
  const known = findBackup(database, backupId)
  return known && known.sha256 !== '' && known.sha256 !== snapId
    ? `${backupId}_${snapId.slice(0, 6)}`
    : backupId
}

function rowOf(
  id: string,
  snapId: string,
  repositoryId: string,
  pinned: boolean,
  root: SnapshotRoot,
): BackupRow {
  return {
    id,
    planId: root.planId ?? undefined,
    planName: root.planName ?? undefined,
    filename: id,
    createdMs: Date.parse(root.time),
    format: 'snapshot',
    state: root.incomplete ? 'incomplete' : 'complete',
    sizeBytes: root.stats.storedBytes,
    sourceBytes: root.stats.bytes,
    newBytes: root.stats.newBytes,
    files: root.stats.files,
    directories: root.stats.directories,
    md5: '',
    sha256: snapId,
    sources: root.sources,
    roots: root.roots,
    skippedCount: root.skippedCount,
    durationMs: root.stats.durationMs,
    tag: root.tag ?? undefined,
    indexName: undefined,
    hostname: root.hostname,
    pinned,
    repositoryId,
    deviceId: root.device.id,
    error: undefined,
  }
}
