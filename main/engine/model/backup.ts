import type { BackupFormat } from './plan.ts'

/**
 * `creating`: being written. `complete`: everything chosen is in it. `incomplete`: some files could not be read. `failed`: it came to nothing.
 * `interrupted`: the program or computer stopped while it was made.
 */
export type BackupState = 'creating' | 'complete' | 'incomplete' | 'failed' | 'interrupted'

/** An error as it is kept: code and facts, no text. */
export interface StoredError {
  readonly code: string
  readonly data: Readonly<Record<string, string | number | boolean>>
  readonly retry: 'retry' | 'wait' | 'never'
}

/** One backup as the catalogue knows it. */
export interface BackupRow {
  /** `unified_backup_YYYYMMDD_HHMMSS`, perhaps with `_2`. */
  readonly id: string
  readonly planId: string | undefined
  readonly planName: string | undefined
  readonly filename: string
  readonly createdMs: number
  readonly format: BackupFormat
  readonly state: BackupState
  readonly sizeBytes: number
  readonly sourceBytes: number
  /** Of the source bytes those that no place had before; undefined where nobody counted. */
  readonly newBytes?: number | undefined
  readonly files: number
  readonly directories: number
  readonly md5: string
  readonly sha256: string
  readonly sources: readonly string[]
  readonly roots: readonly ArchiveRoot[]
  readonly skippedCount: number
  readonly durationMs: number
  readonly tag: string | undefined
  readonly indexName: string | undefined
  readonly hostname: string | undefined
  /** Snapshots: no retention rule forgets it. */
  readonly pinned: boolean
  /** Snapshots: the repository and the device (32 hex digits each) that made it. `sha256` is then the snapshot's id. */
  readonly repositoryId: string | undefined
  readonly deviceId: string | undefined
  readonly error: StoredError | undefined
}

/** Which folder of the archive holds which source. */
export interface ArchiveRoot {
  readonly source: string
  readonly prefix: string
}

/**
 * `pending`: not tried yet. `syncing`: on its way. `synced`: durable there. `waiting`: the place is away (calm). `failed`: a person must act.
 * `damaged`: stored bytes differ. `missing`: gone from the place. `removing`: a clean-up removes it.
 */
export type CopyState =
  | 'pending'
  | 'syncing'
  | 'synced'
  | 'waiting'
  | 'failed'
  | 'damaged'
  | 'missing'
  | 'removing'

/** One backup in one destination. */
export interface CopyRow {
  readonly backupId: string
  readonly destinationId: string
  readonly state: CopyState
  /** File name used there: differs from the backup's where that name was taken by somebody else's archive. */
  readonly storedName: string
  readonly url: string | undefined
  readonly syncedMs: number | undefined
  readonly verifiedMs: number | undefined
  readonly attempts: number
  readonly error: StoredError | undefined
}

/** A copy that is to be brought to a destination. */
export function pendingCopy(backup: Pick<BackupRow, 'id' | 'filename'>, destinationId: string): CopyRow {
  return {
    backupId: backup.id,
    destinationId,
    state: 'pending',
    storedName: backup.filename,
    url: undefined,
    syncedMs: undefined,
    verifiedMs: undefined,
    attempts: 0,
    error: undefined,
  }
}

/** Over all copies, in the word of the older systems: all synced, else failed if any failed, else syncing, else pending. */
export function syncStatusOf(copies: readonly CopyRow[]): 'pending' | 'syncing' | 'synced' | 'failed' {
  if (copies.length > 0 && copies.every((copy) => copy.state === 'synced')) return 'synced'
  if (copies.some((copy) => copy.state === 'failed' || copy.state === 'damaged' || copy.state === 'missing'))
    return 'failed'
  if (copies.some((copy) => copy.state === 'syncing')) return 'syncing'
  return 'pending'
}
