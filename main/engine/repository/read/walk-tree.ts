import { EverstowError } from '../../model/errors.ts'
import { createTreeCursor, NODE, type NodeType, type TreeCursor } from '../format/tree.ts'
import type { BlockFetcher } from './block-fetcher.ts'

/** An entry of a directory as plain data, for those who keep a few of them. */
export interface SnapshotEntry {
  readonly name: Uint8Array
  readonly type: NodeType
  readonly flags: number
  readonly sizeBytes: number
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtimeNs: bigint
  /** Files: 32 bytes a chunk. */
  readonly chunkIds: Uint8Array
  /** Directories: their id. */
  readonly child: Uint8Array
  readonly linkTarget: Uint8Array
}

/** Sees every entry below a directory, parents first. `folder` is the path it is in, empty for the top; false keeps out of a directory. */
export type Visit = (folder: string, entry: TreeCursor) => boolean

/** Walks a tree depth first. Only one chain of directories is in memory. */
export async function walkTree(
  fetcher: Pick<BlockFetcher, 'tree'>,
  rootId: Uint8Array,
  visit: Visit,
  options: { readonly signal?: AbortSignal; readonly folder?: string } = {},
): Promise<void> {
  const { signal, folder = '' } = options
  if (signal?.aborted) throw new EverstowError('cancelled')
  const cursor = createTreeCursor(await fetcher.tree(rootId))
  while (cursor.next()) {
    const goesIn = visit(folder, cursor)
    if (!goesIn || cursor.type !== NODE.directory) continue
    const below = folder === '' ? cursor.nameText : `${folder}/${cursor.nameText}`
    await walkTree(fetcher, cursor.child, visit, { ...(signal && { signal }), folder: below })
  }
}

/** The entries of one directory. */
export async function listFolder(fetcher: BlockFetcher, id: Uint8Array): Promise<SnapshotEntry[]> {
  const cursor = createTreeCursor(await fetcher.tree(id))
  const entries: SnapshotEntry[] = []
  while (cursor.next()) entries.push(entryAt(cursor))
  return entries
}

/** The entry at a path (`/` between names), going through one directory at a time; undefined when nothing is there. */
export async function findPath(
  fetcher: BlockFetcher,
  rootId: Uint8Array,
  path: string,
): Promise<SnapshotEntry | undefined> {
  const names = path.split('/').filter((name) => name !== '')
  let folder = rootId
  for (const [depth, name] of names.entries()) {
    const cursor = createTreeCursor(await fetcher.tree(folder, { alone: true }))
    const wanted = Buffer.from(name)
    // A name that is not UTF-8 is asked for as it is shown.
    while (cursor.next()) if (cursor.compareName(wanted) === 0 || cursor.nameText === name) break
    const isHere = cursor.nameText === name
    if (!isHere) return undefined
    if (depth === names.length - 1) return entryAt(cursor)
    if (cursor.type !== NODE.directory) return undefined
    folder = cursor.child
  }
  return undefined
}

/** What the cursor stands on, copied. */
export function entryAt(cursor: TreeCursor): SnapshotEntry {
  const { type, flags, mode, uid, gid, mtimeNs } = cursor
  return {
    name: cursor.name.slice(),
    type,
    flags,
    sizeBytes: cursor.size,
    mode,
    uid,
    gid,
    mtimeNs,
    chunkIds: cursor.chunkIds.slice(),
    child: cursor.child.slice(),
    linkTarget: cursor.linkTarget.slice(),
  }
}
