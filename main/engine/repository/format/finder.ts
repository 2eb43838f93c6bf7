import { createDecipheriv, hash } from 'node:crypto'
import type { Random } from '../../env/random.ts'
import { NONCE_BYTES, open, seal, TAG_BYTES } from '../crypto/aead.ts'
import { deriveKey, type RepoKeys } from '../crypto/repo-keys.ts'
import { CHUNK_ROW_BYTES } from './block-table.ts'
import { damaged } from './damaged.ts'
import {
  decodeFinderHead,
  encodeFinderHead,
  type FinderHead,
  LARGEST_HEAD_BYTES,
  MOST_PAGE_BITS,
  MOST_SLICES,
  ROW_BYTES,
} from './finder-head.ts'
import { misuse, SALT_BYTES } from './pack-layout.ts'
import { epochOfObject, SEALED_HEADER_BYTES } from './sealed-object.ts'
import { decodeSegment, SEGMENT_COUNT_BYTES, type SegmentPack } from './segment.ts'

/**
 * What lies beside a large index segment, so that a chunk is found in it without reading it whole: slices of the segment that are proven by their hashes,
 * and pages that say in which slices a chunk may be.
 */
export interface Finder {
  readonly head: FinderHead
  readonly key: Uint8Array
  readonly salt: Uint8Array
}

const MAGIC = Buffer.from('EVSTFN01', 'latin1')
const PREFIX_BYTES = 16 + SALT_BYTES
const HEAD_ORDINAL = 0xffffffff
/** Smaller segments are read whole: two requests more would cost as much. */
const SMALLEST_SEGMENT_BYTES = 256 * 1024
/** A finder takes no more than this share of what its packs take: with very many tiny chunks it would. */
const LARGEST_SHARE = 1 / 500
const SLICE_BYTES = 64 * 1024
/** Reading more of a segment than this share of it in slices costs more than reading it whole. */
export const MOST_IN_SLICES = 1 / 4
const CHUNKS_A_PAGE = 4096
/** Bits of a row that say the slice; the rest are of the chunk's id. */
const SLICE_BITS = 12
/** So much of a finder holds its head, but for the largest segments. */
export const FINDER_START_BYTES = 16 * 1024

/** Whether a segment may have a finder, going by its size alone. */
export function mayHaveFinder(segmentBytes: number): boolean {
  return segmentBytes >= SMALLEST_SEGMENT_BYTES
}

/** Whether a segment is better read in slices than whole. */
export function isWorthFinding(segmentBytes: number, packs: readonly SegmentPack[]): boolean {
  const packBytes = packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const largestEntry = packs.reduce((most, { entry }) => Math.max(most, entry.length), 0)
  const isWorth = chunksIn(packs) * ROW_BYTES <= packBytes * LARGEST_SHARE
  return isWorth && mayHaveFinder(segmentBytes) && largestEntry <= segmentBytes * MOST_IN_SLICES
}

/** The finder of a segment of these packs that is sealed as `stored`. */
export function sealFinder(
  keys: RepoKeys,
  segId: string,
  stored: Uint8Array,
  packs: readonly SegmentPack[],
  random: Random,
): Uint8Array {
  const { slices, sliceOf } = cutSlices(stored, packs)
  if (slices.length > MOST_SLICES) throw misuse('packs of a segment with a finder lie kind by kind')
  const chunks = chunksIn(packs)
  const pageBits = Math.min(MOST_PAGE_BITS, Math.max(0, Math.ceil(Math.log2(chunks / CHUNKS_A_PAGE))))
  const pages = fillPages(packs, sliceOf, pageBits, chunks)
  const start = stored.subarray(0, SEALED_HEADER_BYTES)
  const counts = pages.map(({ length }) => length)
  const head = encodeFinderHead({ start, segmentBytes: stored.length, slices, pageBits, counts })

  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.set(MAGIC)
  prefix.writeUInt32LE(keys.epoch, 8)
  prefix.writeUInt32LE(head.length + TAG_BYTES, 12)
  const salt = random.bytes(SALT_BYTES)
  prefix.set(salt, 16)
  // The salt is random, so no ordinal meets this key twice.
  const key = keyOf(keys, keys.epoch, salt)
  const sealedHead = seal(key, nonceOf(HEAD_ORDINAL), headAad(keys, segId, prefix), [head])
  const sealedPages = pages.map((rows, page) =>
    seal(key, nonceOf(page), pageAad(keys, salt, page), [bytesOfRows(rows)]),
  )
  return Buffer.concat([prefix, sealedHead, ...sealedPages])
}

