import { EverstowError } from '../../model/errors.ts'
import { NODE } from '../../repository/format/tree.ts'
import { compareNames } from '../../repository/format/tree-layout.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import { listFolder, type SnapshotEntry } from '../../repository/read/walk-tree.ts'
import { itemAt, type SnapshotItem } from './snapshot-item.ts'

/**
 * How an entry differs. `type`: another kind of thing. `content`: other bytes or link target. `metadata`: only mode, owner or time. `contentId` is the same for
 * files that begin alike and are equally long, so that a file that was moved can be told; empty for what has no content.
 */
export type SnapshotChange =
  | {
      readonly change: 'added'
      readonly path: string
      readonly after: SnapshotItem
      readonly contentId: string
    }
  | {
      readonly change: 'removed'
      readonly path: string
      readonly before: SnapshotItem
      readonly contentId: string
    }
  | {
      readonly change: 'type' | 'content' | 'metadata'
      readonly path: string
      readonly before: SnapshotItem
      readonly after: SnapshotItem
    }

/**
 * What changed from one snapshot to another of the same repository, in the order of paths. Folders with equal ids are equal and never read, so the
 * cost follows the changes, not the size.
 */
export async function* diffSnapshots(
  repository: Repository,
  beforeId: string,
  afterId: string,
  signal?: AbortSignal,
): AsyncGenerator<SnapshotChange> {
  const { fetcher } = repository
  const [before, after] = await Promise.all([
    repository.root(beforeId, signal),
    repository.root(afterId, signal),
  ])
  yield* compareFolders('', Buffer.from(before.tree, 'hex'), Buffer.from(after.tree, 'hex'))

  async function* compareFolders(
    folder: string,
    beforeTree: Uint8Array | undefined,
    afterTree: Uint8Array | undefined,
  ): AsyncGenerator<SnapshotChange> {
    if (signal?.aborted) throw new EverstowError('cancelled')
    if (beforeTree && afterTree && Buffer.compare(beforeTree, afterTree) === 0) return
    const list = async (id: Uint8Array | undefined) => (id ? await listFolder(fetcher, id) : [])
    const [old, fresh] = await Promise.all([list(beforeTree), list(afterTree)])
    for (let at = 0, to = 0; at < old.length || to < fresh.length; ) {
      const order = orderOf(old[at], fresh[to])
      const one = order <= 0 ? old[at++] : undefined
      const other = order >= 0 ? fresh[to++] : undefined
      yield* compareEntries(folder, one, other)
    }
  }

  async function* compareEntries(
    folder: string,
    one: SnapshotEntry | undefined,
    other: SnapshotEntry | undefined,
  ): AsyncGenerator<SnapshotChange> {
    const old = one && itemAt(folder, one)
    const fresh = other && itemAt(folder, other)
    const path = (old ?? fresh)!.path
    if (!old && fresh) yield { change: 'added', path, after: fresh, contentId: contentIdOf(other!) }
    if (old && !fresh) yield { change: 'removed', path, before: old, contentId: contentIdOf(one!) }
    if (old && fresh) {
      const change = changeOf(one!, other!)
      if (change) yield { change, path, before: old, after: fresh }
    }
    const treeOf = (entry: SnapshotEntry | undefined) =>
      entry?.type === NODE.directory ? entry.child : undefined
    if (treeOf(one) || treeOf(other)) yield* compareFolders(path, treeOf(one), treeOf(other))
  }
}

const CHUNK_ID_BYTES = 32

function contentIdOf({ chunkIds, sizeBytes }: SnapshotEntry): string {
  if (chunkIds.length === 0) return ''
  return `${Buffer.from(chunkIds.subarray(0, CHUNK_ID_BYTES)).toString('hex')}/${sizeBytes}`
}

function orderOf(one: SnapshotEntry | undefined, other: SnapshotEntry | undefined): number {
  if (!one) return 1
  if (!other) return -1
  return compareNames(one.name, 0, one.name.length, other.name, 0, other.name.length)
}

function changeOf(one: SnapshotEntry, other: SnapshotEntry): 'type' | 'content' | 'metadata' | undefined {
  if (one.type !== other.type) return 'type'
  const differs = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) !== 0
  if (differs(one.chunkIds, other.chunkIds) || differs(one.linkTarget, other.linkTarget)) return 'content'
  const isSame = one.mode === other.mode && one.uid === other.uid && one.gid === other.gid
  // A folder's time follows what happened in it, which is told anyway.
  const isSameTime = one.type === NODE.directory || one.mtimeNs === other.mtimeNs
  return isSame && isSameTime ? undefined : 'metadata'
}
