import { DatabaseSync } from 'node:sqlite'
import type { Files } from '../../env/files.ts'
import type { Log } from '../../env/log.ts'

/** How a cache is laid out. Another version is thrown away, never converted. */
export interface CacheLayout {
  readonly version: number
  readonly schema: string
}

/** Opens a cache, making it anew where there is none that can be used. */
export async function openCacheDatabase(
  path: string,
  layout: CacheLayout,
  files: Files,
  log: Log,
): Promise<DatabaseSync> {
  try {
    return prepare(path, layout)
  } catch (error) {
    log.warn('cache is made anew', { path, error })
    for (const suffix of ['', '-wal', '-shm']) await files.remove(`${path}${suffix}`)
    return prepare(path, layout)
  }
}

function prepare(path: string, { version, schema }: CacheLayout): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 15_000 })
  try {
    // What a power loss takes is found missing and read again.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;')
    const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number }
    if (found === 0) database.exec(`BEGIN IMMEDIATE; ${schema} PRAGMA user_version = ${version}; COMMIT;`)
    else if (found !== version) throw new Error(`cache of version ${found}`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
