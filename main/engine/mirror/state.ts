import { DatabaseSync } from 'node:sqlite'
import type { Files } from '../env/files.ts'
import type { UploadJournal } from '../storage/object-store.ts'

/** What is known of a path: its object as this mirror left it, and the file that it came from or went to. */
export interface KnownObject {
  /** Size and version tag of the object (`tagOf`). */
  readonly tag: string
  /** Hex SHA-256 of the object; empty where it is not known. */
  readonly sha256: string
  /** Size and times of the file that holds the same; empty where it has to be read again. */
  readonly stamp: string
  /** Somebody else's object: never touched. */
  readonly isForeign: boolean
}

/** The memory of one mirror. It may be lost at any moment: listing and metadata say the same, with a request for each object. */
export interface MirrorState {
  get(path: string): KnownObject | undefined
  /** How many objects are known as this mirror's own. */
  own(): number
  set(path: string, known: KnownObject): void
  forget(path: string): void
  paths(): string[]
  /** What is about to be put under a path, so that it is known again after a crash. */
  intend(path: string, sha256: string): void
  intended(path: string): string | undefined
  /** Where the upload of a content goes on. */
  journal(path: string, sha256: string): UploadJournal
  close(): void
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS objects (
    path TEXT PRIMARY KEY, tag TEXT NOT NULL, sha256 TEXT NOT NULL, stamp TEXT NOT NULL, is_foreign INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS intents (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS uploads (
    path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, token TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`
const VERSION = 1

/** Opens the memory of a mirror, makes it where there is none, and begins anew where it cannot be read. One process at a time. */
export async function openState(path: string, files: Files): Promise<MirrorState> {
  try {
    return stateOf(openDatabase(path))
  } catch {
    for (const suffix of ['', '-wal', '-shm']) await files.remove(path + suffix)
    return stateOf(openDatabase(path))
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 15_000 })
  try {
    // Without a flush at every change: what a power cut takes away is asked of the objects again.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;')
    const { quick_check } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string }
    const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
    if (quick_check !== 'ok' || user_version > VERSION) throw new Error('the memory of a mirror is damaged')
    database.exec(`${SCHEMA} PRAGMA user_version = ${VERSION};`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function stateOf(database: DatabaseSync): MirrorState {
  const get = database.prepare('SELECT tag, sha256, stamp, is_foreign FROM objects WHERE path = ?')
  const own = database.prepare('SELECT count(*) AS count FROM objects WHERE is_foreign = 0')
  const paths = database.prepare('SELECT path FROM objects')
  const set = database.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)')
  const forget = database.prepare('DELETE FROM objects WHERE path = ?')
  const intend = database.prepare('INSERT OR REPLACE INTO intents VALUES (?, ?)')
  const intended = database.prepare('SELECT sha256 FROM intents WHERE path = ?')
  const dropIntent = database.prepare('DELETE FROM intents WHERE path = ?')
  const token = database.prepare('SELECT token FROM uploads WHERE path = ? AND sha256 = ?')
  const saveToken = database.prepare('INSERT OR REPLACE INTO uploads VALUES (?, ?, ?)')
  const dropToken = database.prepare('DELETE FROM uploads WHERE path = ?')
  return {
    get(path) {
      const row = get.get(path) as (Omit<KnownObject, 'isForeign'> & { is_foreign: number }) | undefined
      if (!row) return undefined
      const { is_foreign, ...known } = row
      return { ...known, isForeign: is_foreign === 1 }
    },
    own: () => (own.get() as { count: number }).count,
    paths: () => (paths.all() as { path: string }[]).map(({ path }) => path),
    set(path, { tag, sha256, stamp, isForeign }) {
      set.run(path, tag, sha256, stamp, isForeign ? 1 : 0)
      dropIntent.run(path)
    },
    forget(path) {
      forget.run(path)
      dropIntent.run(path)
    },
    intend: (path, sha256) => void intend.run(path, sha256),
    intended: (path) => (intended.get(path) as { sha256: string } | undefined)?.sha256,
    journal: (path, sha256) => ({
      load: async () => (token.get(path, sha256) as { token: string } | undefined)?.token,
      save: async (text) => void saveToken.run(path, sha256, text),
      clear: async () => void dropToken.run(path),
    }),
    close: () => database.close(),
  }
}
