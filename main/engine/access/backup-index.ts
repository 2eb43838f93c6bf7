import type { ArchiveEntry } from '../archive/entry.ts'
import { gunzip } from '../archive/read/gunzip.ts'
import { type ArchiveIndex, readIndex } from '../archive/read/read-index.ts'
import { readTar } from '../archive/read/read-tar.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { goodCopies } from '../delivery/copy-source.ts'
import { archiveKey, indexKey } from '../delivery/object-keys.ts'
import type { Places } from '../delivery/places.ts'
import { indexPath, spoolPath } from '../delivery/spool.ts'
import type { BackupRow } from '../model/backup.ts'
import { asEverstowError, EverstowError } from '../model/errors.ts'

/**
 * The index of a backup from this computer's cache, else from any place; undefined where there is none that can be used (archives of older systems).
 */
export async function findIndex(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  signal: AbortSignal,
): Promise<ArchiveIndex | undefined> {
  if (backup.indexName === undefined) return undefined
  const { files } = workspace.env
  const cached = indexPath(workspace, backup.indexName)
  if (await files.stat(cached)) {
    const index = await readIndex(files.openRead(cached), { signal })
    if (index) return index
  }
  for (const { copy } of await goodCopies(workspace, backup.id)) {
    try {
      const store = await places.open(copy.destinationId)
      const { body } = await store.get(indexKey(copy.storedName), { signal })
      const chunks: Uint8Array[] = []
      for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk)
      const bytes = Buffer.concat(chunks)
      const index = await readIndex(single(bytes), { signal })
      if (!index) continue
      await files.writeAtomic(cached, bytes, { mode: 0o600 })
      return index
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      workspace.env.log.area('access').debug('index not had from this copy', { backup: backup.id, error })
    }
  }
  return undefined
}

/** Every entry of a backup: from its index, else by reading the archive from front to back. */
export async function listEntries(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  signal: AbortSignal,
): Promise<readonly ArchiveEntry[]> {
  const index = await findIndex(workspace, places, backup, signal)
  if (index) return index.entries
  const entries: ArchiveEntry[] = []
  const stored = await openAnyCopy(workspace, places, backup, signal)
  for await (const item of readTar(gunzip(stored, { signal }), { signal }))
    if ('entry' in item) entries.push(item.entry)
  return entries
}

async function openAnyCopy(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const path = spoolPath(workspace, backup.filename)
  if (await workspace.env.files.stat(path)) return workspace.env.files.openRead(path)
  let last: unknown = new EverstowError('object-missing', { data: { name: backup.filename } })
  for (const { copy } of await goodCopies(workspace, backup.id)) {
    try {
      const store = await places.open(copy.destinationId)
      return (await store.get(archiveKey(copy.storedName), { signal })).body
    } catch (error) {
      last = error
    }
  }
  throw last
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
