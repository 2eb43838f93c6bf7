import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { inflateRaw, type ZlibOptions, constants as zlib } from 'node:zlib'
import { EverstowError } from '../../model/errors.ts'
import type { ByteRange } from '../../storage/object-store.ts'
import { BLOCK_BYTES, type GzipBlock } from '../entry.ts'
import { SUM_BYTES } from '../index-layout.ts'
import type { RangeSource } from './archive-source.ts'
import { inflateRange } from './gunzip.ts'
import type { ArchiveIndex } from './read-index.ts'
import { damagedArchive } from './read-limits.ts'

/** Where decompression can start, for all of an archive or the part that is asked for. */
export type BlockWindow = Pick<ArchiveIndex, 'blocks' | 'tarBytes' | 'sums'>

/** What follows the last block: an empty final one, CRC and length. */
const END_BYTES = 10

/** Deflate that does not compress is stored, with a few bytes around each piece. */
const MAX_BLOCK_BYTES = BLOCK_BYTES + 4096

/** zlib's own floor for its buffers. */
const LEAST_BUFFER_BYTES = 64

const inflated = promisify<Buffer, ZlibOptions, Buffer>(inflateRaw)

/**
 * Bytes [start, end) of the uncompressed tar, fetching only the compressed blocks that hold them. Where the index has their checksums every block is
 * proven before a byte of it is given; without them that the bytes are the right ones is for the caller to check (SHA-256 of each file). Ends with
 * `archive-damaged` when the blocks do not give that many bytes, or others.
 */
export async function* openArchiveRange(
  source: RangeSource,
  index: BlockWindow,
  range: ByteRange,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (range.start < 0 || range.end > index.tarBytes || range.start > range.end) {
    throw new EverstowError('invalid-input', { data: { start: range.start, end: range.end } })
  }
  if (range.start === range.end) return
  const { first, gzipRange } = blocksFor(index.blocks, range, source.sizeBytes)
  let position = first.tarOffset
  const tar = index.sums
    ? provenBlocks(source, { ...index, sums: index.sums }, range, signal)
    : inflateRange(source.open(gzipRange), signal)
  for await (const chunk of tar) {
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

/** The blocks of a range one by one, each whole and proven by its SHA-256. */
async function* provenBlocks(
  source: RangeSource,
  index: BlockWindow & { readonly sums: Uint8Array },
  range: ByteRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const { blocks, sums, tarBytes } = index
  const { first, gzipRange } = blocksFor(blocks, range, source.sizeBytes)
  let at = blocks.indexOf(first)
  const last = countUpTo(blocks, range.end - 1) - 1
  const endOf = (block: number) => blocks[block + 1]?.gzipOffset ?? source.sizeBytes - END_BYTES
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  for await (const chunk of source.open(gzipRange)) {
    if (signal?.aborted) throw new EverstowError('cancelled')
    waiting.push(chunk)
    waitingBytes += chunk.byteLength
    for (; at <= last; at++) {
      const { gzipOffset, tarOffset } = blocks[at]!
      const sizeBytes = endOf(at) - gzipOffset
      if (sizeBytes <= 0 || sizeBytes > MAX_BLOCK_BYTES) throw damagedArchive('index-does-not-fit')
      if (waitingBytes < sizeBytes) break
      const bytes = Buffer.concat(waiting)
      waiting = [bytes.subarray(sizeBytes)]
      waitingBytes -= sizeBytes
      const sum = sums.subarray(at * SUM_BYTES, (at + 1) * SUM_BYTES)
      yield await provenBlock(bytes.subarray(0, sizeBytes), sum, tarOffset, tarBytes)
    }
  }
}

async function provenBlock(
  compressed: Buffer,
  sum: Uint8Array,
  tarOffset: number,
  tarBytes: number,
): Promise<Buffer> {
  const expectedBytes = Math.min(BLOCK_BYTES, tarBytes - tarOffset)
  // One buffer that a block fits into, and a byte more by which zlib sees the end: else it goes to a thread and back for every 16 KiB.
  const chunkSize = Math.max(LEAST_BUFFER_BYTES, expectedBytes + 1)
  const options = { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: expectedBytes, chunkSize }
  const block = await inflated(compressed, options).catch((cause: unknown) => {
    throw damagedArchive('gzip-invalid', tarOffset, cause)
  })
  if (!createHash('sha256').update(block).digest().equals(sum))
    throw damagedArchive('block-checksum', tarOffset)
  return block
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
