import type { DatabaseSync } from 'node:sqlite'

/** Runs `work` as one durable step: all of it or none. `work` is synchronous, so nothing else of this process comes between. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // On a full disk SQLite has rolled back by itself.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
