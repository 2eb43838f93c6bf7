import type { DatabaseSync } from 'node:sqlite'
import { transaction } from './transaction.ts'

/** Something that is or was wrong, from when it was first seen until it was gone. */
export interface IncidentRow {
  readonly id: number
  /** Which finding it is about; of each at most one is open. */
  readonly finding: string
  /** What was found, as JSON. */
  readonly detail: string
  readonly openedMs: number
  readonly closedMs: number | undefined
  /** How often somebody was told: once when it opened, again as it grew old. */
  readonly told: number
}

/** A message on its way to a channel. */
export interface DeliveryRow {
  readonly id: string
  readonly channelId: string
  /** What it is about; a newer one of the same channel and subject may replace it. */
  readonly subject: string
  /** The message, as JSON. */
  readonly message: string
  readonly createdMs: number
  readonly attempts: number
  readonly nextMs: number
}

/** A change of the book: all of it lands or none. */
export interface BookChange {
  readonly open?: readonly { finding: string; detail: string; openedMs: number; told: number }[]
  readonly update?: readonly { id: number; detail: string; told: number }[]
  readonly close?: readonly { id: number; closedMs: number }[]
  readonly send?: readonly Omit<DeliveryRow, 'attempts'>[]
  /** Kept together with the rest, so that nothing is told twice. */
  readonly facts?: readonly { name: string; value: string }[]
}

/** Incidents that are open, oldest first. */
export function openIncidents(database: DatabaseSync): IncidentRow[] {
  return incidents(database, 'closed_ms IS NULL ORDER BY opened_ms, id')
}

/** Incidents that were closed since a time, newest first. */
export function closedIncidents(database: DatabaseSync, sinceMs: number): IncidentRow[] {
  return incidents(database, 'closed_ms >= ? ORDER BY closed_ms DESC, id DESC', sinceMs)
}

function incidents(database: DatabaseSync, condition: string, ...values: number[]): IncidentRow[] {
  const rows = database
    .prepare(
      `SELECT id, finding, detail, opened_ms AS openedMs, closed_ms AS closedMs, told FROM incidents WHERE ${condition}`,
    )
    .all(...values) as unknown as (Omit<IncidentRow, 'closedMs'> & { closedMs: number | null })[]
  return rows.map((row) => ({ ...row, closedMs: row.closedMs ?? undefined }))
}

/** Changes incidents and what is to be sent about them, in one step. */
export function changeBook(database: DatabaseSync, change: BookChange): void {
  transaction(database, () => {
    const open = database.prepare(
      'INSERT INTO incidents (finding, detail, opened_ms, told) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    for (const { finding, detail, openedMs, told } of change.open ?? [])
      open.run(finding, detail, openedMs, told)
    const update = database.prepare('UPDATE incidents SET detail = ?, told = ? WHERE id = ?')
    for (const { id, detail, told } of change.update ?? []) update.run(detail, told, id)
    const close = database.prepare('UPDATE incidents SET closed_ms = ? WHERE id = ?')
    for (const { id, closedMs } of change.close ?? []) close.run(closedMs, id)
    const send = database.prepare(
      'INSERT INTO alert_deliveries (id, channel_id, subject, message, created_ms, next_ms) VALUES (?, ?, ?, ?, ?, ?)',
    )
    for (const one of change.send ?? [])
      send.run(one.id, one.channelId, one.subject, one.message, one.createdMs, one.nextMs)
    const keep = database.prepare(
      'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    )
    for (const { name, value } of change.facts ?? []) keep.run(name, value)
  })
}

/** Everything that waits to be sent, oldest first. */
export function waitingDeliveries(database: DatabaseSync): DeliveryRow[] {
  return database
    .prepare(
      `SELECT id, channel_id AS channelId, subject, message, created_ms AS createdMs, attempts, next_ms AS nextMs
       FROM alert_deliveries ORDER BY created_ms, rowid`,
    )
    .all() as unknown as DeliveryRow[]
}

/** When a message is tried again. */
export function retryDelivery(database: DatabaseSync, id: string, attempts: number, nextMs: number): void {
  database
    .prepare('UPDATE alert_deliveries SET attempts = ?, next_ms = ? WHERE id = ?')
    .run(attempts, nextMs, id)
}

/** Forgets messages: they arrived, are given up, or a newer one says it all. */
export function dropDeliveries(database: DatabaseSync, ids: readonly string[]): void {
  const remove = database.prepare('DELETE FROM alert_deliveries WHERE id = ?')
  for (const id of ids) remove.run(id)
}

/** Forgets incidents that were closed before a time. */
export function dropIncidents(database: DatabaseSync, beforeMs: number): void {
  database.prepare('DELETE FROM incidents WHERE closed_ms < ?').run(beforeMs)
}
