import type { DatabaseSync } from 'node:sqlite'

/** What is looked for. */
export interface FindQuery {
  /** Hex id of the repository. */
  readonly repoId: string
  /** Part of a name, whatever its case; `*` stands for any text, and then the whole name must match. */
  readonly name: string
  /** Only under exactly this path. */
  readonly path?: string
  /** At most so many; default 500. */
  readonly limit?: number
  /** Finds of different folders stay apart, even where kind, size and time agree: each then has one content. */
  readonly apart?: boolean
}

/** One version of a file, and the snapshots that hold it under this path. */
export interface FoundFile {
  readonly path: string
  readonly kind: string
  readonly sizeBytes: number
  readonly mtimeMs: number
  readonly snapIds: readonly string[]
}

interface Hit {
  readonly folder: number
  readonly name: string
  readonly kind: string
  readonly size: number
  readonly mtime: number
}

const DEFAULT_LIMIT = 500
/** FTS5's trigrams find nothing shorter. */
const LEAST_LETTERS = 3

/** Finds entries by name in all snapshots that are in the book. */
export function findFiles(
  database: DatabaseSync,
  { repoId, name, path: wanted, limit = DEFAULT_LIMIT, apart = false }: FindQuery,
): FoundFile[] {
  const above = database.prepare(
    'SELECT e.folder, n.name FROM entries e JOIN names n ON n.id = e.name WHERE e.child = ?',
  )
  const roots = database.prepare('SELECT snap FROM snapshots WHERE folder = ? AND repo = ?')
  const found: FoundFile[] = []
  /** Where a folder stands: path → snapshots. Many hits share their folders. */
  const placesOf = memoised((folder: number): ReadonlyMap<string, readonly string[]> => {
    const places = new Map<string, string[]>()
    const snaps = roots.all(folder, repoId) as { snap: string }[]
    if (snaps.length > 0)
      places.set(
        '',
        snaps.map(({ snap }) => snap),
      )
    for (const parent of above.all(folder) as { folder: number; name: string }[])
      for (const [path, ids] of placesOf(parent.folder)) {
        const below = path === '' ? parent.name : `${path}/${parent.name}`
        places.set(below, [...(places.get(below) ?? []), ...ids])
      }
    return places
  })

  for (const hit of hits(database, name)) {
    for (const [folder, snapIds] of placesOf(hit.folder)) {
      const path = folder === '' ? hit.name : `${folder}/${hit.name}`
      if (wanted !== undefined && path !== wanted) continue
      found.push({
        path,
        kind: hit.kind,
        sizeBytes: hit.size,
        mtimeMs: hit.mtime,
        snapIds: [...new Set(snapIds)],
      })
    }
    if (found.length >= limit) break
  }
  return apart ? found.slice(0, limit) : merged(found.slice(0, limit))
}

function hits(database: DatabaseSync, name: string): Iterable<Hit> {
  const isGlob = name.includes('*')
  const letters = name.split('*').toSorted((a, b) => b.length - a.length)[0] ?? ''
  const like = isGlob ? escaped(name).replaceAll('*', '%') : `%${escaped(name)}%`
  const isShort = Array.from(letters).length < LEAST_LETTERS
  const candidates = isShort
    ? 'SELECT id FROM names WHERE ?1 IS NOT NULL'
    : 'SELECT rowid AS id FROM names_found WHERE name MATCH ?1'
  const select = database.prepare(
    `SELECT e.folder, n.name, e.kind, e.size, e.mtime FROM names n JOIN entries e ON e.name = n.id
     WHERE n.id IN (${candidates}) AND n.name LIKE ?2 ESCAPE '\\' ORDER BY n.name`,
  )
  return select.iterate(`"${letters.replaceAll('"', '""')}"`, like) as Iterable<unknown> as Iterable<Hit>
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

/** The same version of a file in folders that differ elsewhere is one find. */
function merged(found: readonly FoundFile[]): FoundFile[] {
  const byFacts = new Map<string, FoundFile>()
  for (const file of found) {
    const facts = JSON.stringify([file.path, file.kind, file.sizeBytes, file.mtimeMs])
    const same = byFacts.get(facts)
    const snapIds = [...new Set([...(same?.snapIds ?? []), ...file.snapIds])]
    byFacts.set(facts, { ...file, snapIds })
  }
  return [...byFacts.values()].sort((a, b) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : b.mtimeMs - a.mtimeMs,
  )
}

function memoised<Value>(make: (key: number) => Value): (key: number) => Value {
  const made = new Map<number, Value>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    return value
  }
}
