import { type BigIntStats, closeSync, fstatSync } from '../../env/node/sync-files.ts'
import type { FsPath } from '../files/fs-path.ts'
import { companionPath, withLog } from './companions.ts'
import { copyBlocks } from './copy-blocks.ts'
import { statsAt, writesAhead } from './database-file.ts'
import { type CopySurroundings, isQuiet, isUntouched, journalOf, logOf, openThere } from './look-beside.ts'
import { type LockRefusal, takeReadLock } from './read-lock.ts'
import { applyLog, LOG_HEADER_BYTES, readLogHeader } from './write-ahead-log.ts'

/** Somebody who writes without a pause is waited for so long; so is one who keeps the database for itself. */
const LOCK_WAIT_MS = 2000
/** Without a log nobody can write while we read: no longer than this. */
const HOLD_MS = 2000
/** A log that begins anew while the database is copied makes the copy worthless: so often it is made again. */
const LOG_ATTEMPTS = 5

/** An open database of somebody else. */
export interface OpenDatabase {
  /** Stays open until everything is over; `takeReadLock` says why. */
  readonly file: number
  readonly path: FsPath
}

/** Why a database is not copied; `hot` and `no-database` are to be kept as they lie there. */
export type CopyRefusal = LockRefusal | 'unsteady'

/**
 * Makes a page-for-page copy, in the open file `copy`, of the state that one transaction left; answers what is known of the database as of that state.
 * The database itself is only read.
 */
export function copyDatabase(
  database: OpenDatabase,
  copy: number,
  surroundings: CopySurroundings,
): BigIntStats | CopyRefusal {
  return writesAhead(database.file) || logOf(database.path)
    ? copyWithLog(database, copy, surroundings)
    : copyUnderLock(database, copy, surroundings)
}

/**
 * A log ties the pieces together without any lock: a checkpoint brings into the database nothing but what is in the log, so whatever it did while the
 * database was copied, writing the log's committed pages over the copy makes it whole, as long as the log did not begin anew in between. That
 * is also how a database is read that a program keeps for itself, or of which no one may touch the `-shm`. Only where the log begins anew
 * all the time a read transaction keeps it from doing so; it hinders no writer.
 */
function copyWithLog(
  database: OpenDatabase,
  copy: number,
  surroundings: CopySurroundings,
): BigIntStats | CopyRefusal {
  const unlocked = copySteadily(database, copy, surroundings)
  if (unlocked !== 'unsteady') return unlocked
  // Without it nobody shares the log, and asking would make one and leave it there.
  if (!statsAt(companionPath(database.path, '-shm'))) return 'unsteady'
  const lock = takeReadLock(database.path, LOCK_WAIT_MS)
  if (typeof lock === 'string') return lock
  try {
    return copySteadily(database, copy, surroundings)
  } finally {
    lock.release()
  }
}

function copySteadily(
  database: OpenDatabase,
  copy: number,
  surroundings: CopySurroundings,
): BigIntStats | CopyRefusal {
  let answer: BigIntStats | CopyRefusal = 'unsteady'
  for (let attempt = 0; attempt < LOG_ATTEMPTS; attempt++) {
    answer = copyOnceWithLog(database, copy, surroundings)
    if (typeof answer !== 'string') break
  }
  return answer
}

function copyOnceWithLog(
  database: OpenDatabase,
  copy: number,
  surroundings: CopySurroundings,
): BigIntStats | CopyRefusal {
  const { file, path } = database
  const logPath = companionPath(path, '-wal')
  const { checkpoint } = surroundings
  const goOn = (): boolean => {
    checkpoint()
    return true
  }
  const before = fstatSync(file, { bigint: true })
  const logStats = logOf(path)
  const log = logStats && openThere(logPath)
  try {
    const header = log === undefined ? undefined : readLogHeader(log)
    // Not a log as SQLite writes it, so who knows what it means to the program that did: it stays beside its database.
    if (log !== undefined && !header && fstatSync(log).size >= LOG_HEADER_BYTES) return 'no-database'
    const wasQuiet = isQuiet(before, surroundings)
    copyBlocks(file, copy, goOn)
    if (log !== undefined && logStats && header) {
      const isWhole = applyLog(log, header, copy, checkpoint) && logOf(path)?.ino === logStats.ino
      return isWhole && isNamed(database) ? withLog(before, logStats) : 'unsteady'
    }
    // Nothing in the log: the file alone is the database, as long as nobody writes. Where the times cannot tell, looking twice does.
    const isSteady = wasQuiet || copyBlocks(file, copy, goOn) === 'same'
    const logAfter = logOf(path)
    const isLogSame = logStats && logAfter ? isUntouched(logStats, logAfter) : logStats === logAfter
    const isSame = isUntouched(before, fstatSync(file, { bigint: true })) && isNamed(database)
    if (!isSteady || !isLogSame || !isSame) return 'unsteady'
    return logStats ? withLog(before, logStats) : before
  } finally {
    if (log !== undefined) closeSync(log)
  }
}

/**
 * With a rollback journal the file alone is the database whenever nobody holds it for writing. It is copied without hindering anybody first; under the
 * lock only what changed meanwhile is mended, which is short, and given up where it is not.
 */
function copyUnderLock(
  database: OpenDatabase,
  copy: number,
  surroundings: CopySurroundings,
): BigIntStats | CopyRefusal {
  const { file, path } = database
  const { checkpoint, monotonicMs } = surroundings
  const goOn = (): boolean => {
    checkpoint()
    return true
  }
  const before = fstatSync(file, { bigint: true })
  const wasQuiet = isQuiet(before, surroundings)
  const journalBefore = journalOf(path)
  copyBlocks(file, copy, goOn)
  const lock = takeReadLock(path, LOCK_WAIT_MS)
  if (typeof lock === 'string') {
    // Kept by a program for itself. Its journal lies there and says that nothing is under way: then nothing was, if nothing moved.
    const isIdle = lock === 'busy' && journalBefore === 'idle' && journalOf(path) === 'idle'
    const isUnlockable = lock === 'unreachable' && journalOf(path) !== 'live'
    const isSteady =
      (isIdle || isUnlockable) &&
      (wasQuiet || copyBlocks(file, copy, goOn) === 'same') &&
      isUntouched(before, fstatSync(file, { bigint: true }))
    return isSteady && isNamed(database) ? before : lock
  }
  try {
    const held = fstatSync(file, { bigint: true })
    if (!isNamed(database) || writesAhead(file)) return 'unsteady'
    if (wasQuiet && isUntouched(before, held)) return before
    const endMs = monotonicMs() + HOLD_MS
    const copied = copyBlocks(file, copy, () => goOn() && monotonicMs() < endMs)
    // Whoever writes in spite of the lock shows in the times.
    const isSame = copied !== 'late' && isUntouched(held, fstatSync(file, { bigint: true }))
    return isSame ? held : 'busy'
  } finally {
    lock.release()
  }
}

/** Whether the path still leads to the open file: locks go by the path, content by the file. */
function isNamed({ file, path }: OpenDatabase): boolean {
  const named = statsAt(path)
  const open = fstatSync(file, { bigint: true })
  return named !== undefined && named.ino === open.ino && named.dev === open.dev
}
