import { type ArchiveMetadata, buildMetadata, parseMetadata } from '../archive/metadata.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { type BackupRow, type CopyRow, syncStatusOf } from '../model/backup.ts'
import { hasCode } from '../model/errors.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { indexName } from './spool.ts'

/**
 * The metadata file of a backup as it stands beside one copy (`self`), or in the spool (no `self`).
 * @param copies what is known of all copies
 */
export async function renderMetadata(
  workspace: Workspace,
  backup: BackupRow,
  copies: readonly CopyRow[],
  self?: CopyRow,
): Promise<Uint8Array> {
  const { destinations } = await workspace.configuration.read()
  const named = (copy: CopyRow) => destinations.find(({ id }) => id === copy.destinationId)
  const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())
  const filename = self?.storedName ?? backup.filename
  return buildMetadata({
    backup_id: backup.id,
    timestamp: new Date(backup.createdMs).toISOString(),
    filename,
    size_bytes: backup.sizeBytes,
    checksum: backup.md5,
    format: 'tar.gz',
    files_backed_up: backup.files,
    cloud_sync_status: self ? syncWord(self) : syncStatusOf(copies),
    cloud_path: self?.url ?? copies.find(({ url }) => url !== undefined)?.url ?? null,
    sha256: backup.sha256,
    schema_version: 2,
    copies: copies.map((copy) => ({
      destination: copy.destinationId,
      name: named(copy)?.name ?? copy.destinationId,
      type: named(copy)?.type ?? 'unknown',
      status: syncWord(copy),
      cloud_path: copy.url ?? null,
      synced_at: iso(copy.syncedMs) ?? null,
      verified_at: iso(copy.verifiedMs) ?? null,
    })),
    hostname: backup.hostname,
    tool: 'everstow',
    sources: backup.roots.map(({ source, prefix }) => ({ path: source, prefix })),
    directories: backup.directories,
    bytes_read: backup.sourceBytes,
    incomplete: backup.state === 'incomplete',
    skipped_count: backup.skippedCount,
    index: backup.indexName === undefined ? undefined : indexName(filename),
    plan: backup.planName,
    plan_id: backup.planId,
    tags: backup.tag === undefined ? undefined : [backup.tag],
  })
}

function syncWord(copy: CopyRow): 'pending' | 'syncing' | 'synced' | 'failed' {
  if (copy.state === 'synced' || copy.state === 'syncing') return copy.state
  return copy.state === 'pending' || copy.state === 'waiting' || copy.state === 'removing'
    ? 'pending'
    : 'failed'
}

const MAX_METADATA_BYTES = 4 * 1024 * 1024

/** Reads a metadata file from a place; undefined when it is not there or is not one. */
export async function readMetadata(
  store: ObjectStore,
  key: string,
  signal?: AbortSignal,
): Promise<ArchiveMetadata | undefined> {
  try {
    const { info, body } = await store.get(key, signal ? { signal } : {})
    if (info.sizeBytes > MAX_METADATA_BYTES) {
      body.destroy()
      return undefined
    }
    const chunks: Uint8Array[] = []
    for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk)
    return parseMetadata(Buffer.concat(chunks))
  } catch (error) {
    if (hasCode(error, 'object-missing') || hasCode(error, 'archive-damaged')) return undefined
    throw error
  }
}
