import type { DatabaseSync } from 'node:sqlite'
import type { DatabaseRecord } from './rows.ts'

/** When a stored object was last read whole and compared with its name. */
export interface ScrubRow {
  readonly destinationId: string
  readonly objectKey: string
  readonly verifiedMs: number
  readonly state: 'good' | 'damaged' | 'missing'
}

/** A restore into a scratch folder, or of dumps into a scratch server, that was compared with what was backed up. */
export interface ProofRow {
  readonly kind: 'drill' | 'dump'
  readonly planId: string | undefined
  readonly destinationId: string
  readonly backupId: string
  readonly atMs: number
  readonly ok: boolean
  readonly files: number
  readonly bytes: number
  readonly durationMs: number
  readonly detail: string | undefined
}

/** Writes down what a scrub found; the newest finding of an object counts. */
export function putScrubs(database: DatabaseSync, rows: readonly ScrubRow[]): void {
  const insert = database.prepare(
    `INSERT INTO scrubs (destination_id, object_key, verified_ms, state) VALUES (?, ?, ?, ?)
     ON CONFLICT (destination_id, object_key) DO UPDATE SET verified_ms = excluded.verified_ms, state = excluded.state`,
  )
  for (const row of rows) insert.run(row.destinationId, row.objectKey, row.verifiedMs, row.state)
}

/** Every finding of one destination, the longest unverified first. */
export function scrubsOf(database: DatabaseSync, destinationId: string): ScrubRow[] {
  const rows = database
    .prepare('SELECT * FROM scrubs WHERE destination_id = ? ORDER BY verified_ms, object_key')
    .all(destinationId) as DatabaseRecord[]
  return rows.map((row) => ({
    destinationId,
    objectKey: String(row.object_key),
    verifiedMs: Number(row.verified_ms),
    state: row.state as ScrubRow['state'],
  }))
}

/** Forgets findings of objects that are gone on purpose. */
export function dropScrubs(database: DatabaseSync, destinationId: string, keys: readonly string[]): void {
  const remove = database.prepare('DELETE FROM scrubs WHERE destination_id = ? AND object_key = ?')
  for (const key of keys) remove.run(destinationId, key)
}

/** Adds what a trial restore came to. */
export function addProof(database: DatabaseSync, proof: ProofRow): void {
  database
    .prepare(
      `INSERT INTO proofs (plan_id, destination_id, backup_id, at_ms, ok, files, bytes, duration_ms, detail, kind)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      proof.planId ?? null,
      proof.destinationId,
      proof.backupId,
      proof.atMs,
      proof.ok ? 1 : 0,
      proof.files,
      proof.bytes,
      proof.durationMs,
      proof.detail ?? null,
      proof.kind,
    )
}

/** The newest trial of each kind, plan and destination: one that reads files says nothing of a dump that does not restore, nor the other way round. */
export function lastProofs(database: DatabaseSync): ProofRow[] {
  const rows = database
    .prepare(
      `SELECT * FROM proofs WHERE id IN (SELECT max(id) FROM proofs GROUP BY coalesce(plan_id, ''), destination_id, kind)
       ORDER BY at_ms DESC`,
    )
    .all() as DatabaseRecord[]
  return rows.map((row) => ({
    kind: row.kind === 'dump' ? 'dump' : 'drill',
    planId: typeof row.plan_id === 'string' ? row.plan_id : undefined,
    destinationId: String(row.destination_id),
    backupId: String(row.backup_id),
    atMs: Number(row.at_ms),
    ok: row.ok === 1,
    files: Number(row.files),
    bytes: Number(row.bytes),
    durationMs: Number(row.duration_ms),
    detail: typeof row.detail === 'string' ? row.detail : undefined,
  }))
}
