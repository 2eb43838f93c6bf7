import type { ArchiveEntry } from '../../archive/entry.ts'
import type { RangeSource } from '../../archive/read/archive-source.ts'
import { type ArchiveIndex, type ReadIndexOptions, readIndex } from '../../archive/read/read-index.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import { bodyOfObject, goodCopies } from '../../delivery/copy-source.ts'
import { archiveKey, indexKey } from '../../delivery/object-keys.ts'
import type { Places } from '../../delivery/places.ts'
import { indexName, indexPath, spoolPath } from '../../delivery/spool.ts'
import { randomHex } from '../../env/random.ts'
import type { BackupRow } from '../../model/backup.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { bodyOfFile } from '../../storage/body.ts'
import { indexAgain } from './index-again.ts'

/** Which of an index's entries are kept, and how it is stopped. */
export type FindIndexOptions = Pick<ReadIndexOptions, 'keep'> & Asking

/** How places are asked. */
interface Asking {
  readonly signal?: AbortSignal
  /** Ids of places that did not answer: they are not asked again, and those that do not answer now are added. */
  readonly away?: Set<string>
}

/** Where the index of a backup is kept on this computer, whether a place has one or not. */
export function cachedIndexPath(workspace: Workspace, backup: BackupRow): string {
  return indexPath(workspace, backup.indexName ?? indexName(backup.filename))
}

/** Whether an index is of this archive: sizes agree, and checksums where both are known. */
export function isIndexOf(
  backup: Pick<BackupRow, 'sizeBytes' | 'sha256'>,
  index: Pick<ArchiveIndex, 'gzipBytes' | 'archiveSha256'>,
): boolean {
  const { gzipBytes, archiveSha256 } = index
  const agrees = archiveSha256 === undefined || backup.sha256 === '' || archiveSha256 === backup.sha256
  return gzipBytes === backup.sizeBytes && agrees
}

/** An index is not brought here where it is larger than this; that of ten million files is. */
const LARGEST_INDEX_BYTES = 1024 ** 3

/** What an honest index has: links are counted nowhere, and older systems counted files only. */
function limitsOf({ files, directories }: BackupRow) {
  const counted = files + directories
  return { maxEntries: 4 * counted + 1_000_000, maxIndexBytes: 1024 * counted + 256 * 1024 ** 2 }
}

/**
 * The index of a backup from this computer's cache, else from any place; undefined where there is none that can be used (archives of older systems).
 */
export async function findIndex(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  { keep, ...asking }: FindIndexOptions,
): Promise<ArchiveIndex | undefined> {
  const { files } = workspace.env
  const { signal } = asking
  const options = { ...limitsOf(backup), ...(keep && { keep }), ...(signal && { signal }) }
  const cached = cachedIndexPath(workspace, backup)
  if (await files.stat(cached)) {
    const index = await readIndex(files.openRead(cached), options)
    if (index && isIndexOf(backup, index)) return index
  }
  for await (const bytes of storedIndexes(workspace, places, backup, LARGEST_INDEX_BYTES, asking)) {
    const index = bytes && (await indexIn(backup, bytes, options))
    if (!index) continue
    await keepIndex(workspace, backup, bytes)
    return index
  }
  return undefined
}

/** What an index brought here says; undefined where it is none, or another archive's. */
export async function indexIn(
  backup: BackupRow,
  bytes: Uint8Array,
  options: ReadIndexOptions = limitsOf(backup),
): Promise<ArchiveIndex | undefined> {
  const index = await readIndex(single(bytes), options)
  return index && isIndexOf(backup, index) ? index : undefined
}

