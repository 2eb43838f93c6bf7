import { copiesOf, updateCopy } from '../catalogue/backups.ts'
import { getUpload, setUpload } from '../catalogue/journal.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import type { BackupRow, CopyRow } from '../model/backup.ts'
import type { Destination } from '../model/destination.ts'
import { EverstowError, hasCode } from '../model/errors.ts'
import { bodyOfBytes, bodyOfFile } from '../storage/body.ts'
import type { Body, ObjectStore, PutOptions, UploadJournal } from '../storage/object-store.ts'
import { archiveBody, bodyOfObject, goodCopies } from './copy-source.ts'
import { archiveKey, indexKey, metadataKey } from './object-keys.ts'
import type { Places } from './places.ts'
import { readMetadata, renderMetadata } from './render-metadata.ts'
import { indexPath, stem } from './spool.ts'

/** How one delivery is watched and stopped. */
export interface DeliverCopyOptions {
  readonly signal: AbortSignal
  /** Bytes of the archive that are safe there. */
  readonly onProgress: (sentBytes: number) => void
}

const MAX_NAMES = 100

/**
 * Brings one copy to its place: reserves the name with the metadata file (`syncing`, only if absent), puts archive and index, then puts the
 * metadata with `synced`. A crash anywhere leaves a metadata file that says `syncing`, which nobody takes for a backup; the next delivery
 * recognises it by its checksum and goes on, multipart uploads where they stopped.
 */
export async function deliverCopy(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  copy: CopyRow,
  destination: Destination,
  { signal, onProgress }: DeliverCopyOptions,
): Promise<void> {
  const { database, env } = workspace
  const change = (fields: Partial<CopyRow>) => updateCopy(database, backup.id, destination.id, fields)
  const store = await places.open(destination.id)
  change({ state: 'syncing', attempts: copy.attempts + 1, error: undefined })

  const storedName = await reserveName(workspace, store, backup, copy, destination, signal)
  change({ storedName, url: store.url(archiveKey(storedName)) })

  const trusted = copy.state !== 'damaged' && copy.state !== 'missing'
  if (!(trusted && (await isThere(store, storedName, backup, signal)))) {
    const body = await archiveBody(workspace, places, backup, destination.id)
    await store.put(archiveKey(storedName), body, {
      sha256: backup.sha256,
      md5: backup.md5,
      contentType: 'application/gzip',
      metadata: { 'everstow-backup': backup.id },
      signal,
      onProgress,
      purpose: 'data',
      journal: uploadJournal(workspace, backup.id, destination.id, storedName),
    })
  }
  onProgress(backup.sizeBytes)
  await putIndex(workspace, places, store, backup, storedName, signal)

  const syncedMs = env.clock.now()
  const synced: CopyRow = {
    ...copy,
    state: 'synced',
    storedName,
    url: store.url(archiveKey(storedName)),
    syncedMs,
    error: undefined,
  }
  const others = copiesOf(database, backup.id).filter(({ destinationId }) => destinationId !== destination.id)
  const bytes = await renderMetadata(workspace, backup, [...others, synced], synced)
  await store.put(metadataKey(storedName), bodyOfBytes(bytes), metadataOptions(signal))
  change({ state: 'synced', syncedMs, verifiedMs: undefined, error: undefined })
}

const metadataOptions = (signal?: AbortSignal): PutOptions => ({
  contentType: 'application/json',
  purpose: 'meta',
  ...(signal ? { signal } : {}),
})

/** Writes the metadata of every synced copy again, now that all of them are known. Best effort: the next delivery does it too. */
export async function refreshMetadata(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
): Promise<void> {
  const copies = copiesOf(workspace.database, backup.id)
  if (copies.length < 2) return
  await Promise.allSettled(
    copies
      .filter(({ state }) => state === 'synced')
      .map(async (copy) => {
        const store = await places.open(copy.destinationId)
        const bytes = await renderMetadata(workspace, backup, copies, copy)
        await store.put(metadataKey(copy.storedName), bodyOfBytes(bytes), metadataOptions())
      }),
  )
}

/**
 * The name this backup has in this place. Another computer may have used the same second: then `_2`, `_3` … The metadata file is made only if
 * absent, so two computers can never share a name, except at stores without conditional writes, where looking first is the best there is.
 */
async function reserveName(
  workspace: Workspace,
  store: ObjectStore,
  backup: BackupRow,
  copy: CopyRow,
  destination: Destination,
  signal: AbortSignal,
): Promise<string> {
  const base = stem(backup.filename)
  for (let number = 1; number <= MAX_NAMES; number++) {
    const name = number === 1 ? copy.storedName : `${base}_${number}.tar.gz`
    if (number > 1 && name === copy.storedName) continue
    const reserved = await renderMetadata(workspace, backup, [], {
      ...copy,
      destinationId: destination.id,
      storedName: name,
      state: 'syncing',
    })
    if (await putFirst(store, metadataKey(name), reserved, signal)) return name
    const theirs = await readMetadata(store, metadataKey(name), signal)
    if (theirs?.sha256 === backup.sha256 && theirs.size_bytes === backup.sizeBytes) return name
  }
  throw new EverstowError('object-exists', { data: { name: backup.filename, place: destination.name } })
}

/** True when this call made the object. */
async function putFirst(
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const answer = await store.putIfAbsent(key, bytes, metadataOptions(signal))
    if (answer === 'ambiguous') throw new EverstowError('connection-lost', { data: { name: key } })
    return answer === 'created'
  } catch (error) {
    if (!hasCode(error, 'not-supported')) throw error
    if (await store.exists(key, signal)) return false
    await store.put(key, bodyOfBytes(bytes), metadataOptions(signal))
    return true
  }
}

async function isThere(
  store: ObjectStore,
  storedName: string,
  backup: BackupRow,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const info = await store.head(archiveKey(storedName), signal)
    return info.sizeBytes === backup.sizeBytes && info.sha256 === backup.sha256
  } catch (error) {
    if (hasCode(error, 'object-missing')) return false
    throw error
  }
}

/** The index is a convenience: without it files are found by reading the archive. */
async function putIndex(
  workspace: Workspace,
  places: Places,
  store: ObjectStore,
  backup: BackupRow,
  storedName: string,
  signal: AbortSignal,
): Promise<void> {
  if (backup.indexName === undefined) return
  const { files } = workspace.env
  const path = indexPath(workspace, backup.indexName)
  const stat = await files.stat(path)
  const body = stat ? bodyOfFile(files, path, stat.sizeBytes) : await indexOfOther(workspace, places, backup)
  if (!body) return
  await store.put(indexKey(storedName), body, { contentType: 'application/gzip', purpose: 'meta', signal })
}

/** The index as it lies beside another copy, where none is kept here any more. */
async function indexOfOther(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
): Promise<Body | undefined> {
  for (const { copy } of await goodCopies(workspace, backup.id)) {
    try {
      const store = await places.open(copy.destinationId)
      const { sizeBytes } = await store.head(indexKey(copy.storedName))
      return bodyOfObject(store, indexKey(copy.storedName), sizeBytes)
    } catch (error) {
      workspace.env.log.area('delivery').debug('no index beside a copy', { backup: backup.id, error })
    }
  }
  return undefined
}

function uploadJournal(
  workspace: Workspace,
  backupId: string,
  destinationId: string,
  object: string,
): UploadJournal {
  const { database } = workspace
  return {
    load: async () => getUpload(database, backupId, destinationId, object),
    save: async (token) => setUpload(database, backupId, destinationId, object, token),
    clear: async () => setUpload(database, backupId, destinationId, object, undefined),
  }
}
