import type { ContentReader } from '../scan/content-reader.ts'

/** Every so many bytes of a large file a segment begins. */
const SEGMENT_BYTES = 64 << 20

/**
 * So many cuts after a multiple of `SEGMENT_BYTES`. Cutting that starts anywhere falls in step with cutting from the start of the file
 * within a few chunks, so the boundaries are, as good as always, where one worker alone would cut as well; and an insertion
 * before them moves none of the chunks after it.
 */
const SETTLING_CUTS = 6

/** One segment as it was read: contiguous with its neighbours unless the file was changing. */
export interface ReadSegment {
  readonly start: number
  readonly end: number
  /** 32 bytes a chunk. */
  readonly chunkIds: Uint8Array
}

/** Into how many segments a file of this size is cut. The answer, like all here, depends on nothing but the file. */
export function segmentCount(sizeBytes: number): number {
  return Math.ceil(sizeBytes / SEGMENT_BYTES)
}

/** Where segments of one file begin, as far as somebody has looked: each is the end of one and the start of another. */
export type SegmentStarts = Map<number, number>

/** Cuts and stores one segment of a file; `between` is called at each chunk. */
export function readSegment(
  reader: ContentReader,
  file: number,
  segment: number,
  count: number,
  starts: SegmentStarts,
  between?: () => void,
): ReadSegment {
  const start = segmentStart(reader, file, segment, starts)
  const limit =
    segment + 1 < count ? segmentStart(reader, file, segment + 1, starts) : Number.POSITIVE_INFINITY
  reader.clearIds()
  const readBytes = reader.storeRange(file, start, limit, between)
  return { start, end: start + readBytes, chunkIds: Buffer.from(reader.chunkIds) }
}

function segmentStart(reader: ContentReader, file: number, segment: number, starts: SegmentStarts): number {
  if (segment === 0) return 0
  const known = starts.get(segment)
  if (known !== undefined) return known
  let at = segment * SEGMENT_BYTES
  let cuts = 0
  reader.cutRange(file, at, Number.POSITIVE_INFINITY, (chunk) => {
    at += chunk.length
    return ++cuts < SETTLING_CUTS
  })
  starts.set(segment, at)
  return at
}
