import { copiesIn, copiesOf, deleteBackup, deleteCopy, findBackup } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { readSealed } from '../delivery/snapshot/session-folder.ts'
import type { CommitLog } from '../repository/log/commit-log.ts'
import { isLive } from '../repository/log/state-queries.ts'

/**
 * Takes the copies of snapshots out of the catalogue that a destination no longer shows, whoever forgot them there; gives their number. A backup without
 * any copy left goes too, unless it waits in the spool.
 */
export async function dropGone(
  workspace: Workspace,
  destinationId: string,
  log: CommitLog,
  signal: AbortSignal,
): Promise<number> {
  const { database } = workspace
  // Read before the log is: what arrives there meanwhile is not taken for gone.
  const copies = copiesIn(database, ['synced', 'damaged', 'missing'], { destinationId })
  await log.refresh(signal)
  let gone = 0
  for (const { backupId } of copies) {
    const backup = findBackup(database, backupId)
    if (backup?.format !== 'snapshot' || isLive(log.state.snapshots.get(backup.sha256))) continue
    deleteCopy(database, backupId, destinationId)
    gone++
    const waits = await readSealed(workspace, backupId).catch(() => undefined)
    if (copiesOf(database, backupId).length === 0 && !waits) deleteBackup(database, backupId)
  }
  return gone
}
