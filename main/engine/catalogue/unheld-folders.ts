import { join } from 'node:path'
import type { Workspace } from './workspace.ts'

/** Removes folders that are named after a lock which nobody holds any more: what killed runs left. `begin` of their names, where others lie beside them. */
export async function removeUnheldFolders(workspace: Workspace, folder: string, begin = ''): Promise<void> {
  const { files, log } = workspace.env
  if (!(await files.stat(folder))) return
  for (const lockName of (await files.list(folder)).filter((name) => name.startsWith(begin))) {
    const lock = await workspace.tryLock(lockName, 'clearing away what a killed run left')
    if ('holder' in lock) continue
    try {
      await files.removeTree(join(folder, lockName))
      log.area('catalogue').info('what a killed run left is cleared away', { lockName })
    } finally {
      await lock.release()
    }
  }
}
