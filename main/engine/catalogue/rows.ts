import type { SQLInputValue } from 'node:sqlite'
import type { ArchiveRoot, BackupRow, BackupState, CopyRow, CopyState, StoredError } from '../model/backup.ts'
import type { BackupFormat } from '../model/plan.ts'

/** A record of SQLite as its driver gives it. */
export type DatabaseRecord = Record<string, unknown>

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const json = <T>(value: unknown): T | undefined =>
  typeof value === 'string' ? (JSON.parse(value) as T) : undefined
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** A row of `backups` as the engine knows it. */
export function backupOf(row: DatabaseRecord): BackupRow {
  return {
    id: String(row.id),
    planId: text(row.plan_id),
    planName: text(row.plan_name),
    filename: String(row.filename),
    createdMs: Number(row.created_ms),
    format: row.format as BackupFormat,
    state: row.state as BackupState,
    sizeBytes: Number(row.size_bytes),
    sourceBytes: Number(row.source_bytes),
    newBytes: number(row.new_bytes),
    files: Number(row.files),
    directories: Number(row.directories),
    md5: String(row.md5),
    sha256: String(row.sha256),
    sources: json<string[]>(row.sources) ?? [],
    roots: json<ArchiveRoot[]>(row.roots) ?? [],
    skippedCount: Number(row.skipped_count),
    durationMs: Number(row.duration_ms),
    tag: text(row.tag),
    indexName: text(row.index_name),
    hostname: text(row.hostname),
    pinned: row.pinned === 1,
    repositoryId: text(row.repository_id),
    deviceId: text(row.device_id),
    error: json<StoredError>(row.error),
  }
}

/** A row of `copies` as the engine knows it. */
export function copyOf(row: DatabaseRecord): CopyRow {
  return {
    backupId: String(row.backup_id),
    destinationId: String(row.destination_id),
    state: row.state as CopyState,
    storedName: String(row.stored_name),
    url: text(row.url),
    syncedMs: number(row.synced_ms),
    verifiedMs: number(row.verified_ms),
    attempts: Number(row.attempts),
    error: json<StoredError>(row.error),
  }
}

const BACKUP_COLUMNS: Readonly<Record<keyof BackupRow, string>> = {
  id: 'id',
  planId: 'plan_id',
  planName: 'plan_name',
  filename: 'filename',
  createdMs: 'created_ms',
  format: 'format',
  state: 'state',
  sizeBytes: 'size_bytes',
  sourceBytes: 'source_bytes',
  newBytes: 'new_bytes',
  files: 'files',
  directories: 'directories',
  md5: 'md5',
  sha256: 'sha256',
  sources: 'sources',
  roots: 'roots',
  skippedCount: 'skipped_count',
  durationMs: 'duration_ms',
  tag: 'tag',
  indexName: 'index_name',
  hostname: 'hostname',
  pinned: 'pinned',
  repositoryId: 'repository_id',
  deviceId: 'device_id',
  error: 'error',
}

const COPY_COLUMNS: Readonly<Record<keyof CopyRow, string>> = {
  backupId: 'backup_id',
  destinationId: 'destination_id',
  state: 'state',
  storedName: 'stored_name',
  url: 'url',
  syncedMs: 'synced_ms',
  verifiedMs: 'verified_ms',
  attempts: 'attempts',
  error: 'error',
}

/** Column names and values of a change, in the same order. Keys that are present with `undefined` become NULL. */
export function backupColumns(change: Partial<BackupRow>): [string[], SQLInputValue[]] {
  return columns(BACKUP_COLUMNS, change)
}

/** As `backupColumns`, for a copy. */
export function copyColumns(change: Partial<CopyRow>): [string[], SQLInputValue[]] {
  return columns(COPY_COLUMNS, change)
}

function columns<T extends object>(
  names: Readonly<Record<keyof T, string>>,
  change: Partial<T>,
): [string[], SQLInputValue[]] {
  const keys = Object.keys(change) as (keyof T)[]
  return [keys.map((key) => names[key]), keys.map((key) => sqlValue(change[key]))]
}

function sqlValue(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'object') return JSON.stringify(value)
  return value as SQLInputValue
}
