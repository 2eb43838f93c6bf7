import type { DatabaseSync } from 'node:sqlite'
import type { StoredError } from '../model/backup.ts'
import type { Capabilities } from '../storage/object-store.ts'
import type { DatabaseRecord } from './rows.ts'

/** Something that was done, for the history page, the 30-day strip and the scheduler. */
export interface HistoryEntry {
  readonly atMs: number
  readonly kind:
    | 'backup'
    | 'push'
    | 'restore'
    | 'verify'
    | 'cleanup'
    | 'rebuild'
    | 'prune'
    | 'drill'
    | 'renew'
    | 'recover'
    | 'prove'
    | 'tidy'
    | 'sync'
    | 'mirror'
    | 'sweep'
    | 'undo'
  readonly outcome: 'done' | 'incomplete' | 'failed' | 'cancelled'
  readonly planId?: string
  readonly backupId?: string
  readonly destinationId?: string
  readonly bytes?: number
  /** From its start to its end; absent where nobody measured. */
  readonly durationMs?: number
  readonly error?: StoredError
}

/** An entry with its number; numbers only grow. */
export interface NumberedEntry extends HistoryEntry {
  readonly id: number
}

/** What is known of a destination's health. */
export interface HealthRow {
  readonly destinationId: string
  readonly state: 'ok' | 'waiting' | 'failed'
  readonly checkedMs: number
  readonly error: StoredError | undefined
  readonly capabilities: Capabilities | undefined
}

