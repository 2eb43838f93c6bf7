import type { Workspace } from '../../catalogue/workspace.ts'
import { openObject } from '../../repository/format/sealed-object.ts'
import { decodeSegment } from '../../repository/format/segment.ts'
import { decodeSnapshotRoot } from '../../repository/format/snapshot-root.ts'
import { NODE } from '../../repository/format/tree.ts'
import { type ChunkIndex, createChunkIndex } from '../../repository/index/chunk-index.ts'
import type { Uses } from '../../repository/log/plain-record.ts'
import { addSegment } from '../../repository/read/add-segment.ts'
import { type BlockFetcher, createBlockFetcher } from '../../repository/read/block-fetcher.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import { rangeReaderOf } from '../../repository/read/range-reader.ts'
import { walkTree } from '../../repository/read/walk-tree.ts'
import { readable } from './readable.ts'
import type { OpenRepository } from './repositories.ts'
import { type SealedSession, sessionPaths } from './session-folder.ts'

/** Finds what a session leans on anew, chunk by chunk, when packs it counted on have left the index. */
export interface LeanAgain {
  /** What it uses of the destination's present index; undefined when a chunk is neither there nor in a pack of its own. */
  usesNow(): Promise<Uses | undefined>
  close(): void
}

/**
 * For a session whose packs and segments are in the destination under `b`. Repacking moves chunks to other packs, and later backups bring back what was
 * swept: the session then stands on those instead.
 */
export function createLeanAgain(
  workspace: Workspace,
  target: OpenRepository,
  session: SealedSession,
  b: number,
  signal: AbortSignal,
): LeanAgain {
  const paths = sessionPaths(workspace, session.backupId)
  const { files } = workspace.env
  let repository: Repository | undefined
  let own: { readonly index: ChunkIndex; readonly fetcher: BlockFetcher } | undefined

  async function opened(type: 'index' | 'snap', path: string, id: string): Promise<Uint8Array> {
    return openObject(target.keys, type, await files.readFile(path), id)
  }

  async function readOwn() {
    const index = createChunkIndex(0)
    for (const segId of session.segments)
      addSegment(index, decodeSegment(await opened('index', paths.segment(segId), segId)), b, () => true)
    const reader = rangeReaderOf(target.store, index.packs)
    return { index, fetcher: createBlockFetcher({ keys: target.keys, index, reader }) }
  }

  return {
    async usesNow() {
      own ??= await readOwn()
      repository ??= await readable(workspace, target, signal)
      await repository.refresh(signal)
      const { index, fetcher } = repository
      const ownBlock = blocksOf(own.index)
      const blockThere = blocksOf(index)
      const trees: Pick<BlockFetcher, 'tree'> = {
        tree: (id) => (own && ownBlock(id) >= 0 ? own.fetcher : fetcher).tree(id),
      }
      const used = new Set<number>()
      const seen = new Set<string>()
      let isWhole = true
      const need = (ids: Uint8Array, at = 0): boolean => {
        if (ownBlock(ids, at) >= 0) return true
        const block = blockThere(ids, at)
        if (block < 0) isWhole = false
        else used.add(index.blocks.packOf(block))
        return block >= 0
      }
      const root = decodeSnapshotRoot(await opened('snap', paths.snap(session.snapId), session.snapId))
      const tree = Buffer.from(root.tree, 'hex')
      if (!need(tree)) return undefined
      await walkTree(
        trees,
        tree,
        (_folder, { type, child, chunkIds }) => {
          if (type === NODE.file) for (let at = 0; at < chunkIds.length; at += 32) need(chunkIds, at)
          if (type !== NODE.directory || !need(child)) return false
          const id = Buffer.from(child).toString('latin1')
          const isNew = !seen.has(id)
          seen.add(id)
          return isNew
        },
        { signal },
      )
      const packs = [...used].map((pack) => Buffer.from(index.packs.idOf(pack)).toString('hex'))
      return isWhole ? { packs, snaps: [] } : undefined
    },
    close() {
      own?.fetcher.close()
      repository?.close()
    },
  }
}

/** Gives the block that holds a chunk, −1 where there is none or what it holds is lost. */
function blocksOf(index: ChunkIndex): (ids: Uint8Array, at?: number) => number {
  return (ids, at = 0) => {
    const slot = index.find(ids, at)
    return slot < 0 || index.isLost(slot) ? -1 : index.blockOf(slot)
  }
}
