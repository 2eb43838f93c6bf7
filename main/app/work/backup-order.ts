import type { Destination } from '../../engine/model/destination.ts'
import type { BackupFormat, Compression, Plan } from '../../engine/model/plan.ts'

/** What a backup run makes. */
export interface BackupOrder {
  readonly plan?: Plan
  readonly sources: readonly string[]
  readonly destinations: readonly Destination[]
  readonly exclude: readonly string[]
  readonly excludePresets: readonly string[]
  readonly tag?: string
  readonly format: BackupFormat
  readonly compression?: Compression
  /** Puts what is backed up into a folder of ours first. */
  readonly stage?: (folder: string, signal: AbortSignal) => Promise<readonly string[]>
}
