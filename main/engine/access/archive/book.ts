import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../env/clock.ts'
import type { Files } from '../../env/files.ts'
import type { Log } from '../../env/log.ts'
import { openCacheDatabase } from '../snapshot/cache-database.ts'
import { NAMES_SCHEMA } from '../snapshot/find-database.ts'
import type { SnapshotItem } from '../snapshot/snapshot-item.ts'
import { type BookFolder, type BookNode, createFolderWriter } from '../write-folders.ts'
import type { TreeFolder, TreeNode } from './entry-tree.ts'

/**
 * The book of archives: the names in all of them as in the book of snapshots, and beside each entry what else its archive says of it. A folder is in it once,
 * by what is in it, whatever number of archives share it. Only a cache.
 */
const VERSION = 1
const SCHEMA = `${NAMES_SCHEMA}
  CREATE TABLE facts (
    entry INTEGER PRIMARY KEY, mode INTEGER NOT NULL, mtime_ns TEXT NOT NULL, sha256 TEXT, link TEXT
  );
  CREATE INDEX entries_by_folder ON entries (folder);
`
/** What stands for the repository where archives are looked for by name. */
export const ARCHIVES = 'archives'

/** An entry as the book has it. */
export interface BookEntry {
  readonly item: SnapshotItem
  readonly sha256: string | undefined
  /** Of a directory: its number in the book. */
  readonly child: number | undefined
}

/** Opens the book, making it anew where there is none that can be used. */
export function openArchiveBook(path: string, files: Files, log: Log): Promise<DatabaseSync> {
  return openCacheDatabase(path, { version: VERSION, schema: SCHEMA }, files, log)
}

/** Backups that are in the book. */
export function backupsInBook(database: DatabaseSync): Set<string> {
  const rows = database.prepare('SELECT snap FROM snapshots WHERE repo = ?').all(ARCHIVES)
  return new Set((rows as { snap: string }[]).map(({ snap }) => snap))
}

/** Takes backups out that are there no more. */
export function dropFromBook(database: DatabaseSync, ids: Iterable<string>): void {
  const drop = database.prepare('DELETE FROM snapshots WHERE repo = ? AND snap = ?')
  for (const id of ids) drop.run(ARCHIVES, id)
}

/** Number of the top folder of a backup; undefined where it is not in the book. */
export function topOf(database: DatabaseSync, backupId: string): number | undefined {
  const row = database
    .prepare('SELECT folder FROM snapshots WHERE repo = ? AND snap = ?')
    .get(ARCHIVES, backupId)
  return (row as { folder: number } | undefined)?.folder
}

const ENTRIES = `SELECT n.name, e.kind, e.size, e.child, f.mode, f.mtime_ns, f.sha256, f.link
  FROM entries e JOIN names n ON n.id = e.name JOIN facts f ON f.entry = e.rowid WHERE e.folder = ?`

/** Entries of a folder in the order of their names' bytes. */
export function entriesIn(database: DatabaseSync, folder: number, above: string): BookEntry[] {
  const rows = database.prepare(`${ENTRIES} ORDER BY n.name`).all(folder) as unknown as BookRow[]
  return rows.map((row) => bookEntry(row, above))
}

/** What lies under a path of a backup that is in the book. */
export function entryAt(database: DatabaseSync, backupId: string, path: string): BookEntry | undefined {
  const named = database.prepare(`${ENTRIES} AND n.name = ?`)
  const names = path.split('/')
  let folder = topOf(database, backupId)
  for (const [at, name] of names.entries()) {
    const row = folder === undefined ? undefined : (named.get(folder, name) as BookRow | undefined)
    if (!row) return undefined
    if (at === names.length - 1) return bookEntry(row, names.slice(0, -1).join('/'))
    folder = row.child ?? undefined
  }
  return undefined
}

interface BookRow {
  readonly name: string
  readonly kind: SnapshotItem['kind']
  readonly size: number
  readonly child: number | null
  readonly mode: number
  readonly mtime_ns: string
  readonly sha256: string | null
  readonly link: string | null
}

function bookEntry(row: BookRow, above: string): BookEntry {
  return {
    item: {
      path: above === '' ? row.name : `${above}/${row.name}`,
      kind: row.kind,
      sizeBytes: row.size,
      mode: row.mode,
      mtimeNs: BigInt(row.mtime_ns),
      ...(row.link !== null && { linkTarget: row.link }),
    },
    sha256: row.sha256 ?? undefined,
    child: row.child ?? undefined,
  }
}

/** Writes an archive's folders into the book; those it has already cost nothing. A crash costs writing some again. */
export async function enterArchive(
  database: DatabaseSync,
  { backupId, tree, clock }: { readonly backupId: string; readonly tree: TreeFolder; readonly clock: Clock },
  signal?: AbortSignal,
): Promise<void> {
  const addFacts = database.prepare('INSERT INTO facts VALUES (?, ?, ?, ?, ?)')
  const write = createFolderWriter<ArchiveNode>(database, {
    clock,
    signal,
    onEntry(entry, { node: { mode, mtimeNs, sha256 = null, linkTarget = null } }) {
      addFacts.run(entry, mode, String(mtimeNs), sha256, linkTarget)
    },
  })
  database.exec('BEGIN IMMEDIATE')
  try {
    const folder = await write(folderOf(tree))
    database.prepare('INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)').run(ARCHIVES, backupId, folder)
  } finally {
    // Folders that are in the book whole may stay, whatever happened.
    database.exec('COMMIT')
  }
}

interface ArchiveNode extends BookNode<ArchiveNode> {
  readonly node: TreeNode
}

function folderOf({ id, nodes }: TreeFolder): BookFolder<ArchiveNode> {
  const nodeOf = (node: TreeNode): ArchiveNode => {
    const { name, kind, sizeBytes, mtimeNs, child } = node
    return { name, kind, sizeBytes, mtimeNs, node, ...(child && { folder: folderOf(child) }) }
  }
  return { id, nodes: async () => nodes.map(nodeOf) }
}
