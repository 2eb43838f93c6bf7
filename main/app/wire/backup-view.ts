import { basename } from 'node:path'
import type { Backup, BackupRecord, Copy, FileEntry } from '../../contract/index.ts'
import type { Configuration, Engine } from '../../engine/engine.ts'
import { type BackupRow, type CopyRow, syncStatusOf } from '../../engine/model/backup.ts'
import { storedToWire } from './wire-error.ts'

export const isoTime = (ms: number): string => new Date(ms).toISOString()

/** A backup with its copies as clients see it. */
export function backupView(engine: Engine, { destinations }: Configuration, row: BackupRow): Backup {
  const copies = engine.backups.copies(row.id)
  return {
    id: row.id,
    planId: row.planId,
    planName: row.planName,
    filename: row.filename,
    createdAt: isoTime(row.createdMs),
    format: row.format,
    state: row.state,
    sizeBytes: row.sizeBytes,
    sourceBytes: row.sourceBytes,
    files: row.files,
    md5: row.md5,
    sha256: row.sha256,
    syncStatus: syncStatusOf(copies),
    copies: copies.flatMap((copy) => {
      const destination = destinations.find(({ id }) => id === copy.destinationId)
      return destination ? [copyView(copy, destination.name, destination.type)] : []
    }),
    sources: [...row.sources],
    skippedCount: row.skippedCount,
    durationMs: row.durationMs,
    tag: row.tag,
    pinned: row.pinned,
    indexed: row.format === 'snapshot' || row.indexName !== undefined,
    error: row.error && storedToWire(row.error),
  }
}

function copyView(copy: CopyRow, placeName: string, placeType: string): Copy {
  return {
    placeId: copy.destinationId,
    placeName,
    placeType,
    // A copy that is being removed is no longer one; until then it shows as missing nowhere.
    state: copy.state === 'removing' ? 'pending' : copy.state,
    url: copy.url,
    syncedAt: copy.syncedMs === undefined ? undefined : isoTime(copy.syncedMs),
    verifiedAt: copy.verifiedMs === undefined ? undefined : isoTime(copy.verifiedMs),
    error: copy.error && storedToWire(copy.error),
  }
}

/** A backup in the words of the older systems. */
export function recordView(engine: Engine, row: BackupRow): BackupRecord {
  const copies = engine.backups.copies(row.id)
  const cloud = copies.find(({ url }) => url !== undefined && !url.startsWith('file:'))
  return {
    backup_id: row.id,
    timestamp: isoTime(row.createdMs),
    filename: row.filename,
    size_bytes: row.sizeBytes,
    checksum: row.md5,
    sha256: row.sha256,
    format: row.format === 'archive' ? 'tar.gz' : row.format,
    files_backed_up: row.files,
    cloud_sync_status: syncStatusOf(copies),
    cloud_path: cloud?.url ?? copies.find(({ url }) => url !== undefined)?.url ?? null,
  }
}

type Entry = Awaited<ReturnType<Engine['backups']['files']>>[number]

/** A file inside a backup as clients see it. */
export function fileView(entry: Entry): FileEntry {
  return {
    path: entry.path,
    name: basename(entry.path),
    kind: entry.kind === 'special' ? 'other' : entry.kind,
    sizeBytes: entry.sizeBytes,
    mode: entry.mode,
    modifiedAt: isoTime(Number(entry.mtimeNs / 1_000_000n)),
    linkTarget: entry.linkTarget,
  }
}
