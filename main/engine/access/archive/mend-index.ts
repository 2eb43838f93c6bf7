import { readIndex } from '../../archive/read/read-index.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import { indexKey } from '../../delivery/object-keys.ts'
import type { Places } from '../../delivery/places.ts'
import type { BackupRow, CopyRow } from '../../model/backup.ts'
import { asEverstowError, hasCode } from '../../model/errors.ts'
import { bodyOfFile } from '../../storage/body.ts'
import { cachedIndexPath, findIndex, isIndexOf, makeIndex } from './backup-index.ts'

/**
 * Puts the index beside a copy again where it is gone or damaged there: the one kept here or beside another copy, else one that is made from the archive.
 * True where that was done. The index decides nothing, so a failure is only logged.
 */
export async function mendIndex(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  copy: CopyRow,
  signal: AbortSignal,
): Promise<boolean> {
  if (backup.indexName === undefined) return false
  const { env } = workspace
  try {
    const store = await places.open(copy.destinationId)
    const key = indexKey(copy.storedName)
    if (await isGood()) return false
    if (!(await findIndex(workspace, places, backup, { keep: () => false, signal })))
      await makeIndex(workspace, places, backup, signal)
    const path = cachedIndexPath(workspace, backup)
    const stat = await env.files.stat(path)
    if (!stat) return false
    const options = { contentType: 'application/gzip', purpose: 'meta', signal } as const
    await store.put(key, bodyOfFile(env.files, path, stat.sizeBytes), options)
    env.log.area('verify').warn('index put again', { backup: backup.id, destination: copy.destinationId })
    return true

    async function isGood(): Promise<boolean> {
      try {
        const { body } = await store.get(key, { signal })
        const index = await readIndex(body, { keep: () => false, signal })
        return index !== undefined && isIndexOf(backup, index)
      } catch (error) {
        if (hasCode(error, 'object-missing') || hasCode(error, 'checksum-mismatch')) return false
        throw error
      }
    }
  } catch (caught) {
    const error = asEverstowError(caught)
    if (error.code === 'cancelled') throw error
    env.log.area('verify').warn('index could not be put again', { backup: backup.id, error })
    return false
  }
}