/** Adds to the history. */
export function addHistory(database: DatabaseSync, entry: HistoryEntry): void {
  database
    .prepare(
      `INSERT INTO history (at_ms, kind, outcome, plan_id, backup_id, destination_id, bytes, duration_ms, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      entry.atMs,
      entry.kind,
      entry.outcome,
      entry.planId ?? null,
      entry.backupId ?? null,
      entry.destinationId ?? null,
      entry.bytes ?? 0,
      entry.durationMs ?? null,
      entry.error ? JSON.stringify(entry.error) : null,
    )
}

/** History since a time, oldest first. */
export function historySince(database: DatabaseSync, sinceMs: number): HistoryEntry[] {
  const rows = database.prepare('SELECT * FROM history WHERE at_ms >= ? ORDER BY at_ms, id').all(sinceMs)
  return (rows as DatabaseRecord[]).map(entryOf)
}

/** What was added after the entry of this number, in the order it was added. */
export function historyAfter(database: DatabaseSync, id: number): NumberedEntry[] {
  const rows = database.prepare('SELECT * FROM history WHERE id > ? ORDER BY id').all(id)
  return (rows as DatabaseRecord[]).map((row) => ({ id: Number(row.id), ...entryOf(row) }))
}

/** The number of the newest entry; 0 where there is none. */
export function lastHistoryId(database: DatabaseSync): number {
  return (database.prepare('SELECT coalesce(max(id), 0) AS id FROM history').get() as { id: number }).id
}

function entryOf(row: DatabaseRecord): HistoryEntry {
  return {
    atMs: Number(row.at_ms),
    kind: row.kind as HistoryEntry['kind'],
    outcome: row.outcome as HistoryEntry['outcome'],
    bytes: Number(row.bytes),
    ...(typeof row.plan_id === 'string' ? { planId: row.plan_id } : {}),
    ...(typeof row.backup_id === 'string' ? { backupId: row.backup_id } : {}),
    ...(typeof row.destination_id === 'string' ? { destinationId: row.destination_id } : {}),
    ...(typeof row.duration_ms === 'number' ? { durationMs: row.duration_ms } : {}),
    ...(typeof row.detail === 'string' ? { error: JSON.parse(row.detail) as StoredError } : {}),
  }
}

/** The last entry of a plan's backups, or undefined. */
export function lastOutcome(database: DatabaseSync, planId: string): HistoryEntry['outcome'] | undefined {
  const row = database
    .prepare(
      "SELECT outcome FROM history WHERE kind = 'backup' AND plan_id = ? ORDER BY at_ms DESC, id DESC LIMIT 1",
    )
    .get(planId)
  return row?.outcome as HistoryEntry['outcome'] | undefined
}

/** Writes down how a destination is; capabilities stay when not given. */
export function setHealth(database: DatabaseSync, row: HealthRow): void {
  database
    .prepare(
      `INSERT INTO health (destination_id, state, checked_ms, error, capabilities) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (destination_id) DO UPDATE SET state = excluded.state, checked_ms = excluded.checked_ms,
         error = excluded.error, capabilities = coalesce(excluded.capabilities, capabilities)`,
    )
    .run(
      row.destinationId,
      row.state,
      row.checkedMs,
      row.error ? JSON.stringify(row.error) : null,
      row.capabilities ? JSON.stringify(row.capabilities) : null,
    )
}

/** Health of every destination that was ever tried. */
export function allHealth(database: DatabaseSync): HealthRow[] {
  return (database.prepare('SELECT * FROM health').all() as DatabaseRecord[]).map((row) => ({
    destinationId: String(row.destination_id),
    state: row.state as HealthRow['state'],
    checkedMs: Number(row.checked_ms),
    error: typeof row.error === 'string' ? (JSON.parse(row.error) as StoredError) : undefined,
    capabilities:
      typeof row.capabilities === 'string' ? (JSON.parse(row.capabilities) as Capabilities) : undefined,
  }))
}

/** Adds requests and bytes to a destination's month (`YYYY-MM`). */
export function addRequests(
  database: DatabaseSync,
  destinationId: string,
  month: string,
  kind: string,
  requests: number,
  bytes: number,
): void {
  database
    .prepare(
      `INSERT INTO requests (destination_id, month, class, requests, bytes) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (destination_id, month, class) DO UPDATE SET requests = requests + excluded.requests, bytes = bytes + excluded.bytes`,
    )
    .run(destinationId, month, kind, requests, bytes)
}

/** Requests of one month by destination and class. */
export function requestsIn(
  database: DatabaseSync,
  month: string,
): { destinationId: string; kind: string; requests: number; bytes: number }[] {
  return (database.prepare('SELECT * FROM requests WHERE month = ?').all(month) as DatabaseRecord[]).map(
    (row) => ({
      destinationId: String(row.destination_id),
      kind: String(row.class),
      requests: Number(row.requests),
      bytes: Number(row.bytes),
    }),
  )
}

/** A single fact kept under a name (last start of a plan, pause …). */
export function getFact(database: DatabaseSync, name: string): string | undefined {
  return (
    database.prepare('SELECT value FROM facts WHERE name = ?').get(name) as { value: string } | undefined
  )?.value
}

/** Keeps or (undefined) drops a fact. */
export function setFact(database: DatabaseSync, name: string, value: string | undefined): void {
  if (value === undefined) database.prepare('DELETE FROM facts WHERE name = ?').run(name)
  else
    database
      .prepare(
        'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      )
      .run(name, value)
}

/** An upload's progress token for one object of a copy. */
export function getUpload(
  database: DatabaseSync,
  backupId: string,
  destinationId: string,
  object: string,
): string | undefined {
  const row = database
    .prepare('SELECT journal FROM uploads WHERE backup_id = ? AND destination_id = ? AND object = ?')
    .get(backupId, destinationId, object)
  return (row as { journal: string } | undefined)?.journal
}

/** Keeps or (undefined) drops an upload's progress token. */
export function setUpload(
  database: DatabaseSync,
  backupId: string,
  destinationId: string,
  object: string,
  journal: string | undefined,
): void {
  if (journal === undefined)
    database
      .prepare('DELETE FROM uploads WHERE backup_id = ? AND destination_id = ? AND object = ?')
      .run(backupId, destinationId, object)
  else
    database
      .prepare(
        `INSERT INTO uploads (backup_id, destination_id, object, journal) VALUES (?, ?, ?, ?)
         ON CONFLICT (backup_id, destination_id, object) DO UPDATE SET journal = excluded.journal`,
      )
      .run(backupId, destinationId, object, journal)
}