/** The index as the places have it, the nearest first; undefined for one that is larger than wanted. Places that do not give it are passed over. */
export async function* storedIndexes(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  mostBytes: number,
  { signal, away }: Asking = {},
): AsyncGenerator<Uint8Array | undefined> {
  if (backup.indexName === undefined) return
  for (const { copy } of await goodCopies(workspace, backup.id)) {
    if (away?.has(copy.destinationId)) continue
    let bytes: Uint8Array | undefined
    try {
      const store = await places.open(copy.destinationId)
      const { info, body } = await store.get(indexKey(copy.storedName), signal ? { signal } : {})
      if (info.sizeBytes > mostBytes) body.destroy()
      else bytes = Buffer.concat((await Array.fromAsync(body)) as Uint8Array[])
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      workspace.env.log.area('access').debug('index not had from this copy', { backup: backup.id, error })
      if (error.code !== 'object-missing') away?.add(copy.destinationId)
      continue
    }
    yield bytes
  }
}

/** Keeps an index on this computer. It is looked at again whenever it is used, so it may be lost; without it there is only more to fetch. */
export async function keepIndex(workspace: Workspace, backup: BackupRow, bytes: Uint8Array): Promise<void> {
  const { files, log } = workspace.env
  try {
    await files.writeAtomic(cachedIndexPath(workspace, backup), bytes, { mode: 0o600, mayBeLost: true })
  } catch (error) {
    log.area('access').debug('index not kept', { backup: backup.id, error: asEverstowError(error) })
  }
}

/** The index of a backup; where there is none the archive is read once from its start, and what was found is kept on this computer. */
export async function findOrMakeIndex(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  options: FindIndexOptions,
): Promise<ArchiveIndex> {
  const found = await findIndex(workspace, places, backup, options)
  if (found) return found
  await makeIndex(workspace, places, backup, options.signal)
  const made = await findIndex(workspace, places, backup, options)
  if (!made) throw new EverstowError('archive-damaged', { data: { reason: 'index', path: backup.filename } })
  return made
}

/** Every entry of a backup: from its index, else by reading the archive from front to back. */
export async function listEntries(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  signal: AbortSignal,
): Promise<readonly ArchiveEntry[]> {
  return (await findOrMakeIndex(workspace, places, backup, { signal })).entries
}

/** Makes the index of an archive from the nearest copy that proves good, and keeps it on this computer. */
export async function makeIndex(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  signal?: AbortSignal,
): Promise<void> {
  const { files, log } = workspace.env
  const path = cachedIndexPath(workspace, backup)
  // Another process may be at the same.
  const partial = `${path}.${randomHex(workspace.env.random, 4)}.tmp`
  const order = {
    path: partial,
    archiveName: backup.filename,
    ...(backup.sha256 ? { sha256: backup.sha256 } : {}),
    ...(backup.md5 ? { md5: backup.md5 } : {}),
    ...(signal ? { signal } : {}),
  }
  let last: EverstowError | undefined
  try {
    for (const source of await archiveSources(workspace, places, backup)) {
      try {
        await indexAgain(await source(), order)
        await files.rename(partial, path)
        return
      } catch (caught) {
        const error = asEverstowError(caught)
        if (error.code === 'cancelled') throw error
        log.area('access').warn('archive could not be read', { backup: backup.id, error })
        last = error
      }
    }
  } finally {
    await files.remove(partial)
  }
  throw last ?? new EverstowError('object-missing', { data: { name: backup.filename } })
}

/** Where the bytes of an archive can be had, the nearest first; opened when asked for. */
export async function archiveSources(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
): Promise<(() => Promise<RangeSource>)[]> {
  const { files } = workspace.env
  const sources = (await goodCopies(workspace, backup.id)).map(({ copy }) => async () => {
    const store = await places.open(copy.destinationId)
    return bodyOfObject(store, archiveKey(copy.storedName), backup.sizeBytes)
  })
  const path = spoolPath(workspace, backup.filename)
  const spooled = await files.stat(path)
  if (spooled?.sizeBytes !== backup.sizeBytes) return sources
  return [async () => bodyOfFile(files, path, backup.sizeBytes), ...sources]
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
