import type { DatabaseSync } from 'node:sqlite'
import type { Files } from '../../env/files.ts'
import type { Log } from '../../env/log.ts'
import { openCacheDatabase } from './cache-database.ts'

/**
 * The book of names: every directory of every snapshot once, by its id, so that what did not change costs nothing. Only a cache; a damaged or older
 * one is thrown away.
 *
 * A folder's row exists when all below it is in the book. Names are searched as trigrams (FTS5), so any three letters in a row find them.
 */
const VERSION = 1
/** Tables of a book of names; that of archives has another besides. */
export const NAMES_SCHEMA = `
  CREATE TABLE folders (id INTEGER PRIMARY KEY, tree BLOB NOT NULL UNIQUE);
  CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE VIRTUAL TABLE names_found USING fts5(name, content='names', content_rowid='id', tokenize='trigram');
  CREATE TABLE entries (
    folder INTEGER NOT NULL, name INTEGER NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL, child INTEGER
  );
  CREATE INDEX entries_by_name ON entries (name);
  CREATE INDEX entries_by_child ON entries (child) WHERE child IS NOT NULL;
  CREATE TABLE snapshots (repo TEXT NOT NULL, snap TEXT NOT NULL, folder INTEGER NOT NULL, PRIMARY KEY (repo, snap)) WITHOUT ROWID;
  CREATE INDEX snapshots_by_folder ON snapshots (folder);
`

/** Opens the book, making it anew where there is none that can be used. */
export function openFindDatabase(path: string, files: Files, log: Log): Promise<DatabaseSync> {
  return openCacheDatabase(path, { version: VERSION, schema: NAMES_SCHEMA }, files, log)
}
