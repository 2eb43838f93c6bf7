import { copiesOf, deleteBackup, findBackup } from '../../catalogue/backups.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import { listSessions, removeSession } from './session-folder.ts'

/**
 * Whether a snapshot waits for destinations each of which has answered that something it leans on is not there: it comes to nothing unless somebody
 * brings that there.
 */
export function isStranded({ database }: Workspace, backupId: string): boolean {
  const copies = copiesOf(database, backupId)
  return (
    copies.length > 0 &&
    copies.every(({ state, error }) => state !== 'synced' && error?.code === 'chunk-missing')
  )
}

/**
 * Whether no destination has a snapshot and one that answered lacks something it leans on. Others may still have that; but whoever makes a backup now does
 * not count on it.
 */
export function isDoubtful({ database }: Workspace, backupId: string): boolean {
  const copies = copiesOf(database, backupId)
  return (
    copies.some(({ error }) => error?.code === 'chunk-missing') &&
    copies.every(({ state }) => state !== 'synced')
  )
}

/** Gives up the stranded snapshots of a plan; for when a newer one stands. */
export async function discardStranded(workspace: Workspace, planId: string): Promise<void> {
  for (const backupId of await listSessions(workspace)) {
    const backup = findBackup(workspace.database, backupId)
    if (backup?.planId !== planId || !isStranded(workspace, backupId)) continue
    workspace.env.log.area('delivery').warn('snapshot that no place can take given up', { backup: backupId })
    await discardSnapshot(workspace, backupId)
  }
}

/** Removes a snapshot that no destination has, with its session. */
export async function discardSnapshot(workspace: Workspace, backupId: string): Promise<void> {
  deleteBackup(workspace.database, backupId)
  await removeSession(workspace, backupId)
}
