import type { ArchiveMetadata } from '../archive/metadata.ts'
import { parseMetadata } from '../archive/metadata.ts'
import { copiesOf, findBackup, insertBackup, putCopy, updateCopy } from '../catalogue/backups.ts'
import { transaction } from '../catalogue/transaction.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { ARCHIVES_PREFIX, archiveKey, indexKey, metadataKey } from '../delivery/object-keys.ts'
import type { Places } from '../delivery/places.ts'
import { readMetadata } from '../delivery/render-metadata.ts'
import type { Repositories } from '../delivery/snapshot/repositories.ts'
import { spoolPath, stem } from '../delivery/spool.ts'
import { type BackupRow, pendingCopy, type StoredError } from '../model/backup.ts'
import type { Destination } from '../model/destination.ts'
import { asEverstowError, EverstowError, hasCode } from '../model/errors.ts'
import { storedErrorOf } from '../model/stored-error.ts'
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts'
import { enterSnapshots } from './enter-snapshots.ts'

/** What a rebuild found. */
export interface RebuildReport {
  /** Backups entered that were not known. */
  readonly found: number
  /** Copies entered or corrected. */
  readonly copies: number
  readonly problems: readonly { readonly destinationId: string; readonly error: StoredError }[]
}

/**
 * Enters everything that lies in the spool and in the places and is not known, and marks copies that are gone as `missing`. It never removes
 * a backup: a place that shows less than yesterday is a reason to look, not to forget.
 */
export async function rebuildCatalogue(
  workspace: Workspace,
  places: Places,
  repositories: Repositories,
  signal: AbortSignal,
): Promise<RebuildReport> {
  const { destinations } = await workspace.configuration.read()
  let found = await adoptSpool(workspace)
  let copies = 0
  const problems: RebuildReport['problems'][number][] = []
  for (const destination of destinations) {
    if (signal.aborted) throw new EverstowError('cancelled')
    try {
      const store = await places.open(destination.id)
      const outcome = await readPlace(workspace, store, destination, signal)
      found += outcome.found
      copies += outcome.copies
      const entered = await readRepository(workspace, repositories, destination, signal)
      found += entered.found
      copies += entered.copies
      places.noteHealth(destination.id, undefined)
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      places.noteHealth(destination.id, error)
      problems.push({ destinationId: destination.id, error: storedErrorOf(error) })
    }
  }
  places.settleRequests()
  workspace.env.log
    .area('maintenance')
    .info('catalogue rebuilt', { found, copies, problems: problems.length })
  return { found, copies, problems }
}

/** Snapshots of a destination that has a repository whose keys are here; one that is not opened yet is for a person to adopt. */
async function readRepository(
  workspace: Workspace,
  repositories: Repositories,
  destination: Destination,
  signal: AbortSignal,
): Promise<{ found: number; copies: number }> {
  try {
    return await enterSnapshots(workspace, await repositories.open(destination.id, { signal }), signal)
  } catch (error) {
    if (hasCode(error, 'repository-missing') || hasCode(error, 'key-missing')) return { found: 0, copies: 0 }
    throw error
  }
}

/** Archives that were made but whose rows are lost: every place the metadata names gets its copy again. */
async function adoptSpool(workspace: Workspace): Promise<number> {
  const { env, database, paths } = workspace
  const { destinations } = await workspace.configuration.read()
  let found = 0
  for (const name of await env.files.list(paths.spool)) {
    if (!name.endsWith('_metadata.json')) continue
    const metadata = parseMetadata(await env.files.readFile(spoolPath(workspace, name)))
    const archive = await env.files.stat(spoolPath(workspace, metadata.filename))
    if (!archive || archive.sizeBytes !== metadata.size_bytes) continue
    const row = backupFromMetadata(metadata, metadata.filename)
    if (findBackup(database, row.id)) continue
    transaction(database, () => {
      insertBackup(database, row)
      for (const { destination } of metadata.copies ?? [])
        if (destinations.some(({ id }) => id === destination))
          putCopy(database, pendingCopy(row, destination))
    })
    found++
  }
  return found
}

