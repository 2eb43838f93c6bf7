import { join } from 'node:path'
import { copiesOf } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'

const METADATA_ENDING = '_metadata.json'

/** Archives on their way lie in the spool until every place has them. */
export function spoolPath(workspace: Workspace, filename: string): string {
  return join(workspace.paths.spool, filename)
}

/** Indexes are kept here after delivery; they can be fetched again from a place. */
export function indexPath(workspace: Workspace, indexName: string): string {
  return join(workspace.paths.indexes, indexName)
}

/** `unified_backup_X.tar.gz` → `unified_backup_X_metadata.json`. */
export function metadataName(filename: string): string {
  return `${stem(filename)}${METADATA_ENDING}`
}

/** `unified_backup_X.tar.gz` → `unified_backup_X_index.ndjson.gz`. */
export function indexName(filename: string): string {
  return `${stem(filename)}_index.ndjson.gz`
}

/** The backup's name without the ending. */
export function stem(filename: string): string {
  return filename.replace(/\.tar\.gz$/, '')
}

/** Removes an archive and its metadata from the spool. */
export async function removeFromSpool(workspace: Workspace, filename: string): Promise<void> {
  const { files } = workspace.env
  await files.remove(spoolPath(workspace, filename))
  await files.remove(spoolPath(workspace, metadataName(filename)))
}

/** What the spool may hold before archives that lie in at least one place are dropped from it, oldest first. */
const SPOOL_LIMIT_BYTES = 20 * 1024 ** 3

/**
 * Removes every archive that all its places have (whoever delivered the last copy may have been killed before doing so), and keeps the rest
 * under the spool's limit. An archive that no place has yet is never dropped.
 */
export async function tidySpool(workspace: Workspace, limitBytes = SPOOL_LIMIT_BYTES): Promise<void> {
  const { files } = workspace.env
  const names: string[] = []
  for (const name of await files.list(workspace.paths.spool)) {
    const isArchive = name.endsWith('.tar.gz')
    // Metadata alone is left by whoever was killed between removing the two.
    if (!isArchive && !name.endsWith(METADATA_ENDING)) continue
    const filename = isArchive ? name : `${name.slice(0, -METADATA_ENDING.length)}.tar.gz`
    const copies = copiesOf(workspace.database, stem(filename))
    if (copies.length > 0 && copies.every(({ state }) => state === 'synced'))
      await removeFromSpool(workspace, filename)
    else if (isArchive) names.push(name)
  }
  const sizes = await Promise.all(
    names.map(async (name) => (await files.stat(spoolPath(workspace, name)))?.sizeBytes ?? 0),
  )
  let total = sizes.reduce((sum, size) => sum + size, 0)
  // Names begin with the time, so ascending order is oldest first.
  for (const [at, name] of names.entries()) {
    if (total <= limitBytes) return
    if (!copiesOf(workspace.database, stem(name)).some(({ state }) => state === 'synced')) continue
    await removeFromSpool(workspace, name)
    total -= sizes[at] ?? 0
  }
}
