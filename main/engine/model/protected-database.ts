import type { Schedule } from './schedule/schedule.ts'

/** A PostgreSQL cluster under continuous protection: base backups, and every segment of its log between them. */
export interface ProtectedDatabase {
  /** Stable id (`db_` and 10 characters); in the keys of its objects. */
  readonly id: string
  readonly name: string
  /** Where its server is, without a password (`model/postgres-source.ts`). */
  readonly url: string
  readonly destinationIds: readonly string[]
  /** When base backups are made. */
  readonly baseSchedule: Schedule
  /** Every moment of so many days back can be recovered. */
  readonly keepDays: number
  /** The cluster's own number, once known: another cluster's log is refused. */
  readonly systemId?: string
}

export const DEFAULT_BASE_SCHEDULE = 'weekly@sun 01:00'
export const DEFAULT_KEEP_DAYS = 30
