import type { Backup, Copy } from '../../../contract/index.ts'
import type { Explain } from '../explain.ts'

/**
 * A backup as JSON documents show it: the keys of the archive's metadata file that scripts rely on, and what we know beyond them. What is not known is null.
 */
export function backupRecord(backup: Backup, explain: Explain) {
  return {
    backup_id: backup.id,
    timestamp: backup.createdAt,
    filename: backup.filename,
    size_bytes: backup.sizeBytes,
    // Snapshots have none: their id is a SHA-256.
    checksum: backup.md5 || null,
    sha256: backup.sha256,
    format: backup.format === 'archive' ? 'tar.gz' : backup.format,
    files_backed_up: backup.files,
    cloud_sync_status: backup.syncStatus,
    cloud_path: cloudPath(backup.copies),
    state: backup.state,
    plan: backup.planName ?? null,
    tag: backup.tag ?? null,
    pinned: backup.pinned,
    sources: backup.sources,
    source_bytes: backup.sourceBytes,
    skipped_count: backup.skippedCount,
    duration_ms: backup.durationMs,
    copies: backup.copies.map((copy) => ({
      place: copy.placeName,
      type: copy.placeType,
      status: copy.state,
      cloud_path: copy.url ?? null,
      synced_at: copy.syncedAt ?? null,
      verified_at: copy.verifiedAt ?? null,
      error: copy.error ? explain(copy.error, copy.placeName) : null,
    })),
  }
}

/** The copy away from this computer comes first. */
function cloudPath(copies: readonly Copy[]): string | null {
  const away = copies.find(({ url }) => url !== undefined && !url.startsWith('file:'))
  return away?.url ?? copies.find(({ url }) => url !== undefined)?.url ?? null
}
