import { TAG_BYTES } from '../crypto/aead.ts'
import { damaged } from './damaged.ts'
import { SEALED_HEADER_BYTES } from './sealed-object.ts'
import { SEGMENT_COUNT_BYTES } from './segment.ts'

/** Bytes of a segment that can be read alone: whole packs. */
export interface Slice {
  /** Where it starts in the segment as it is stored. */
  readonly start: number
  readonly end: number
  readonly packs: number
  /** Of its stored bytes. */
  readonly sha256: Buffer
}

/** Rows that can be read alone. */
export interface FinderPage {
  /** Where it starts in the finder. */
  readonly start: number
  readonly end: number
  readonly rows: number
}

/** What a finder says of its segment and of itself. */
export interface FinderHead {
  /** The first bytes of the segment, with what opens it. */
  readonly start: Buffer
  readonly segmentBytes: number
  /** A chunk's page is the number that so many first bits of its id make. */
  readonly pageBits: number
  readonly slices: readonly Slice[]
  readonly pages: readonly FinderPage[]
}

/** What `encodeFinderHead` needs; places follow from lengths. */
export interface FinderFacts {
  readonly start: Uint8Array
  readonly segmentBytes: number
  readonly pageBits: number
  readonly slices: readonly { readonly bytes: number; readonly packs: number; readonly sha256: Buffer }[]
  /** Rows of each page. */
  readonly counts: readonly number[]
}

export const MOST_SLICES = 4096
export const MOST_PAGE_BITS = 12
export const ROW_BYTES = 4
const FIXED_BYTES = SEALED_HEADER_BYTES + 12
const SLICE_BYTES = 40
export const LARGEST_HEAD_BYTES = FIXED_BYTES + MOST_SLICES * SLICE_BYTES + 2 ** MOST_PAGE_BITS * 4

/** The plaintext of a finder's head. */
export function encodeFinderHead({ start, segmentBytes, pageBits, slices, counts }: FinderFacts): Buffer {
  const bytes = Buffer.alloc(FIXED_BYTES + slices.length * SLICE_BYTES + counts.length * 4)
  bytes.set(start)
  let at = bytes.writeUInt32LE(segmentBytes, SEALED_HEADER_BYTES)
  at = bytes.writeUInt32LE(pageBits, at)
  at = bytes.writeUInt32LE(slices.length, at)
  for (const slice of slices) {
    at = bytes.writeUInt32LE(slice.bytes, at)
    at = bytes.writeUInt32LE(slice.packs, at)
    bytes.set(slice.sha256, at)
    at += slice.sha256.length
  }
  for (const count of counts) at = bytes.writeUInt32LE(count, at)
  return bytes
}

/** The head of a finder whose first page starts at `pagesStart`; all of it is checked. */
export function decodeFinderHead(plain: Uint8Array, pagesStart: number): FinderHead {
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.length)
  if (bytes.length < FIXED_BYTES) throw damaged('finder', 'cut')
  const segmentBytes = bytes.readUInt32LE(SEALED_HEADER_BYTES)
  const pageBits = bytes.readUInt32LE(SEALED_HEADER_BYTES + 4)
  const sliceCount = bytes.readUInt32LE(SEALED_HEADER_BYTES + 8)
  if (pageBits > MOST_PAGE_BITS || sliceCount === 0 || sliceCount > MOST_SLICES)
    throw damaged('finder', 'counts')
  const pageCount = 2 ** pageBits
  const slicesEnd = FIXED_BYTES + sliceCount * SLICE_BYTES
  if (bytes.length !== slicesEnd + pageCount * 4) throw damaged('finder', 'cut')

  const slices: Slice[] = []
  let end = SEALED_HEADER_BYTES + SEGMENT_COUNT_BYTES
  for (let at = FIXED_BYTES; at < slicesEnd; at += SLICE_BYTES) {
    const start = end
    end += bytes.readUInt32LE(at)
    const packs = bytes.readUInt32LE(at + 4)
    if (end === start || packs === 0) throw damaged('finder', 'slice')
    slices.push({ start, end, packs, sha256: bytes.subarray(at + 8, at + SLICE_BYTES) })
  }
  if (end + TAG_BYTES !== segmentBytes) throw damaged('finder', 'slice')

  const pages: FinderPage[] = []
  let pageEnd = pagesStart
  for (let page = 0; page < pageCount; page++) {
    const start = pageEnd
    const rows = bytes.readUInt32LE(slicesEnd + page * 4)
    pageEnd += rows * ROW_BYTES + TAG_BYTES
    pages.push({ start, end: pageEnd, rows })
  }
  return { start: bytes.subarray(0, SEALED_HEADER_BYTES), segmentBytes, pageBits, slices, pages }
}