/** How many bytes of a finder, from its start on, its head takes; only opening proves it. */
export function finderStartBytes(bytes: Uint8Array): number {
  if (bytes.length < PREFIX_BYTES || !MAGIC.equals(bytes.subarray(0, MAGIC.length)))
    throw damaged('finder', 'magic')
  const headBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true)
  if (headBytes > LARGEST_HEAD_BYTES + TAG_BYTES) throw damaged('finder', 'head-length')
  return PREFIX_BYTES + headBytes
}

/**
 * Opens the start of the finder of a segment. `data-damaged` where it is not of this segment, not as it was written, or, where that is given, not of this
 * whole size.
 */
export function openFinder(keys: RepoKeys, segId: string, bytes: Uint8Array, sizeBytes?: number): Finder {
  const end = finderStartBytes(bytes)
  if (end > bytes.length) throw damaged('finder', 'cut')
  const prefix = bytes.subarray(0, PREFIX_BYTES)
  const epoch = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true)
  const salt = prefix.subarray(16)
  const key = keyOf(keys, epoch, salt)
  const aad = headAad(keys, segId, prefix)
  const plain = open(key, nonceOf(HEAD_ORDINAL), aad, bytes.subarray(PREFIX_BYTES, end), 'finder')
  const head = decodeFinderHead(plain, end)
  if (sizeBytes !== undefined && head.pages.at(-1)!.end !== sizeBytes) throw damaged('finder', 'size')
  return { head, key, salt: Uint8Array.from(salt) }
}

/** The page of a finder that tells of a chunk whose id stands at `id[offset, offset + 32)`. */
export function pageOfChunk({ head }: Finder, id: Uint8Array, offset = 0): number {
  return head.pageBits === 0 ? 0 : uint32(id, offset) >>> (32 - head.pageBits)
}

/** The rows of a page from its stored bytes. */
export function openFinderPage(
  keys: RepoKeys,
  finder: Finder,
  page: number,
  sealed: Uint8Array,
): Uint32Array {
  const { head, key, salt } = finder
  const plain = open(key, nonceOf(page), pageAad(keys, salt, page), sealed, 'finder')
  if (plain.length !== head.pages[page]!.rows * ROW_BYTES) throw damaged('finder', 'page')
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength)
  const rows = new Uint32Array(plain.length / ROW_BYTES)
  for (let at = 0; at < rows.length; at++) {
    rows[at] = view.getUint32(at * ROW_BYTES, true)
    if (at > 0 && rows[at]! <= rows[at - 1]!) throw damaged('finder', 'page')
    if (sliceIn(rows[at]!) >= head.slices.length) throw damaged('finder', 'page')
  }
  return rows
}

/** The slices that a chunk may be in, mostly one or none. */
export function slicesOfChunk({ head }: Finder, rows: Uint32Array, id: Uint8Array, offset = 0): number[] {
  const first = idBits(id, offset, head.pageBits) * 2 ** SLICE_BITS
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rows[middle]! < first) low = middle + 1
    else high = middle
  }
  const slices: number[] = []
  for (; low < rows.length && rows[low]! < first + 2 ** SLICE_BITS; low++) slices.push(sliceIn(rows[low]!))
  return slices
}

/** The packs of a slice from its stored bytes, which its hash in the finder proves. */
export function openSlice(
  keys: RepoKeys,
  { head }: Finder,
  slice: number,
  stored: Uint8Array,
): readonly SegmentPack[] {
  const { start, packs, sha256 } = head.slices[slice]!
  if (!sha256.equals(hash('sha256', stored, 'buffer'))) throw damaged('index', 'hash')
  const epoch = epochOfObject(head.start)
  const at = start - SEALED_HEADER_BYTES
  // GCM encrypts as counter mode does, from 2 on, 16 bytes a step: what a hash has proven can be opened from the middle.
  const counter = Buffer.alloc(16)
  counter.set(head.start.subarray(SEALED_HEADER_BYTES - NONCE_BYTES))
  counter.writeUInt32BE(2 + Math.floor(at / 16), 12)
  const decipher = createDecipheriv('aes-256-ctr', keys.subkey('index', epoch), counter)
  decipher.update(new Uint8Array(at % 16))
  const count = Buffer.alloc(SEGMENT_COUNT_BYTES)
  count.writeUInt32LE(packs)
  return decodeSegment(Buffer.concat([count, decipher.update(stored)]))
}

