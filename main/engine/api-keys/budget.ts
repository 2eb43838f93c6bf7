import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '../catalogue/transaction.ts'
import { EverstowError } from '../model/errors.ts'

/** What a key was given is kept in slices of time; one counts until its last moment is an hour ago, so that no hour ever holds more than the budget. */
const SLICE_MS = 10_000
const HOUR_MS = 3_600_000

interface Slice {
  readonly slice: number
  readonly bytes: number
}

/** Bytes that a key was given in the hour that ends now. */
export function usedBytes(database: DatabaseSync, keyId: string, nowMs: number): number {
  return sum(slicesOf(database, keyId, nowMs))
}

/**
 * Books bytes for a key, whichever process asks; `budget-exceeded` where they are more than what is left of the hour, with the time until they are not. A crash of the
 * computer may forget the last moments of it, and nothing else does: that is worth not waiting for the disk before each read.
 */
export function take(
  database: DatabaseSync,
  {
    keyId,
    nowMs,
    bytes,
    bytesPerHour,
  }: {
    readonly keyId: string
    readonly nowMs: number
    readonly bytes: number
    readonly bytesPerHour: number
  },
): void {
  database.exec('PRAGMA synchronous = NORMAL')
  try {
    transaction(database, () => {
      const slices = slicesOf(database, keyId, nowMs)
      const tooMuch = sum(slices) + bytes - bytesPerHour
      if (tooMuch > 0) throw exceeded(slices, { nowMs, bytes, bytesPerHour, tooMuch })
      database
        .prepare('DELETE FROM data_reads WHERE key_id = ? AND (slice < ? OR slice > ?)')
        .run(keyId, ...windowOf(nowMs))
      database
        .prepare(
          `INSERT INTO data_reads (key_id, slice, bytes) VALUES (?, ?, ?)
           ON CONFLICT (key_id, slice) DO UPDATE SET bytes = bytes + excluded.bytes`,
        )
        .run(keyId, Math.floor(nowMs / SLICE_MS), bytes)
    })
  } finally {
    database.exec('PRAGMA synchronous = FULL')
  }
}

/** Forgets what a key was given. */
export function forget(database: DatabaseSync, keyId: string): void {
  database.prepare('DELETE FROM data_reads WHERE key_id = ?').run(keyId)
}

/** The slices that count. One that lies far ahead was booked by a clock that went wrong. */
function windowOf(nowMs: number): [number, number] {
  return [Math.floor((nowMs - HOUR_MS) / SLICE_MS), Math.floor((nowMs + HOUR_MS) / SLICE_MS)]
}

function slicesOf(database: DatabaseSync, keyId: string, nowMs: number): Slice[] {
  const rows = database
    .prepare('SELECT slice, bytes FROM data_reads WHERE key_id = ? AND slice BETWEEN ? AND ? ORDER BY slice')
    .all(keyId, ...windowOf(nowMs))
  return rows.map(({ slice, bytes }) => ({ slice: Number(slice), bytes: Number(bytes) }))
}

function sum(slices: readonly Slice[]): number {
  return slices.reduce((total, { bytes }) => total + bytes, 0)
}

/** What is more than a whole hour's budget is never given, however long somebody waits. */
function exceeded(
  slices: readonly Slice[],
  asked: {
    readonly nowMs: number
    readonly bytes: number
    readonly bytesPerHour: number
    readonly tooMuch: number
  },
): EverstowError {
  const { nowMs, bytes, bytesPerHour, tooMuch } = asked
  const data = { bytesPerHour, usedBytes: sum(slices) }
  if (bytes > bytesPerHour) return new EverstowError('budget-exceeded', { data, retry: 'never' })
  let freed = 0
  const last = slices.find((slice) => {
    freed += slice.bytes
    return freed >= tooMuch
  })
  const retryAfterMs = ((last?.slice ?? 0) + 1) * SLICE_MS + HOUR_MS - nowMs
  return new EverstowError('budget-exceeded', { data: { ...data, retryAfterMs }, retryAfterMs })
}
