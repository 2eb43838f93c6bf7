import { asEverstowError, EverstowError } from '../../model/errors.ts'
import {
  createTreeCursor,
  FLAG_HARD_LINK,
  FLAG_SPARSE,
  NODE,
  type TreeCursor,
} from '../../repository/format/tree.ts'
import type { ChunkIndex } from '../../repository/index/chunk-index.ts'
import type { BlockFetcher } from '../../repository/read/block-fetcher.ts'
import { selectPaths } from '../select-paths.ts'
import { childOf, onDisk, type PathKey, shown } from '../target/path-key.ts'
import { lookAt, type SyncFiles } from '../target/sync-files.ts'
import type { Target } from '../target/target.ts'
import { createLeadsTo } from './leads-to.ts'
import type { RestoreCounters } from './restore-counters.ts'
import type { SnapshotJob } from './snapshot-messages.ts'

export interface BytesContext {
  readonly files: SyncFiles
  readonly index: ChunkIndex
  readonly fetcher: BlockFetcher
  readonly counters: Pick<RestoreCounters, 'isStopped'>
}

/**
 * The least that restoring writes: chosen files, less those that `skip` leaves alone; one with several names once, and of one with holes each piece
 * once, for holes repeat. Reads all directories, so it is asked only where the whole snapshot does not fit.
 */
export async function bytesToWrite(
  job: SnapshotJob,
  context: BytesContext,
  { into }: Target,
): Promise<number> {
  const { files, index, fetcher, counters } = context
  const selection = selectPaths(job.paths)
  const leadsTo = createLeadsTo(job.paths)
  const skips = job.existing === 'skip' && lookAt(files, into) !== undefined
  const counted = new Set<string>()
  let bytes = 0

  await look('', job.tree)
  return bytes

  async function look(folder: PathKey, id: Uint8Array): Promise<void> {
    if (counters.isStopped) throw new EverstowError('cancelled')
    const cursor = await directory(id)
    while (cursor?.next()) {
      const key = childOf(folder, Buffer.from(cursor.name))
      if (cursor.type === NODE.directory && leadsTo(shown(key))) await look(key, cursor.child.slice())
      else if (cursor.type === NODE.file) add(key, cursor)
    }
  }

  /** A directory that nobody has good needs no room; the restore itself reports it. */
  async function directory(id: Uint8Array): Promise<TreeCursor | undefined> {
    try {
      return createTreeCursor(await fetcher.tree(id))
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'data-damaged' || error.code === 'chunk-missing' || error.code === 'object-missing')
        return undefined
      throw error
    }
  }

  function add(key: PathKey, entry: TreeCursor): void {
    if (selection.choose({ path: shown(key), kind: 'file' }) !== 'take') return
    if (skips && lookAt(files, onDisk(into, key))) return
    if (entry.flags & FLAG_HARD_LINK) {
      const file = `${entry.dev}:${entry.ino}`
      if (counted.has(file)) return
      counted.add(file)
    }
    bytes += entry.flags & FLAG_SPARSE ? distinctBytes(entry) : entry.size
  }

  function distinctBytes({ chunkCount, chunkIds }: TreeCursor): number {
    const slots = new Set<number>()
    for (let chunk = 0; chunk < chunkCount; chunk++) slots.add(index.find(chunkIds, chunk * 32))
    slots.delete(-1)
    return [...slots].reduce((sum, slot) => sum + index.lengthOf(slot), 0)
  }
}

/** Content that an interrupted restore has put into its folder already. */
export function bytesBelow(files: SyncFiles, folder: string | Buffer): number {
  let bytes = 0
  for (const entry of files.readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
    const path = Buffer.concat([Buffer.from(folder), Buffer.from('/'), entry.name])
    if (entry.isDirectory()) bytes += bytesBelow(files, path)
    else if (entry.isFile()) bytes += Number(lookAt(files, path)?.size ?? 0n)
  }
  return bytes
}
