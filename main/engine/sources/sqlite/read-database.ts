import { type BigIntStats, closeSync, fstatSync, openSync, rmSync } from '../../env/node/sync-files.ts'
import { systemCodeOf } from '../files/fs-path.ts'
import { copyDatabase, type OpenDatabase } from './copy-database.ts'
import { writesAhead } from './database-file.ts'
import { type CopySurroundings, isQuiet, isUntouched, journalOf, logOf } from './look-beside.ts'
import { takeReadLock } from './read-lock.ts'

/** What reading databases needs from its surroundings. */
export interface DatabaseSurroundings extends CopySurroundings {
  /** Where a copy may lie while it is read: in a folder of ours, and not there now. */
  readonly copyPath: string
}

/** The content to store: the database itself, or a copy of it. */
export interface DatabaseContent extends OpenDatabase {
  /** Of the open file. */
  readonly stats: BigIntStats
  /** What is known of the database as of this content; its size is that of the file and says nothing. */
  readonly known: BigIntStats
}

/**
 * How a database was read. `consistent`: as one transaction left it; what lies beside it does not belong to this content. `as-is`: no database to SQLite,
 * or left by a program that died, so that file and journal belong together: to be read like any other file, with all that lies beside
 * it. `torn`: the same, but what is read may belong to no state at all.
 */
export type DatabaseReading<T> =
  | { readonly kind: 'consistent'; readonly content: T; readonly known: BigIntStats }
  | { readonly kind: 'as-is' }
  | { readonly kind: 'torn'; readonly code: string | undefined }

/**
 * Gives `read` a state of the database that one transaction left: the file itself where nobody uses it, a copy otherwise. `read` answers `undefined`
 * when what it read is not what `stats` says; it may be called twice, and the second time counts. What it throws is thrown.
 */
export function readDatabase<T>(
  database: OpenDatabase,
  surroundings: DatabaseSurroundings,
  read: (content: DatabaseContent) => T | undefined,
): DatabaseReading<T> {
  const { file, path } = database
  let isReading = false
  const readContent: typeof read = (content) => {
    isReading = true
    const answer = read(content)
    isReading = false
    return answer
  }
  try {
    const stats = fstatSync(file, { bigint: true })
    const isInUse = journalOf(path) === 'live' || logOf(path) !== undefined
    // By another name it has other companions, and another thread may close it while we hold a lock on it.
    if (stats.nlink > 1n) return isInUse ? { kind: 'torn', code: undefined } : { kind: 'as-is' }
    if (!isInUse && isQuiet(stats, surroundings)) {
      const content = readContent({ file, path, stats, known: stats })
      if (content !== undefined && isStillUnused(database, stats))
        return { kind: 'consistent', content, known: stats }
    }
    return readCopy(database, surroundings, readContent)
  } catch (error) {
    if (isReading || !(error instanceof Error) || !('syscall' in error)) throw error
    return { kind: 'torn', code: systemCodeOf(error) }
  }
}

/** Nobody wrote since `before`, and nobody has begun to. */
function isStillUnused(database: OpenDatabase, before: BigIntStats): boolean {
  const { file, path } = database
  const isSame = (): boolean => !logOf(path) && isUntouched(before, fstatSync(file, { bigint: true }))
  // Whoever uses its log has one there; to ask for a lock would make one and leave it.
  if (writesAhead(file)) return isSame()
  const wasIdle = journalOf(path) === 'idle'
  const lock = takeReadLock(path, 0)
  if (typeof lock === 'string') return lock === 'busy' && wasIdle && journalOf(path) === 'idle' && isSame()
  try {
    return isSame()
  } finally {
    lock.release()
  }
}

function readCopy<T>(
  database: OpenDatabase,
  surroundings: DatabaseSurroundings,
  read: (content: DatabaseContent) => T | undefined,
): DatabaseReading<T> {
  const { copyPath } = surroundings
  rmSync(copyPath, { force: true })
  const copy = openSync(copyPath, 'wx+', 0o600)
  try {
    const known = copyDatabase(database, copy, surroundings)
    if (known === 'hot' || known === 'no-database') return { kind: 'as-is' }
    if (typeof known === 'string') return { kind: 'torn', code: undefined }
    const stats = fstatSync(copy, { bigint: true })
    const content = read({ file: copy, path: copyPath, stats, known })
    return content === undefined ? { kind: 'torn', code: undefined } : { kind: 'consistent', content, known }
  } finally {
    closeSync(copy)
    rmSync(copyPath, { force: true })
  }
}
