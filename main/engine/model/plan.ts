import type { Schedule } from './schedule.ts'

/** What is backed up, how, where, when, and how long it is kept. */
export interface Plan {
  /** Stable id (`plan_` and 10 characters). */
  readonly id: string
  readonly name: string
  /** Absolute files, folders or globs. */
  readonly sources: readonly string[]
  readonly format: BackupFormat
  readonly destinationIds: readonly string[]
  /** gitignore-style patterns. */
  readonly exclude: readonly string[]
  /** Names of exclusion presets. */
  readonly excludePresets: readonly string[]
  readonly schedule: Schedule
  /** A clean-up removes backups older than this; absent: they are kept. */
  readonly keepDays?: number
}

export type BackupFormat = 'archive' | 'snapshot'
