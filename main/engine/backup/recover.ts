import { deleteBackup, unfinishedBackups } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { sessionPaths } from '../delivery/snapshot/session-folder.ts'
import { removeLeftovers } from './run-backup.ts'
import { removeUnfinished } from './snapshot/packs/session-folder.ts'

/**
 * Clears away what runs left that were killed: a row still `creating` whose lock nobody holds has no maker any more. Its files go, and so does
 * the row: the backup never was. Returns the ids. Copies on their way need nothing: the next delivery takes them up.
 */
export async function recoverUnfinished(workspace: Workspace): Promise<string[]> {
  const recovered: string[] = []
  for (const { backup, lockName } of unfinishedBackups(workspace.database)) {
    const lock = await workspace.tryLock(
      lockName ?? `backup-${backup.id}`,
      'clearing away an unfinished backup',
    )
    if ('holder' in lock) continue
    try {
      // Under the lock it is certain; read again, for its maker may have ended well in between.
      if (!unfinishedBackups(workspace.database).some((row) => row.backup.id === backup.id)) continue
      await removeLeftovers(workspace, backup.filename)
      await removeUnfinished(workspace.env.files, sessionPaths(workspace, backup.id).folder)
      deleteBackup(workspace.database, backup.id)
      recovered.push(backup.id)
      workspace.env.log.area('backup').warn('unfinished backup cleared away', { backup: backup.id })
    } finally {
      await lock.release()
    }
  }
  return recovered
}
