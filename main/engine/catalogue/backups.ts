import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { BackupRow, CopyRow, CopyState } from '../model/backup.ts'
import { backupColumns, backupOf, copyColumns, copyOf, type DatabaseRecord } from './rows.ts'
import { transaction } from './transaction.ts'

/** What a list is narrowed by. Times are milliseconds since 1970, inclusive. */
export interface BackupQuery {
  readonly planId?: string
  readonly synced?: boolean
  /** It has a copy there, whole or not. */
  readonly destinationId?: string
  readonly format?: BackupRow['format']
  /** `damaged`: a copy of it is damaged or gone. */
  readonly state?: BackupRow['state'] | 'damaged'
  /** It has content: `complete` or `incomplete`. */
  readonly isReadable?: boolean
  readonly fromMs?: number
  readonly toMs?: number
  /** Part of a source path. */
  readonly source?: string
  /** Part of id, plan name, tag or sources. */
  readonly search?: string
  readonly limit: number
  readonly offset: number
}

/** A file that is not in a backup, and why. */
export interface SkippedRow {
  readonly path: string
  readonly reason: string
  readonly code: string | undefined
}

/** Inserts a backup; false where that id is taken. `lockName`: the lock its maker holds while it works. */
export function insertBackup(database: DatabaseSync, row: BackupRow, lockName?: string): boolean {
  const [names, values] = backupColumns(row)
  const { changes } = database
    .prepare(
      `INSERT INTO backups (${[...names, 'lock_name'].join(', ')}) VALUES (${[...names, ''].map(() => '?').join(', ')})
       ON CONFLICT (id) DO NOTHING`,
    )
    .run(...values, lockName ?? null)
  return changes === 1
}

/** Changes fields of a backup. */
export function updateBackup(database: DatabaseSync, id: string, change: Partial<BackupRow>): void {
  const [names, values] = backupColumns(change)
  database.prepare(`UPDATE backups SET ${assignments(names)} WHERE id = ?`).run(...values, id)
}

/** One backup, or undefined. */
export function findBackup(database: DatabaseSync, id: string): BackupRow | undefined {
  const row = database.prepare('SELECT * FROM backups WHERE id = ?').get(id)
  return row && backupOf(row as DatabaseRecord)
}

/** Removes a backup and all that hangs on it. */
export function deleteBackup(database: DatabaseSync, id: string): void {
  database.prepare('DELETE FROM backups WHERE id = ?').run(id)
}

/** Backups being made, with the lock that tells whether their maker still lives. */
export function unfinishedBackups(
  database: DatabaseSync,
): { backup: BackupRow; lockName: string | undefined }[] {
  return (database.prepare("SELECT * FROM backups WHERE state = 'creating'").all() as DatabaseRecord[]).map(
    (row) => ({
      backup: backupOf(row),
      lockName: typeof row.lock_name === 'string' ? row.lock_name : undefined,
    }),
  )
}

const SYNCED = `(EXISTS (SELECT 1 FROM copies c WHERE c.backup_id = b.id)
  AND NOT EXISTS (SELECT 1 FROM copies c WHERE c.backup_id = b.id AND c.state <> 'synced'))`

const DAMAGED =
  "EXISTS (SELECT 1 FROM copies c WHERE c.backup_id = b.id AND c.state IN ('damaged', 'missing'))"

/** What a list is narrowed by, without its length. */
export type BackupFilter = Omit<BackupQuery, 'limit' | 'offset'>

/** A day with backups. */
export interface BackupDay {
  /** Local: `2026-11-21`. */
  readonly date: string
  readonly backups: number
  readonly incomplete: number
  readonly failed: number
  readonly damaged: number
}

/** The local days with backups that match, the oldest first. */
export function backupDays(database: DatabaseSync, filter: BackupFilter): BackupDay[] {
  const { condition, values } = conditionOf(filter)
  const rows = database
    .prepare(
      `SELECT date(b.created_ms / 1000, 'unixepoch', 'localtime') AS date, count(*) AS backups,
         sum(b.state = 'incomplete') AS incomplete, sum(b.state IN ('failed', 'interrupted')) AS failed, sum(${DAMAGED}) AS damaged
       FROM backups b WHERE ${condition} GROUP BY 1 ORDER BY 1`,
    )
    .all(...values)
  return (rows as DatabaseRecord[]).map((row) => ({
    date: String(row.date),
    backups: Number(row.backups),
    incomplete: Number(row.incomplete),
    failed: Number(row.failed),
    damaged: Number(row.damaged),
  }))
}

/** Newest first, with the number of all that match. */
export function listBackups(
  database: DatabaseSync,
  query: BackupQuery,
): { backups: BackupRow[]; total: number } {
  const { condition, values } = conditionOf(query)
  const total = database.prepare(`SELECT count(*) AS n FROM backups b WHERE ${condition}`).get(...values) as {
    n: number
  }
  const rows = database
    .prepare(
      `SELECT * FROM backups b WHERE ${condition} ORDER BY b.created_ms DESC, b.id DESC LIMIT ? OFFSET ?`,
    )
    .all(...values, query.limit, query.offset)
  return { backups: (rows as DatabaseRecord[]).map(backupOf), total: total.n }
}

/** Where a list goes on: behind this backup. */
export type ListedBehind = Pick<BackupRow, 'createdMs' | 'id'>

