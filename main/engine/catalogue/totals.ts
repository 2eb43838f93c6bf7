import type { DatabaseSync } from 'node:sqlite'
import type { BackupRow } from '../model/backup.ts'

/** What lies in one destination. */
export interface Holding {
  readonly destinationId: string
  /** Good copies and their bytes. */
  readonly copies: number
  readonly bytes: number
  /** Copies that still have to come, or come again. */
  readonly behind: number
}

/** Numbers over all backups. */
export interface Totals {
  readonly backups: number
  readonly sizeBytes: number
  readonly sourceBytes: number
  /** Backups that every one of their places has. */
  readonly synced: number
  readonly failed: number
  readonly pending: number
  readonly lastMs: number | undefined
}

/** What lies in each destination. */
export function holdings(database: DatabaseSync): Holding[] {
  const rows = database
    .prepare(
      `SELECT c.destination_id AS id, sum(c.state = 'synced') AS copies,
         sum(CASE WHEN c.state = 'synced' THEN b.size_bytes ELSE 0 END) AS bytes,
         sum(c.state NOT IN ('synced', 'removing')) AS behind
       FROM copies c JOIN backups b ON b.id = c.backup_id GROUP BY c.destination_id`,
    )
    .all() as { id: string; copies: number; bytes: number; behind: number }[]
  return rows.map(({ id, ...held }) => ({ destinationId: id, ...held }))
}

/** What the good copies in a destination are copies of. */
export interface HeldData {
  readonly destinationId: string
  readonly backups: number
  /** What all of them would take if each stood for itself, uncompressed. */
  readonly sourceBytes: number
  /** Part that compression leaves of data, where backups tell: 0.6 is a saving of 40 %. */
  readonly compressedTo: number | undefined
}

/** What the good copies in each destination are copies of. */
export function heldData(database: DatabaseSync): HeldData[] {
  const rows = database
    .prepare(
      `WITH held AS (
         SELECT c.destination_id AS id, b.source_bytes AS source, b.size_bytes AS stored,
           CASE WHEN b.format = 'archive' THEN b.source_bytes ELSE b.new_bytes END AS fresh
         FROM copies c JOIN backups b ON b.id = c.backup_id
         WHERE c.state = 'synced' AND b.state IN ('complete', 'incomplete'))
       SELECT id, count(*) AS backups, sum(source) AS sourceBytes,
         sum(CASE WHEN fresh IS NOT NULL THEN stored ELSE 0 END) AS stored, coalesce(sum(fresh), 0) AS fresh
       FROM held GROUP BY id`,
    )
    .all() as { id: string; backups: number; sourceBytes: number; stored: number; fresh: number }[]
  return rows.map(({ id, backups, sourceBytes, stored, fresh }) => ({
    destinationId: id,
    backups,
    sourceBytes,
    // What surrounds small data may make it larger: then nothing was saved.
    compressedTo: fresh > 0 ? Math.min(1, stored / fresh) : undefined,
  }))
}

/** Whether no snapshot of the same repository was made after this one, as far as this computer knows. */
export function isNewestOfRepository(
  database: DatabaseSync,
  { repositoryId, createdMs }: Pick<BackupRow, 'repositoryId' | 'createdMs'>,
): boolean {
  if (repositoryId === undefined) return false
  const later = database
    .prepare('SELECT 1 FROM backups WHERE repository_id = ? AND created_ms > ? LIMIT 1')
    .get(repositoryId, createdMs)
  return later === undefined
}

/** Numbers over all finished backups. */
export function totals(database: DatabaseSync): Totals {
  const row = database
    .prepare(
      `WITH each AS (
         SELECT b.*, count(c.backup_id) AS copies, coalesce(sum(c.state = 'synced'), 0) AS good,
           coalesce(sum(c.state IN ('failed', 'damaged', 'missing')), 0) AS bad
         FROM backups b LEFT JOIN copies c ON c.backup_id = b.id
         WHERE b.state IN ('complete', 'incomplete') GROUP BY b.id)
       SELECT count(*) AS backups, coalesce(sum(size_bytes), 0) AS sizeBytes, coalesce(sum(source_bytes), 0) AS sourceBytes,
         coalesce(sum(copies > 0 AND good = copies), 0) AS synced, coalesce(sum(bad > 0), 0) AS failed,
         coalesce(sum(bad = 0 AND good < copies), 0) AS pending, max(created_ms) AS lastMs
       FROM each`,
    )
    .get() as unknown as Omit<Totals, 'lastMs'> & { lastMs: number | null }
  return { ...row, lastMs: row.lastMs ?? undefined }
}
