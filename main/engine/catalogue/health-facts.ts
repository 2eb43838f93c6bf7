import type { DatabaseSync } from 'node:sqlite'
import { type StorageSample, samplesToDrop } from '../model/keeping/thin-samples.ts'
import { transaction } from './transaction.ts'

/** The newest good copy of a plan in a destination. */
export interface ProvenCopy {
  readonly planId: string
  readonly destinationId: string
  /** When the data in it was read. */
  readonly madeMs: number
  /** When a copy of this plan was last read back there. */
  readonly verifiedMs: number | undefined
}

/** Something that was really brought back from a destination, and how long that took. */
export interface RestoreMeasure {
  readonly kind: 'restore' | 'drill'
  readonly planId: string | undefined
  readonly destinationId: string
  readonly atMs: number
  readonly bytes: number
  readonly durationMs: number
}

/** What a destination is known to have lost or spoilt. */
export interface KnownDamage {
  readonly destinationId: string
  readonly copies: number
  readonly objects: number
}

/** The newest good copy of every plan in every destination, of backups made until a time. */
export function provenCopies(database: DatabaseSync, untilMs: number): ProvenCopy[] {
  const rows = database
    .prepare(
      `SELECT b.plan_id AS planId, c.destination_id AS destinationId, max(b.created_ms) AS madeMs, max(c.verified_ms) AS verifiedMs
       FROM copies c JOIN backups b ON b.id = c.backup_id
       WHERE c.state = 'synced' AND b.state IN ('complete', 'incomplete') AND b.plan_id IS NOT NULL AND b.created_ms <= ?
       GROUP BY b.plan_id, c.destination_id`,
    )
    .all(untilMs) as unknown as (Omit<ProvenCopy, 'verifiedMs'> & { verifiedMs: number | null })[]
  return rows.map((row) => ({ ...row, verifiedMs: row.verifiedMs ?? undefined }))
}

/** The newest restores and drills, so many of each destination, newest first. */
export function restoreMeasures(database: DatabaseSync, count: number): RestoreMeasure[] {
  const rows = database
    .prepare(
      `WITH measured AS (
         SELECT 'drill' AS kind, plan_id AS planId, destination_id AS destinationId, at_ms AS atMs, bytes, duration_ms AS durationMs
         FROM proofs WHERE ok = 1 AND kind = 'drill'
         UNION ALL
         SELECT 'restore', coalesce(h.plan_id, b.plan_id), h.destination_id, h.at_ms, h.bytes, h.duration_ms
         FROM history h LEFT JOIN backups b ON b.id = h.backup_id
         WHERE h.kind = 'restore' AND h.outcome IN ('done', 'incomplete') AND h.destination_id IS NOT NULL)
       SELECT * FROM (
         SELECT *, row_number() OVER (PARTITION BY destinationId ORDER BY atMs DESC) AS place FROM measured
         WHERE bytes > 0 AND durationMs > 0)
       WHERE place <= ? ORDER BY atMs DESC`,
    )
    .all(count) as unknown as (Omit<RestoreMeasure, 'planId'> & { planId: string | null; place: number })[]
  return rows.map(({ place: _, planId, ...row }) => ({ ...row, planId: planId ?? undefined }))
}

/** Copies and stored objects that were found damaged or gone, by destination. */
export function knownDamage(database: DatabaseSync): KnownDamage[] {
  const rows = database
    .prepare(
      `SELECT destinationId, sum(copies) AS copies, sum(objects) AS objects FROM (
         SELECT destination_id AS destinationId, count(*) AS copies, 0 AS objects FROM copies
         WHERE state IN ('damaged', 'missing') GROUP BY destination_id
         UNION ALL
         SELECT destination_id, 0, count(*) FROM scrubs WHERE state <> 'good' GROUP BY destination_id)
       GROUP BY destinationId`,
    )
    .all()
  return rows as unknown as KnownDamage[]
}

/** Writes down how much lies in a destination on a day, and thins what is old. */
export function putSample(database: DatabaseSync, destinationId: string, sample: StorageSample): void {
  transaction(database, () => {
    database
      .prepare(
        `INSERT INTO storage_samples (destination_id, day, at_ms, bytes) VALUES (?, ?, ?, ?)
         ON CONFLICT (destination_id, day) DO UPDATE SET at_ms = excluded.at_ms, bytes = excluded.bytes`,
      )
      .run(destinationId, sample.day, sample.atMs, sample.bytes)
    const drop = database.prepare('DELETE FROM storage_samples WHERE destination_id = ? AND day = ?')
    for (const day of samplesToDrop(samplesOf(database, destinationId), sample.atMs))
      drop.run(destinationId, day)
  })
}

/** How much lay in a destination, oldest first. */
export function samplesOf(database: DatabaseSync, destinationId: string): StorageSample[] {
  return database
    .prepare('SELECT day, at_ms AS atMs, bytes FROM storage_samples WHERE destination_id = ? ORDER BY day')
    .all(destinationId) as unknown as StorageSample[]
}

/** Bytes of the good archives in a destination. */
export function archiveBytes(database: DatabaseSync, destinationId: string): number {
  const row = database
    .prepare(
      `SELECT coalesce(sum(b.size_bytes), 0) AS bytes FROM copies c JOIN backups b ON b.id = c.backup_id
       WHERE c.destination_id = ? AND c.state = 'synced' AND b.format = 'archive'`,
    )
    .get(destinationId)
  return (row as { bytes: number }).bytes
}
