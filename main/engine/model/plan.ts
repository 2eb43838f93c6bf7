import type { PlanCondition } from './schedule/conditions.ts'
import type { Schedule } from './schedule/schedule.ts'

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
  /** What its schedule waits for; a person who starts it does not. */
  readonly waitFor?: readonly PlanCondition[]
  /** Its schedule starts nothing at these hours, e.g. `22:00-07:00`. */
  readonly quietHours?: string
  /** A copy older than so many hours is too old; absent: as its schedule says (`model/keeping/staleness.ts`). */
  readonly staleAfterHours?: number
  /** A clean-up removes backups older than this; absent: they are kept. */
  readonly keepDays?: number
  /** Snapshots: which ones stay, e.g. `last:7,daily:14,weekly:8` (`model/keeping/retention.ts`); absent: all of them. */
  readonly keep?: string
  /** Snapshots: another rule for single destinations, by their id. */
  readonly keepAt?: Readonly<Record<string, string>>
  /** Snapshots: `normal` is zstd 3, `fast` is zstd 1. */
  readonly compression?: Compression
  /** Two documents in each source folder show when something touches what nobody has reason to touch. */
  readonly canaries?: boolean
}

export type Compression = 'normal' | 'fast'

export type BackupFormat = 'archive' | 'snapshot'

/** A plan that only says for how many days keeps what was made within them. */
export function withAgeRule(plan: Plan): Plan {
  return plan.keep === undefined && plan.keepDays !== undefined
    ? { ...plan, keep: `within:${plan.keepDays}d` }
    : plan
}
