import { copiesOf, findBackup, updateBackup } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import type { Repositories } from '../delivery/snapshot/repositories.ts'
import { EverstowError } from '../model/errors.ts'
import { pinSnapshots } from '../repository/log/snapshot-marks.ts'

/** Protects a snapshot from retention in every destination that has it, or no longer. All of them must answer: a pin that holds in half the places is none. */
export async function pinBackup(
  workspace: Workspace,
  repositories: Repositories,
  backupId: string,
  pinned: boolean,
): Promise<void> {
  const backup = findBackup(workspace.database, backupId)
  if (!backup) throw new EverstowError('unknown-backup', { data: { id: backupId } })
  if (backup.format !== 'snapshot')
    throw new EverstowError('not-supported', { data: { what: `pin ${backup.format}` } })
  for (const { destinationId, state } of copiesOf(workspace.database, backupId)) {
    if (state !== 'synced') continue
    const { log } = await repositories.open(destinationId)
    await pinSnapshots(log, [backup.sha256], pinned)
  }
  updateBackup(workspace.database, backupId, { pinned })
}
