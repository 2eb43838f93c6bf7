import { Readable } from 'node:stream'
import { EverstowError } from '../../model/errors.ts'
import type { ByteRange } from '../../storage/object-store.ts'
import { rangeWithin } from '../../storage/range.ts'
import { NODE } from '../format/tree.ts'
import type { ChunkIndex } from '../index/chunk-index.ts'
import type { BlockFetcher, HowRead } from './block-fetcher.ts'
import type { SnapshotEntry } from './walk-tree.ts'

/** The content of a file of a snapshot, or bytes [start, end) of it: only the chunks that hold them are fetched, of a far store `alone` if so wished. */
export function openFile(
  fetcher: BlockFetcher,
  index: ChunkIndex,
  entry: Pick<SnapshotEntry, 'type' | 'sizeBytes' | 'chunkIds'>,
  range?: ByteRange & HowRead,
): Readable {
  if (entry.type !== NODE.file)
    throw new EverstowError('invalid-input', { data: { field: 'path', reason: 'not-a-file' } })
  const { start, end } = range ? rangeWithin(range, entry.sizeBytes) : { start: 0, end: entry.sizeBytes }
  const { chunkIds } = entry
  return Readable.from(bytesOf({ fetcher, index, chunkIds, start, end }, range), { objectMode: false })
}

interface PartOfFile {
  readonly fetcher: BlockFetcher
  readonly index: ChunkIndex
  readonly chunkIds: Uint8Array
  readonly start: number
  readonly end: number
}

async function* bytesOf(
  { fetcher, index, chunkIds: ids, start, end }: PartOfFile,
  how?: HowRead,
): AsyncGenerator<Uint8Array> {
  await fetcher.know(ids)
  let first = 0
  let at = 0
  // Lengths of the chunks before are in the index; a chunk it does not know has to be fetched to know its length.
  for (; first < ids.length; first += 32) {
    const slot = index.find(ids, first)
    const length = slot < 0 ? 0 : index.lengthOf(slot)
    if (length === 0 || at + length > start) break
    at += length
  }
  if (at >= end) return
  for await (const chunk of fetcher.chunks(ids.subarray(first, lastNeeded()), how)) {
    const from = Math.max(start - at, 0)
    const to = Math.min(end - at, chunk.length)
    if (to > from) yield chunk.subarray(from, to)
    at += chunk.length
    if (at >= end) return
  }
  if (at < end) throw new EverstowError('data-damaged', { data: { reason: 'file-size' } })

  /** Where the ids end that are needed, so that nothing behind them is read ahead; all of them where a length is not known. */
  function lastNeeded(): number {
    let reached = at
    for (let next = first; next < ids.length; next += 32) {
      const slot = index.find(ids, next)
      if (slot < 0) return ids.length
      reached += index.lengthOf(slot)
      if (reached >= end) return next + 32
    }
    return ids.length
  }
}
