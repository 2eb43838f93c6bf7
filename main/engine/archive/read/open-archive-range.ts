import { EverstowError } from '../../model/errors.ts'
import type { ByteRange } from '../../storage/object-store.ts'
import type { GzipBlock } from '../entry.ts'
import type { RangeSource } from './archive-source.ts'
import { inflateRange } from './gunzip.ts'
import type { ArchiveIndex } from './read-index.ts'
import { damagedArchive } from './read-limits.ts'

/**
 * Bytes [start, end) of the uncompressed tar, fetching only the compressed blocks that hold them. Ends with `archive-damaged` when the blocks
 * do not give that many bytes; that they are the right ones is for the caller to check (SHA-256 of each file).
 */
export async function* openArchiveRange(
  source: RangeSource,
  index: Pick<ArchiveIndex, 'blocks' | 'tarBytes'>,
  range: ByteRange,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (range.start < 0 || range.end > index.tarBytes || range.start > range.end) {
    throw new EverstowError('invalid-input', { data: { start: range.start, end: range.end } })
  }
  if (range.start === range.end) return
  const { first, gzipRange } = blocksFor(index.blocks, range, source.sizeBytes)
  let position = first.tarOffset
  for await (const chunk of inflateRange(source.open(gzipRange), signal)) {
    const from = Math.max(range.start - position, 0)
    const to = Math.min(range.end - position, chunk.byteLength)
    if (to > from) yield chunk.subarray(from, to)
    position += chunk.byteLength
    if (position >= range.end) return
  }
  throw damagedArchive('range-truncated', position)
}

/** The last block that starts at or before the range, and the compressed bytes up to the first one that starts after it. */
export function blocksFor(
  blocks: readonly GzipBlock[],
  range: ByteRange,
  sizeBytes: number,
): { readonly first: GzipBlock; readonly gzipRange: ByteRange } {
  const firstAt = countUpTo(blocks, range.start) - 1
  const nextAt = countUpTo(blocks, range.end - 1)
  const first = blocks[firstAt]
  const gzipEnd = blocks[nextAt]?.gzipOffset ?? sizeBytes
  if (!first || gzipEnd > sizeBytes || first.gzipOffset >= gzipEnd) throw damagedArchive('index-does-not-fit')
  return { first, gzipRange: { start: first.gzipOffset, end: gzipEnd } }
}

/** How many blocks start at or before a tar offset; binary search, as an archive of a terabyte has a million blocks. */
function countUpTo(blocks: readonly GzipBlock[], tarOffset: number): number {
  let low = 0
  let high = blocks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (blocks[middle]!.tarOffset <= tarOffset) low = middle + 1
    else high = middle
  }
  return low
}
