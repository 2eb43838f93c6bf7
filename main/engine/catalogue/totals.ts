import type { DatabaseSync } from 'node:sqlite'

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
