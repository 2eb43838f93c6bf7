import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../env/clock.ts'
import { EverstowError } from '../../model/errors.ts'
import { NODE } from '../../repository/format/tree.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import { listFolder, type SnapshotEntry } from '../../repository/read/walk-tree.ts'
import { kindOf } from './snapshot-item.ts'

/** Written down together; what is not yet written is read again after a crash. */
const ENTRIES_AT_ONCE = 5_000
/** So long the calling thread is held up at most before others may run. */
const SLICE_MS = 10

/** Brings the book up to the snapshots people see now: only directories that no earlier snapshot had are read. */
export async function indexSnapshots(
  database: DatabaseSync,
  repository: Repository,
  clock: Clock,
  signal?: AbortSignal,
): Promise<void> {
  const find = database.prepare('SELECT id FROM folders WHERE tree = ?')
  const addFolder = database.prepare('INSERT INTO folders (tree) VALUES (?) RETURNING id')
  const findName = database.prepare('SELECT id FROM names WHERE name = ?')
  const addName = database.prepare('INSERT INTO names (name) VALUES (?) RETURNING id')
  const addFound = database.prepare('INSERT INTO names_found (rowid, name) VALUES (?, ?)')
  const addEntry = database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)')
  const addSnapshot = database.prepare('INSERT OR IGNORE INTO snapshots VALUES (?, ?, ?)')
  const repo = repository.repoId
  let written = 0
  let sliceEnd = clock.monotonicMs() + SLICE_MS

  const live = new Set(repository.snapshots().map(({ snapId }) => snapId))
  const known = database.prepare('SELECT snap FROM snapshots WHERE repo = ?').all(repo) as { snap: string }[]
  const drop = database.prepare('DELETE FROM snapshots WHERE repo = ? AND snap = ?')
  for (const { snap } of known) if (!live.has(snap)) drop.run(repo, snap)
  const done = new Set(known.map(({ snap }) => snap))

  database.exec('BEGIN IMMEDIATE')
  try {
    for (const snap of live) {
      if (done.has(snap)) continue
      const { tree } = await repository.root(snap, signal)
      addSnapshot.run(repo, snap, await folderOf(Buffer.from(tree, 'hex')))
    }
    database.exec('COMMIT')
  } catch (error) {
    // Folders that are in the book whole may stay.
    database.exec('COMMIT')
    throw error
  }

  async function folderOf(tree: Uint8Array): Promise<number> {
    const there = find.get(tree) as { id: number } | undefined
    if (there) return there.id
    if (signal?.aborted) throw new EverstowError('cancelled')
    const entries = await listFolder(repository.fetcher, tree)
    const children = new Map<SnapshotEntry, number>()
    for (const entry of entries)
      if (entry.type === NODE.directory) children.set(entry, await folderOf(entry.child))
    return write(tree, entries, children)
  }

  /** In one go, so that a folder is never in the book in part. */
  async function write(
    tree: Uint8Array,
    entries: readonly SnapshotEntry[],
    children: ReadonlyMap<SnapshotEntry, number>,
  ): Promise<number> {
    // Another process may have written it while we read what is below.
    const there = find.get(tree) as { id: number } | undefined
    if (there) return there.id
    const { id } = addFolder.get(tree) as { id: number }
    for (const entry of entries) {
      const { type, sizeBytes, mtimeNs } = entry
      const child = children.get(entry) ?? null
      addEntry.run(id, nameId(entry.name), kindOf(type), sizeBytes, mtimeNs / 1_000_000n, child)
    }
    written += entries.length
    if (written >= ENTRIES_AT_ONCE) {
      written = 0
      database.exec('COMMIT; BEGIN IMMEDIATE')
    }
    if (clock.monotonicMs() > sliceEnd) {
      await clock.sleep(0, signal)
      sliceEnd = clock.monotonicMs() + SLICE_MS
    }
    return id
  }

  function nameId(bytes: Uint8Array): number {
    const name = Buffer.from(bytes).toString('utf8')
    const there = findName.get(name) as { id: number } | undefined
    if (there) return there.id
    const { id } = addName.get(name) as { id: number }
    addFound.run(id, name)
    return id
  }
}
