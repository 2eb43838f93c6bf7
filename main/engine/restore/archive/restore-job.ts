import type { ArchiveIndex } from '../../archive/read/read-index.ts'
import type { ReadLimits } from '../../archive/read/read-limits.ts'
import type { ByteRange } from '../../storage/object-store.ts'
import type { PlacingOrder, RestoreProgress } from '../restore-options.ts'
import type { SyncFiles } from '../target/sync-files.ts'

/** A restore as plain data, as it goes to the worker. */
export interface RestoreJob extends PlacingOrder {
  /** 16 hex digits; names the staging folder. */
  readonly id: string
  readonly into: string
  readonly dryRun: boolean
  readonly paths?: readonly string[]
  readonly index?: ArchiveIndex
  readonly expectedTarBytes?: number
  readonly contentBytes?: number
  readonly limits?: Partial<ReadLimits>
  readonly archive: { readonly sizeBytes: number; readonly sha256?: string; readonly md5?: string }
}

/** Opens the archive's bytes from wherever the job runs. */
export type OpenArchive = (range?: ByteRange) => AsyncIterable<Uint8Array>

/** What a restore works with besides its job. */
export interface RunContext {
  readonly files: SyncFiles
  readonly open: OpenArchive
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: RestoreProgress) => void
}
