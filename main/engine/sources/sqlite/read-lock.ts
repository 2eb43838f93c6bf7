import { DatabaseSync } from 'node:sqlite'
import type { FsPath } from '../files/fs-path.ts'

/** A read transaction: as long as it is held nobody changes what it sees. */
export interface ReadLock {
  release(): void
}

/**
 * Why there is none. `busy`: somebody writes, or keeps the database for itself. `hot`: a program died while writing, and the next that opens
 * the database takes back what it began. `no-database`: damaged, encrypted, or something else. `unreachable`: SQLite cannot open it.
 */
export type LockRefusal = 'busy' | 'hot' | 'no-database' | 'unreachable'

const SQLITE = { busy: 5, locked: 6, corrupt: 11, protocol: 15, notADatabase: 26 } as const
/** SQLITE_READONLY_ROLLBACK: to read it one would have to write to it first. */
const READONLY_ROLLBACK = 776

/**
 * Begins a read transaction on somebody else's database, and waits up to `waitMs` for it. Opened for reading only: nothing is rolled back, checkpointed
 * or removed. The schema is not read, so what the file holds is not interpreted.
 *
 * The caller keeps every descriptor of the file open until it has released: on POSIX, closing one gives up the process's locks on that file.
 */
export function takeReadLock(path: FsPath, waitMs: number): ReadLock | LockRefusal {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: waitMs })
    database.exec('BEGIN')
    database.prepare('PRAGMA schema_version').get()
    return { release: database.close.bind(database) }
  } catch (error) {
    if (database?.isOpen) database.close()
    return refusalOf((error as { errcode?: number }).errcode ?? 0)
  }
}

function refusalOf(code: number): LockRefusal {
  if (code === READONLY_ROLLBACK) return 'hot'
  const primary = code % 256
  if (primary === SQLITE.busy || primary === SQLITE.locked || primary === SQLITE.protocol) return 'busy'
  return primary === SQLITE.corrupt || primary === SQLITE.notADatabase ? 'no-database' : 'unreachable'
}
