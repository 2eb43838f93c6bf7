import type { BackupRow } from '../../model/backup.ts'

/**
 * Decides what of the backups somebody may see who reads data in them, and counts what they are given. Whatever a gate does not admit is, to whoever asks, not there.
 */
export interface DataGate {
  admitsBackup(backup: BackupRow): boolean
  /** Whether a file may be seen and read. Of a hard link both names have to be admitted. */
  admitsFile(backup: BackupRow, path: string): boolean
  /** Whether there may be something below a folder that is admitted; what is not leads nowhere. */
  leadsOn(backup: BackupRow, folder: string): boolean
  /** Called before bytes of contents are used, with their number; rejects with `budget-exceeded`. */
  take(bytes: number): Promise<void>
  /** Only a part of what is in backups may be seen: sums over all of it would tell of the rest. */
  readonly isNarrow?: boolean
  /** What there is to take in an hour, and what of it is used; absent where nobody counts. */
  budget?(): Promise<{ readonly bytesPerHour: number; readonly usedBytes: number }>
}

/** The owner's: everything. */
export const OPEN_GATE: DataGate = {
  admitsBackup: () => true,
  admitsFile: () => true,
  leadsOn: () => true,
  take: async () => {},
}
