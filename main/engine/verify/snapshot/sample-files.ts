import type { Random } from '../../env/random.ts'
import { createTreeCursor, NODE } from '../../repository/format/tree.ts'
import type { BlockFetcher } from '../../repository/read/block-fetcher.ts'

/** A file of a snapshot that was picked. */
export interface SampledFile {
  /** In the snapshot, `/` between names. */
  readonly path: string
  readonly sizeBytes: number
  readonly mtimeMs: number
  /** 32 bytes a chunk. */
  readonly chunkIds: Uint8Array
}

/** Picks so many files of a tree, each as likely as any other (Vitter's algorithm R); all of them where there are no more. */
export async function sampleFiles(
  fetcher: BlockFetcher,
  treeId: Uint8Array,
  count: number,
  random: Random,
  signal: AbortSignal,
): Promise<SampledFile[]> {
  const sample: SampledFile[] = []
  let seen = 0
  const pending: { readonly id: Uint8Array; readonly folder: string }[] = [{ id: treeId, folder: '' }]
  for (let next = pending.pop(); next; next = pending.pop()) {
    signal.throwIfAborted()
    const cursor = createTreeCursor(await fetcher.tree(next.id))
    while (cursor.next()) {
      const pathOf = () => (next.folder === '' ? cursor.nameText : `${next.folder}/${cursor.nameText}`)
      if (cursor.type === NODE.directory) pending.push({ id: cursor.child.slice(), folder: pathOf() })
      if (cursor.type !== NODE.file) continue
      seen++
      const place = sample.length < count ? sample.length : Math.floor(random.float() * seen)
      if (place >= count) continue
      const { size: sizeBytes, mtimeMs } = cursor
      sample[place] = { path: pathOf(), sizeBytes, mtimeMs, chunkIds: cursor.chunkIds.slice() }
    }
  }
  return sample
}
