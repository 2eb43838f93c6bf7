import { renameSync, rmSync } from '../../../env/node/sync-files.ts'
import { EverstowError } from '../../../model/errors.ts'
import { createTreeCursor, NODE } from '../../../repository/format/tree.ts'
import { encodeTreeFileHeader, TreeFileWriter } from './tree-file.ts'

export interface RebuildRequest {
  /** The root directory of a snapshot, hex. */
  readonly rootTreeId: string
  /** When the snapshot's scan began, or earlier: what was changed later than 2 s before is read again. */
  readonly scanStartMs: number
  /** Whether the snapshot's entries say which extended attributes there are. */
  readonly hasXattrs: boolean
  /** Where the file ends up. */
  readonly path: string
  /** Gives a directory from the repository, checked. */
  readonly loadTree: (id: Uint8Array) => Promise<Uint8Array>
  readonly signal?: AbortSignal
}

/** A directory that was found and not loaded yet. */
interface Waiting {
  readonly id: Uint8Array
  readonly path: Uint8Array
}

/**
 * Makes the file of directories that `runPipeline` takes as its base from a snapshot in a repository: for the first backup after the local
 * cache was lost, or on a new computer with the old disk. Afterwards it is complete under its name, or not there.
 */
export async function rebuildTreeFile(request: RebuildRequest): Promise<void> {
  const { rootTreeId, scanStartMs, hasXattrs, path, loadTree, signal } = request
  const root = Buffer.from(rootTreeId, 'hex')
  const temporary = `${path}.tmp`
  rmSync(temporary, { force: true })
  const writer = new TreeFileWriter(temporary, encodeTreeFileHeader({ scanStartMs, hasXattrs }, root))
  try {
    // Depth first: what waits is bounded by the depth times the folders of a folder.
    const waiting: Waiting[] = [{ id: root, path: Buffer.alloc(0) }]
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (signal?.aborted) throw new EverstowError('cancelled')
      const tree = await loadTree(next.id)
      writer.add('directory', next.path, next.id, tree)
      const cursor = createTreeCursor(tree)
      while (cursor.next()) {
        if (cursor.type !== NODE.directory) continue
        const isTop = next.path.length === 0
        waiting.push({
          id: Buffer.from(cursor.child),
          path: Buffer.concat(isTop ? [cursor.name] : [next.path, Buffer.from('/'), cursor.name]),
        })
      }
    }
    writer.close()
  } catch (error) {
    writer.close()
    rmSync(temporary, { force: true })
    throw error
  }
  renameSync(temporary, path)
}
