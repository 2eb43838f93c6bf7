import type { ChunkIndex } from '../../repository/index/chunk-index.ts'
import type { BlockFetcher } from '../../repository/read/block-fetcher.ts'
import type { SyncFiles } from '../target/sync-files.ts'
import type { RestoreCounters } from './restore-counters.ts'
import type { Writers } from './writers.ts'

export interface SnapshotRunContext {
  readonly files: SyncFiles
  readonly index: ChunkIndex
  readonly fetcher: BlockFetcher
  readonly writers: Writers
  readonly counters: RestoreCounters
  /** Whether a file of the target holds exactly these chunks. */
  readonly isSame: (path: string | Buffer, ids: Uint8Array) => boolean
  /** From here on it cannot be cancelled any more. */
  readonly onPlacing: () => void
}
