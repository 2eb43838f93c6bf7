import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Files } from '../env/files.ts'
import type { Log } from '../env/log.ts'
import { EverstowError } from '../model/errors.ts'
import { MIGRATIONS } from './migrations.ts'

/** An open catalogue database and whether it had to be made anew. */
export interface OpenedDatabase {
  readonly database: DatabaseSync
  /** True when there was none, or the one there could not be read (it is then kept beside as `…damaged-N`). */
  readonly fresh: boolean
}

/** Opens the catalogue, brings it to the newest version, and replaces one that cannot be read by an empty one: it is only a cache. */
export async function openDatabase(path: string, files: Files, log: Log): Promise<OpenedDatabase> {
  const existed = (await files.stat(path)) !== undefined
  if (existed) {
    try {
      return { database: prepare(path), fresh: false }
    } catch (error) {
      if (!isDamage(error)) throw error
      log.warn('catalogue cannot be read; it is made anew from the places', { path, error })
      await setAside(path, files)
    }
  }
  return { database: prepare(path), fresh: true }
}

/** Different statements that are kept; what a search puts together has many forms. */
const MOST_STATEMENTS = 300

/** Compiles each statement once: for the small questions of a catalogue that takes longer than answering them. */
class CatalogueDatabase extends DatabaseSync {
  readonly #statements = new Map<string, StatementSync>()

  override prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = super.prepare(sql)
    if (this.#statements.size >= MOST_STATEMENTS) this.#statements.clear()
    this.#statements.set(sql, statement)
    return statement
  }
}

function prepare(path: string): DatabaseSync {
  const database = new CatalogueDatabase(path, { timeout: 15_000 })
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;')
    const check = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string }
    if (check.quick_check !== 'ok') throw new DamagedCatalogue()
    migrate(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

class DamagedCatalogue extends Error {}

/** SQLITE_CORRUPT 11, SQLITE_NOTADB 26, and a foreign or half-made schema (SQLITE_ERROR 1). */
function isDamage(error: unknown): boolean {
  if (error instanceof DamagedCatalogue) return true
  const code = (error as { errcode?: number }).errcode
  return code === 11 || code === 26 || code === 1
}

function migrate(database: DatabaseSync): void {
  const version = () =>
    (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
  if (version() > MIGRATIONS.length)
    throw new EverstowError('settings-invalid', { data: { path: 'catalogue', reason: 'newer version' } })
  while (version() < MIGRATIONS.length) {
    // IMMEDIATE first, then look again: another process may have done this very step.
    database.exec('BEGIN IMMEDIATE')
    try {
      const at = version()
      const step = MIGRATIONS[at]
      if (step) database.exec(`${step}; PRAGMA user_version = ${at + 1};`)
      database.exec('COMMIT')
    } catch (error) {
      // On a full disk SQLite has rolled back by itself.
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
}

async function setAside(path: string, files: Files): Promise<void> {
  for (const suffix of ['-wal', '-shm']) await files.remove(`${path}${suffix}`)
  for (let number = 1; ; number++) {
    const aside = `${path}.damaged-${number}`
    if (await files.stat(aside)) continue
    await files.rename(path, aside)
    return
  }
}