/** Newest first, those behind one of the list; so a list can be gone through while backups come and go. */
export function backupsBehind(
  database: DatabaseSync,
  filter: BackupFilter,
  limit: number,
  behind?: ListedBehind,
): BackupRow[] {
  const { condition, values } = conditionOf(filter)
  const from = behind ? [behind.createdMs, behind.id] : []
  const rows = database
    .prepare(
      `SELECT * FROM backups b WHERE ${condition} ${behind ? 'AND (b.created_ms, b.id) < (?, ?)' : ''}
       ORDER BY b.created_ms DESC, b.id DESC LIMIT ?`,
    )
    .all(...values, ...from, limit)
  return (rows as DatabaseRecord[]).map(backupOf)
}

function conditionOf(query: BackupFilter): { condition: string; values: SQLInputValue[] } {
  const where: string[] = ['1 = 1']
  const values: SQLInputValue[] = []
  const add = (condition: string, ...parameters: SQLInputValue[]) => {
    where.push(condition)
    values.push(...parameters)
  }
  if (query.planId !== undefined) add('b.plan_id = ?', query.planId)
  if (query.fromMs !== undefined) add('b.created_ms >= ?', query.fromMs)
  if (query.toMs !== undefined) add('b.created_ms <= ?', query.toMs)
  if (query.synced === true) add(SYNCED)
  if (query.synced === false) add(`NOT ${SYNCED}`)
  if (query.destinationId !== undefined)
    add(
      'EXISTS (SELECT 1 FROM copies c WHERE c.backup_id = b.id AND c.destination_id = ?)',
      query.destinationId,
    )
  if (query.format !== undefined) add('b.format = ?', query.format)
  if (query.state === 'damaged') add(DAMAGED)
  else if (query.state !== undefined) add('b.state = ?', query.state)
  if (query.isReadable) add("b.state IN ('complete', 'incomplete')")
  if (query.source !== undefined) add('instr(b.sources, ?) > 0', inJson(query.source))
  if (query.search !== undefined) {
    const term = query.search.toLowerCase()
    add(
      `(instr(lower(b.id), ?) > 0 OR instr(lower(coalesce(b.plan_name, '')), ?) > 0
        OR instr(lower(coalesce(b.tag, '')), ?) > 0 OR instr(lower(b.sources), ?) > 0)`,
      term,
      term,
      term,
      inJson(term),
    )
  }
  return { condition: where.join(' AND '), values }
}

/** The text as it stands inside a JSON list. */
const inJson = (value: string) => JSON.stringify(value).slice(1, -1)

/** Inserts a copy or changes the one that is there. */
export function putCopy(database: DatabaseSync, copy: CopyRow): void {
  const [names, values] = copyColumns(copy)
  database
    .prepare(
      `INSERT INTO copies (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
       ON CONFLICT (backup_id, destination_id) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    )
    .run(...values)
}

/** Changes fields of a copy. */
export function updateCopy(
  database: DatabaseSync,
  backupId: string,
  destinationId: string,
  change: Partial<CopyRow>,
): void {
  const [names, values] = copyColumns(change)
  database
    .prepare(`UPDATE copies SET ${assignments(names)} WHERE backup_id = ? AND destination_id = ?`)
    .run(...values, backupId, destinationId)
}

/** The copies of one backup. */
export function copiesOf(database: DatabaseSync, backupId: string): CopyRow[] {
  return (
    database
      .prepare('SELECT * FROM copies WHERE backup_id = ? ORDER BY rowid')
      .all(backupId) as DatabaseRecord[]
  ).map(copyOf)
}

/** Copies in the given states, those of the oldest backup first. */
export function copiesIn(
  database: DatabaseSync,
  states: readonly CopyState[],
  filter: { readonly backupId?: string; readonly destinationId?: string } = {},
): CopyRow[] {
  const rows = database
    .prepare(
      `SELECT c.* FROM copies c JOIN backups b ON b.id = c.backup_id
       WHERE c.state IN (${states.map(() => '?').join(', ')})
         AND (? IS NULL OR c.backup_id = ?) AND (? IS NULL OR c.destination_id = ?)
       ORDER BY b.created_ms, b.id`,
    )
    .all(
      ...states,
      filter.backupId ?? null,
      filter.backupId ?? null,
      filter.destinationId ?? null,
      filter.destinationId ?? null,
    )
  return (rows as DatabaseRecord[]).map(copyOf)
}

/** Forgets a copy (the objects themselves are somebody else's care). */
export function deleteCopy(database: DatabaseSync, backupId: string, destinationId: string): void {
  database
    .prepare('DELETE FROM copies WHERE backup_id = ? AND destination_id = ?')
    .run(backupId, destinationId)
}

/** Forgets a copy and, in the same step, the backup whose last one it was. */
export function dropCopy(database: DatabaseSync, backupId: string, destinationId: string): void {
  transaction(database, () => {
    deleteCopy(database, backupId, destinationId)
    if (copiesOf(database, backupId).length === 0) deleteBackup(database, backupId)
  })
}

/** Writes down what a backup left out. */
export function insertSkipped(database: DatabaseSync, backupId: string, items: readonly SkippedRow[]): void {
  const insert = database.prepare('INSERT INTO skipped (backup_id, path, reason, code) VALUES (?, ?, ?, ?)')
  for (const item of items) insert.run(backupId, item.path, item.reason, item.code ?? null)
}

/** What a backup left out (as far as it was listed). */
export function skippedOf(database: DatabaseSync, backupId: string): SkippedRow[] {
  return (
    database
      .prepare('SELECT path, reason, code FROM skipped WHERE backup_id = ?')
      .all(backupId) as DatabaseRecord[]
  ).map((row) => ({
    path: String(row.path),
    reason: String(row.reason),
    code: typeof row.code === 'string' ? row.code : undefined,
  }))
}

const assignments = (names: readonly string[]) => names.map((name) => `${name} = ?`).join(', ')
