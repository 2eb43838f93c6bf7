import { copiesIn, dropCopy, findBackup } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import type { CommitLog } from '../repository/log/commit-log.ts'
import { isLive } from '../repository/log/state-queries.ts'

/**
 * Takes the copies of snapshots out of the catalogue that a destination no longer shows, whoever forgot them there; gives their number. A backup without
 * any copy left, here or on its way, goes too.
 */
export async function dropGone(
  { database }: Workspace,
  destinationId: string,
  log: CommitLog,
  signal: AbortSignal,
): Promise<number> {
  // Read before the log is: what arrives there meanwhile is not taken for gone.
  const copies = copiesIn(database, ['synced', 'damaged', 'missing'], { destinationId })
  await log.refresh(signal)
  let gone = 0
  for (const { backupId } of copies) {
    const backup = findBackup(database, backupId)
    if (backup?.format !== 'snapshot' || isLive(log.state.snapshots.get(backup.sha256))) continue
    dropCopy(database, backupId, destinationId)
    gone++
  }
  return gone
}
