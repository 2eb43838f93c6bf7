import { createHash } from 'node:crypto'
import { updateCopy } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import type { BackupRow, CopyRow } from '../model/backup.ts'
import { EverstowError, hasCode } from '../model/errors.ts'
import { storedErrorOf } from '../model/stored-error.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { archiveKey } from './object-keys.ts'
import type { Places } from './places.ts'

/** What reading a copy back said. */
export type CopyVerdict = 'ok' | 'damaged' | 'missing'

/**
 * Reads a whole copy back from its place and compares its SHA-256 (MD5 for archives of older systems), and writes the verdict down.
 * Throws when the place cannot be reached: that says nothing about the copy.
 */
export async function checkCopy(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  copy: CopyRow,
  signal: AbortSignal,
  onBytes: (bytes: number) => void = () => {},
): Promise<CopyVerdict> {
  const store = await places.open(copy.destinationId)
  const verdict = await readBack(store, archiveKey(copy.storedName), backup, signal, onBytes)
  const { database, env } = workspace
  if (verdict === 'ok')
    updateCopy(database, backup.id, copy.destinationId, {
      state: 'synced',
      verifiedMs: env.clock.now(),
      error: undefined,
    })
  else {
    const code = verdict === 'missing' ? 'object-missing' : 'checksum-mismatch'
    const error = storedErrorOf(new EverstowError(code, { data: { name: copy.storedName } }))
    updateCopy(database, backup.id, copy.destinationId, { state: verdict, error })
    env.log.area('verify').error('copy is not as it was stored', {
      backup: backup.id,
      destination: copy.destinationId,
      verdict,
    })
  }
  return verdict
}

async function readBack(
  store: ObjectStore,
  key: string,
  backup: BackupRow,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<CopyVerdict> {
  const [algorithm, expected] = backup.sha256 ? ['sha256', backup.sha256] : ['md5', backup.md5]
  try {
    const hash = createHash(algorithm)
    const { body } = await store.get(key, { signal })
    let size = 0
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      hash.update(chunk)
      size += chunk.byteLength
      onBytes(chunk.byteLength)
    }
    return size === backup.sizeBytes && hash.digest('hex') === expected ? 'ok' : 'damaged'
  } catch (error) {
    if (hasCode(error, 'object-missing')) return 'missing'
    if (hasCode(error, 'checksum-mismatch')) return 'damaged'
    throw error
  }
}