function chunksIn(packs: readonly SegmentPack[]): number {
  let chunks = 0
  for (const { blocks } of packs) {
    const cursor = blocks.cursor()
    while (cursor.next()) chunks += cursor.chunkCount
  }
  return chunks
}

/** Cuts a segment into slices of whole packs; `sliceOf` says for each pack which one it is in. */
function cutSlices(stored: Uint8Array, packs: readonly SegmentPack[]) {
  const least = Math.max(SLICE_BYTES, Math.ceil(stored.length / (MOST_SLICES / 2)))
  const slices: { bytes: number; packs: number; sha256: Buffer }[] = []
  const sliceOf: number[] = []
  let start = SEALED_HEADER_BYTES + SEGMENT_COUNT_BYTES
  let end = start
  let held = 0
  for (const [at, { entry, kind }] of packs.entries()) {
    sliceOf.push(slices.length)
    end += entry.length
    held++
    // What is in folders is looked up far more often, so it lies apart from contents.
    const isLast = packs[at + 1]?.kind !== kind
    if (end - start < least && !isLast) continue
    slices.push({
      bytes: end - start,
      packs: held,
      sha256: hash('sha256', stored.subarray(start, end), 'buffer'),
    })
    start = end
    held = 0
  }
  return { slices, sliceOf }
}

/** The rows of each page, ascending, each once. */
function fillPages(
  packs: readonly SegmentPack[],
  sliceOf: readonly number[],
  pageBits: number,
  chunks: number,
): Uint32Array[] {
  const pageCount = 2 ** pageBits
  // Sorted as one: the page is the highest part of each number.
  const rows = new Float64Array(chunks)
  let count = 0
  for (const [at, { blocks }] of packs.entries()) {
    const cursor = blocks.cursor()
    while (cursor.next()) {
      const table = cursor.chunkTable
      for (let row = 0; row < table.length; row += CHUNK_ROW_BYTES) {
        const page = pageBits === 0 ? 0 : uint32(table, row) >>> (32 - pageBits)
        rows[count++] = page * 2 ** 32 + idBits(table, row, pageBits) * 2 ** SLICE_BITS + sliceOf[at]!
      }
    }
  }
  rows.sort()
  const pages: Uint32Array[] = []
  for (let page = 0, at = 0; page < pageCount; page++) {
    const own: number[] = []
    for (let last = -1; at < count && rows[at]! < (page + 1) * 2 ** 32; at++) {
      if (rows[at] !== last) own.push(rows[at]! - page * 2 ** 32)
      last = rows[at]!
    }
    pages.push(Uint32Array.from(own))
  }
  return pages
}

/** The bits of a chunk's id behind those that say its page, as many as a row has room for. */
function idBits(id: Uint8Array, offset: number, pageBits: number): number {
  return ((uint32(id, offset) << pageBits) >>> 0) >>> SLICE_BITS
}

function sliceIn(row: number): number {
  return row % 2 ** SLICE_BITS
}

function bytesOfRows(rows: Uint32Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(rows.length * ROW_BYTES)
  for (let at = 0; at < rows.length; at++) bytes.writeUInt32LE(rows[at]!, at * ROW_BYTES)
  return bytes
}

function keyOf(keys: RepoKeys, epoch: number, salt: Uint8Array): Uint8Array {
  return deriveKey(keys.subkey('index', epoch), salt, 'finder')
}

function nonceOf(ordinal: number): Uint8Array {
  const nonce = Buffer.alloc(NONCE_BYTES)
  nonce.writeUInt32LE(ordinal)
  return nonce
}

function headAad(keys: RepoKeys, segId: string, prefix: Uint8Array): Uint8Array {
  return Buffer.concat([keys.repoId, Buffer.from('finder'), Buffer.from(segId, 'hex'), prefix])
}

function pageAad(keys: RepoKeys, salt: Uint8Array, page: number): Uint8Array {
  const aad = Buffer.concat([keys.repoId, Buffer.from('page'), salt, Buffer.alloc(4)])
  aad.writeUInt32LE(page, aad.length - 4)
  return aad
}

/** Big-endian, as ids are compared. */
function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}