async function readPlace(
  workspace: Workspace,
  store: ObjectStore,
  destination: Destination,
  signal: AbortSignal,
): Promise<{ found: number; copies: number }> {
  const { database } = workspace
  const objects = await listArchives(store, signal)
  let found = 0
  let copies = 0
  for (const [filename, info] of objects.archives) {
    if (!objects.keys.has(metadataKey(filename))) continue
    const known = findKnown(workspace, filename, destination.id)
    if (known && known.sizeBytes === info.sizeBytes) {
      if (revive(workspace, known.id, destination.id)) copies++
      continue
    }
    const metadata = await readMetadata(store, metadataKey(filename), signal)
    if (!metadata || metadata.size_bytes !== info.sizeBytes) continue
    const row = backupFromMetadata(metadata, filename, objects.keys.has(indexKey(filename)))
    transaction(database, () => {
      const there = findBackup(database, row.id)
      const id = there && there.sha256 !== row.sha256 ? stem(filename) : row.id
      if (insertBackup(database, { ...row, id })) found++
      putCopy(database, {
        ...pendingCopy({ ...row, id }, destination.id),
        state: 'synced',
        storedName: filename,
        url: store.url(archiveKey(filename)),
        syncedMs: info.modifiedMs,
      })
      copies++
    })
  }
  copies += markMissing(workspace, destination.id, objects.archives)
  return { found, copies }
}

async function listArchives(
  store: ObjectStore,
  signal: AbortSignal,
): Promise<{ archives: Map<string, ObjectInfo>; keys: Set<string> }> {
  const archives = new Map<string, ObjectInfo>()
  const keys = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await store.list({ prefix: ARCHIVES_PREFIX, signal, ...(cursor ? { cursor } : {}) })
    for (const info of page.objects) {
      keys.add(info.key)
      if (info.key.endsWith('.tar.gz')) archives.set(info.key.slice(ARCHIVES_PREFIX.length), info)
    }
    cursor = page.cursor
  } while (cursor !== undefined)
  return { archives, keys }
}

/** The backup whose copy here is stored under `filename`. */
function findKnown(workspace: Workspace, filename: string, destinationId: string): BackupRow | undefined {
  const row = workspace.database
    .prepare('SELECT backup_id FROM copies WHERE destination_id = ? AND stored_name = ?')
    .get(destinationId, filename) as { backup_id: string } | undefined
  return row && findBackup(workspace.database, row.backup_id)
}

function revive(workspace: Workspace, backupId: string, destinationId: string): boolean {
  const copy = copiesOf(workspace.database, backupId).find((each) => each.destinationId === destinationId)
  if (copy?.state !== 'missing') return false
  updateCopy(workspace.database, backupId, destinationId, { state: 'synced', error: undefined })
  return true
}

/** Archives that a listing lacks; whether snapshots are there is their repository's log to say. */
function markMissing(
  workspace: Workspace,
  destinationId: string,
  archives: ReadonlyMap<string, ObjectInfo>,
): number {
  const rows = workspace.database
    .prepare(
      `SELECT backup_id, stored_name FROM copies JOIN backups ON backups.id = backup_id
       WHERE destination_id = ? AND copies.state = 'synced' AND format = 'archive'`,
    )
    .all(destinationId) as { backup_id: string; stored_name: string }[]
  const gone = rows.filter(({ stored_name }) => !archives.has(stored_name))
  for (const { backup_id, stored_name } of gone)
    updateCopy(workspace.database, backup_id, destinationId, {
      state: 'missing',
      error: storedErrorOf(new EverstowError('object-missing', { data: { name: stored_name } })),
    })
  return gone.length
}

/** A catalogue row from what a metadata file says; archives of the older systems have fewer facts. */
function backupFromMetadata(metadata: ArchiveMetadata, filename: string, hasIndex = true): BackupRow {
  return {
    id: metadata.backup_id,
    planId: metadata.plan_id,
    planName: metadata.plan,
    filename,
    createdMs: Date.parse(metadata.timestamp),
    format: 'archive',
    state: metadata.incomplete ? 'incomplete' : 'complete',
    sizeBytes: metadata.size_bytes,
    sourceBytes: metadata.bytes_read ?? metadata.size_bytes,
    files: metadata.files_backed_up,
    directories: metadata.directories ?? 0,
    md5: metadata.checksum,
    sha256: metadata.sha256 ?? '',
    sources: metadata.sources?.map(({ path }) => path) ?? [],
    roots: metadata.sources?.map(({ path, prefix }) => ({ source: path, prefix })) ?? [],
    skippedCount: metadata.skipped_count ?? 0,
    durationMs: 0,
    tag: metadata.tags?.[0],
    indexName: hasIndex ? metadata.index : undefined,
    hostname: metadata.hostname,
    pinned: false,
    repositoryId: undefined,
    deviceId: undefined,
    error: undefined,
  }
}
