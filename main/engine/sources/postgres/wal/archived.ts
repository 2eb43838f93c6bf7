import type { Lsn } from './lsn.ts'
import type { Ancestor } from './timeline-history.ts'

/** A segment that lies in the archive, with what can be said of it without its content. */
export interface ArchivedSegment {
  readonly timeline: number
  /** Counted from the beginning of the log (`segmentNumber`). */
  readonly number: number
  /** When it was last written before it was archived, milliseconds since 1970: what was committed until then lies in it or before it. */
  readonly closedMs: number
  /** Of the commits and aborts in it, microseconds since 1970; undefined where there are none or nobody could read them. */
  readonly earliestUs: number | undefined
  readonly latestUs: number | undefined
  /** Where its last record begins. */
  readonly lastLsn: Lsn | undefined
  readonly points: readonly RestorePoint[]
}

/** A moment that somebody named (`pg_create_restore_point`). */
export interface RestorePoint {
  readonly name: string
  readonly lsn: Lsn
  readonly timeUs: number
}

/** A base backup. */
export interface ArchivedBase {
  readonly id: string
  readonly timeline: number
  /** The log is needed from here on. */
  readonly startLsn: Lsn
  /** The cluster is consistent from here on. */
  readonly endLsn: Lsn
  /** When it was done, by the server's clock, milliseconds since 1970. */
  readonly endMs: number
}

/** All that lies in the archive of one cluster. */
export interface WalArchive {
  readonly segmentBytes: number
  readonly segments: readonly ArchivedSegment[]
  /** What each timeline grew out of. */
  readonly histories: ReadonlyMap<number, readonly Ancestor[]>
  readonly bases: readonly ArchivedBase[]
}
