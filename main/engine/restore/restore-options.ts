import type { ArchiveSource } from '../archive/read/archive-source.ts'
import type { RefusedEntry } from '../archive/read/entry-path.ts'
import type { ArchiveIndex } from '../archive/read/read-index.ts'
import type { ReadLimits } from '../archive/read/read-limits.ts'

/** What a restore is asked to write down, so that it can be undone. */
export interface RecordOrder {
  /** Without ending: two files are written, `.json` and `.steps`. */
  readonly path: string
  /** The backups that are read. */
  readonly backupIds: readonly string[]
}

/**
 * What happens where something is already there. `skip`: it stays. `replace`: it is moved to `.everstow-replaced-…` inside the target and stays
 * recoverable. `rename`: it stays and ours goes beside it as `name (restored 2026-11-21).ext`.
 */
export type ExistingPolicy = 'skip' | 'replace' | 'rename'

/** How a tree that is proven comes into the target. */
export interface PlacingOrder {
  readonly nowMs: number
  readonly existing: ExistingPolicy
  readonly owner: boolean
  /** Asked for: it can be undone. */
  readonly record?: RecordOrder
}

export interface RestoreOptions {
  readonly source: ArchiveSource
  /** The archive's index, where there is one: chosen files are then fetched alone. */
  readonly index?: ArchiveIndex
  /** Absolute path of the folder to restore into; made when it is not there. */
  readonly into: string
  /** Files, folders (with all that is in them) or globs, as paths inside the archive. Everything by default. */
  readonly paths?: readonly string[]
  readonly existing: ExistingPolicy
  /** Only tell what would happen. Writes nothing. */
  readonly dryRun?: boolean
  /** Restore owners, setuid and setgid bits as well; needs the rights to do so. */
  readonly owner?: boolean
  /** Uncompressed size where the caller knows it (metadata); an index tells it too. Lets honest archives of any ratio pass. */
  readonly expectedTarBytes?: number
  /** Content of all files together, where the caller knows it: a volume that cannot hold it is refused before anything is written. */
  readonly contentBytes?: number
  readonly limits?: Partial<ReadLimits>
  /** Write down what is done, so that it can be undone. */
  readonly record?: RecordOrder
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: RestoreProgress) => void
}

export interface RestoreProgress {
  /**
   * reading: fetching and unpacking, nothing is visible yet. packing: all is there and becomes one file. placing: verified, moving into place; cannot be
   * cancelled any more.
   */
  readonly phase: 'reading' | 'packing' | 'placing'
  /** Compressed bytes read, of how many. */
  readonly bytesRead: number
  readonly bytesToRead: number
  readonly files: number
  /** Content unpacked. */
  readonly bytes: number
  /** What is being worked on, for people. */
  readonly path: string
}

/** Something that the target's system would not take, with its error code. */
export interface FailedEntry {
  readonly path: string
  readonly code: string
}

/** What a restore did, or with `dryRun` would do. Counts are files and links; folders are counted apart. */
export interface RestoreReport {
  readonly dryRun: boolean
  /** The folder restored into, without links. */
  readonly into: string
  /** New in the target. */
  readonly restored: number
  /** In the place of something else, which was moved to `replacedInto`. */
  readonly replaced: number
  /** Beside something else, under a new name. */
  readonly renamed: number
  /** The target had exactly this content. */
  readonly unchanged: number
  /** Left alone because something was there. */
  readonly skipped: number
  /** How many of the placed ones are symlinks. */
  readonly links: number
  /** Folders made. */
  readonly directories: number
  /** Content placed. */
  readonly bytes: number
  /** Compressed bytes that were read, or with `dryRun` would have to be. */
  readonly bytesRead: number
  /** What was done is written down whole: it can be undone. */
  readonly recorded: boolean
  /** Folder with what was replaced, where anything was. */
  readonly replacedInto?: string
  /** Not taken, and why: at most 10,000 named, all counted. */
  readonly refused: readonly RefusedEntry[]
  readonly refusedCount: number
  readonly failed: readonly FailedEntry[]
  readonly failedCount: number
  /** Those of `paths` that name nothing in the archive. */
  readonly missing: readonly string[]
  /** What proves the content: a checksum of the archive, one of each file, only the CRC inside gzip, or the id of each chunk of a snapshot. */
  readonly verified: 'sha256' | 'md5' | 'sha256-of-files' | 'crc' | 'chunks'
}
