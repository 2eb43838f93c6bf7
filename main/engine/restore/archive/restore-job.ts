import type { ArchiveIndex } from '../../archive/read/read-index.ts'
import type { ReadLimits } from '../../archive/read/read-limits.ts'
import type { ByteRange } from '../../storage/object-store.ts'
import type { RecordOrder } from '../placing/record.ts'
import type { ExistingPolicy } from '../restore-options.ts'

/** A restore as plain data, as it goes to the worker. */
export interface RestoreJob {
  /** 16 hex digits; names the staging folder. */
  readonly id: string
  readonly nowMs: number
  readonly into: string
  readonly existing: ExistingPolicy
  readonly dryRun: boolean
  readonly owner: boolean
  readonly paths?: readonly string[]
  readonly index?: ArchiveIndex
  readonly expectedTarBytes?: number
  readonly contentBytes?: number
  readonly limits?: Partial<ReadLimits>
  /** Asked for: it can be undone. */
  readonly record?: RecordOrder
  readonly archive: { readonly sizeBytes: number; readonly sha256?: string; readonly md5?: string }
}

/** Opens the archive's bytes from wherever the job runs. */
export type OpenArchive = (range?: ByteRange) => AsyncIterable<Uint8Array>
