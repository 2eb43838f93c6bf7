import type { DatabaseSync } from 'node:sqlite'
import type { Files } from '../../env/files.ts'
import type { Log } from '../../env/log.ts'
import { openCacheDatabase } from './cache-database.ts'

/**
 * What every directory and all below it takes, by the directory's id: equal directories have equal ids, so a snapshot costs only what no snapshot before it
 * had. Only a cache.
 */
const VERSION = 1
const SCHEMA = `
  CREATE TABLE totals (tree BLOB PRIMARY KEY, bytes INTEGER NOT NULL, files INTEGER NOT NULL) WITHOUT ROWID;
`
/** About 40 MB. Snapshots come and go, and nobody tells the book: it begins anew when it has grown that much. */
const MOST_FOLDERS = 500_000

/** Opens the book of totals, making it anew where there is none that can be used. */
export async function openTotalsDatabase(path: string, files: Files, log: Log): Promise<DatabaseSync> {
  const database = await openCacheDatabase(path, { version: VERSION, schema: SCHEMA }, files, log)
  const { folders } = database.prepare('SELECT count(*) AS folders FROM totals').get() as { folders: number }
  if (folders > MOST_FOLDERS) database.exec('DELETE FROM totals')
  return database
}
