import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../env/clock.ts'
import { NODE } from '../../repository/format/tree.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import { listFolder } from '../../repository/read/walk-tree.ts'
import { type BookFolder, type BookNode, createFolderWriter } from '../write-folders.ts'
import { kindOf } from './snapshot-item.ts'

interface SnapshotNode extends BookNode<SnapshotNode> {}

/** Brings the book up to the snapshots people see now: only directories that no earlier snapshot had are read. */
export async function indexSnapshots(
  database: DatabaseSync,
  repository: Repository,
  clock: Clock,
  signal?: AbortSignal,
): Promise<void> {
  const addSnapshot = database.prepare('INSERT OR IGNORE INTO snapshots VALUES (?, ?, ?)')
  const write = createFolderWriter<SnapshotNode>(database, { clock, signal })
  const repo = repository.repoId

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
      addSnapshot.run(repo, snap, await write(folderAt(Buffer.from(tree, 'hex'))))
    }
  } finally {
    // Folders that are in the book whole may stay, whatever happened.
    database.exec('COMMIT')
  }

  function folderAt(id: Uint8Array): BookFolder<SnapshotNode> {
    const nodes = async () =>
      (await listFolder(repository.fetcher, id)).map(({ name, type, sizeBytes, mtimeNs, child }) => ({
        name: Buffer.from(name).toString('utf8'),
        kind: kindOf(type),
        sizeBytes,
        mtimeNs,
        ...(type === NODE.directory && { folder: folderAt(child) }),
      }))
    return { id, nodes }
  }
}
