import { Readable } from 'node:stream'
import { EverstowError } from '../../model/errors.ts'
import type { ByteRange } from '../../storage/object-store.ts'
import { rangeWithin } from '../../storage/range.ts'
import { NODE } from '../format/tree.ts'
import type { ChunkIndex } from '../index/chunk-index.ts'
import type { BlockFetcher } from './block-fetcher.ts'
import type { SnapshotEntry } from './walk-tree.ts'

/** The content of a file of a snapshot, or bytes [start, end) of it: only the chunks that hold them are fetched. */
export function openFile(
  fetcher: BlockFetcher,
  index: ChunkIndex,
  entry: Pick<SnapshotEntry, 'type' | 'sizeBytes' | 'chunkIds'>,
  range?: ByteRange,
): Readable {
  if (entry.type !== NODE.file)
    throw new EverstowError('invalid-input', { data: { field: 'path', reason: 'not-a-file' } })
  const { start, end } = range ? rangeWithin(range, entry.sizeBytes) : { start: 0, end: entry.sizeBytes }
  return Readable.from(bytesOf(fetcher, index, entry.chunkIds, start, end), { objectMode: false })
}

async function* bytesOf(
  fetcher: BlockFetcher,
  index: ChunkIndex,
  ids: Uint8Array,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
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
  for await (const chunk of fetcher.chunks(ids.subarray(first))) {
    const from = Math.max(start - at, 0)
    const to = Math.min(end - at, chunk.length)
    if (to > from) yield chunk.subarray(from, to)
    at += chunk.length
    if (at >= end) return
  }
  if (at < end) throw new EverstowError('data-damaged', { data: { reason: 'file-size' } })
}
