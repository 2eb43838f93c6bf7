import { type BigIntStats, closeSync, constants, openSync } from '../../env/node/sync-files.ts'
import { type FsPath, systemCodeOf } from '../files/fs-path.ts'
import { companionPath } from './companions.ts'
import { readStart, statsAt } from './database-file.ts'

/** What copying needs from its surroundings. */
export interface CopySurroundings {
  /** Milliseconds since 1970, by the clock that stamps files. */
  readonly now: () => number
  readonly monotonicMs: () => number
  /** Called for every piece; throws to stop. */
  readonly checkpoint: () => void
}

/** Within this time of a change, another may leave no trace in a file's times. */
const RACY_MS = 2000
/** A journal begins with `d9 d5 05 f9 20 a1 63 d7` while it counts, with zeros when it was ended in place. */
const JOURNAL_MAGIC_BYTES = 8

/**
 * What the rollback journal says. `live`: a transaction is under way, or was when its program died. `idle`: it lies there and counts for nothing, so
 * whoever uses the database does write one.
 */
export function journalOf(database: FsPath): 'none' | 'idle' | 'live' {
  const path = companionPath(database, '-journal')
  const stats = statsAt(path)
  if (!stats?.isFile()) return 'none'
  if (stats.size === 0n) return 'idle'
  const file = openThere(path)
  if (file === undefined) return 'none'
  try {
    return readStart(file, JOURNAL_MAGIC_BYTES).every((byte) => byte === 0) ? 'idle' : 'live'
  } finally {
    closeSync(file)
  }
}

/** Opens what may be gone by now, without waiting and without following a link. Throws what else the system says. */
export function openThere(path: FsPath): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The write-ahead log, where there is one with anything in it. */
export function logOf(database: FsPath): BigIntStats | undefined {
  const stats = statsAt(companionPath(database, '-wal'))
  return stats?.isFile() && stats.size > 0n ? stats : undefined
}

/** Whether the next change will certainly show in the file's times. */
export function isQuiet(stats: BigIntStats, { now }: Pick<CopySurroundings, 'now'>): boolean {
  return Number(stats.ctimeMs) < now() - RACY_MS
}

/** Nobody wrote to the file, truncated it or changed its attributes between the two looks. */
export function isUntouched(before: BigIntStats, after: BigIntStats): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs
}
