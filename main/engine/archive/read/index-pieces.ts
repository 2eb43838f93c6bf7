import { createHash } from 'node:crypto'
import { inflateRawSync, constants as zlib } from 'node:zlib'
import { EverstowError } from '../../model/errors.ts'
import type { ByteRange } from '../../storage/object-store.ts'
import { BLOCK_BYTES, type GzipBlock } from '../entry.ts'
import { BLOCKS_A_LINE, decodePointer, INDEX_VERSION, POINTER_BYTES } from '../index-layout.ts'
import type { RangeSource } from './archive-source.ts'
import {
  type IndexedEntry,
  type IndexTotals,
  indexEntry,
  indexTable,
  indexTotals,
  isCount,
  parseLine,
} from './index-line.ts'
import type { BlockWindow } from './open-archive-range.ts'

/** Finds single entries in an index of version 2 by reading little of it. */
export interface IndexPieces extends IndexTotals {
  /**
   * An entry by its path, from the piece that must hold it where paths are in order. Undefined says nothing: it may stand elsewhere.
   */
  find(path: string, signal?: AbortSignal): Promise<IndexedEntry | undefined>
  /** The blocks that hold a range of the tar, and the one after them; undefined where the index is damaged there. */
  window(range: ByteRange, signal?: AbortSignal): Promise<BlockWindow | undefined>
}

/** Where a piece of the index lies. */
interface Piece<First> {
  readonly offset: number
  readonly sizeBytes: number
  readonly sum: string
  readonly first: First
}

/** Read in one go from the end; it holds the directory of all but huge archives. */
const TAIL_BYTES = 64 * 1024
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024
/** A piece is closed once it has 256 KiB, and one line may be a path and a target of 64 KiB each, escaped. */
const MAX_PIECE_BYTES = 4 * 1024 * 1024
const KEPT_PIECES = 8

/**
 * Opens an index to look up single entries. Every piece is proven by the directory, and the directory by the pointer at the file's end; whatever is wrong
 * gives undefined, as with `readIndex`. Failures of the source itself are thrown.
 */
export async function openIndexPieces(
  source: RangeSource,
  signal?: AbortSignal,
): Promise<IndexPieces | undefined> {
  if (source.sizeBytes < POINTER_BYTES) return undefined
  const tail = { start: Math.max(0, source.sizeBytes - TAIL_BYTES), end: source.sizeBytes }
  const tailBytes = await fetchRange(source, tail, signal)
  if (tailBytes.length !== tail.end - tail.start) return undefined
  const pointer = decodePointer(tailBytes.subarray(-POINTER_BYTES), source.sizeBytes)
  if (!pointer || pointer.sizeBytes > MAX_DIRECTORY_BYTES) return undefined
  const sum = Buffer.from(pointer.sum).toString('base64')
  const [line] = (await linesOf({ ...pointer, sum, first: '' }, MAX_DIRECTORY_BYTES)) ?? []
  const directory = line && directoryOf(line)
  if (!directory) return undefined
  const { totals, pieces, tables } = directory
  const kept = new Map<Piece<unknown>, readonly Record<string, unknown>[]>()

  return {
    ...totals,
    async find(path, signal) {
      for (const piece of candidates(pieces, path))
        for (const value of (await keptLines(piece, signal)) ?? [])
          if (value.p === path) {
            const entry = indexEntry(value)
            const fits = entry && entry.dataOffset + entry.sizeBytes <= totals.tarBytes
            return fits ? entry : undefined
          }
      return undefined
    },
    async window({ start, end }, signal) {
      const from = Math.floor(start / BLOCK_BYTES / BLOCKS_A_LINE)
      // The block after the range tells where its last one ends.
      const to = Math.min(Math.floor(end / BLOCK_BYTES / BLOCKS_A_LINE), tables.length - 1)
      const blocks: GzipBlock[] = []
      const sums: Buffer[] = []
      for (let at = from; at <= to; at++) {
        const table = tables[at]
        const [value] = (table && (await keptLines(table, signal))) ?? []
        const read = value && indexTable(value, at * BLOCKS_A_LINE)
        if (!read || read.blocks[0]!.gzipOffset <= (blocks.at(-1)?.gzipOffset ?? 0)) return undefined
        for (const block of read.blocks) blocks.push(block)
        sums.push(read.sums)
      }
      if ((blocks.at(-1)?.gzipOffset ?? 0) >= totals.gzipBytes) return undefined
      return { blocks, sums: Buffer.concat(sums), tarBytes: totals.tarBytes }
    },
  }

  async function keptLines(piece: Piece<unknown>, signal: AbortSignal | undefined) {
    const known = kept.get(piece)
    if (known) return known
    const lines = await linesOf(piece, MAX_PIECE_BYTES, signal)
    if (!lines) return undefined
    kept.set(piece, lines)
    const [oldest] = kept.keys()
    if (kept.size > KEPT_PIECES && oldest) kept.delete(oldest)
    return lines
  }

  /** The objects in a piece, or undefined where it is not what the directory says. */
  async function linesOf(piece: Piece<unknown>, maxBytes: number, signal?: AbortSignal) {
    const { offset, sizeBytes } = piece
    if (sizeBytes > maxBytes || offset + sizeBytes > source.sizeBytes) return undefined
    const range = { start: offset, end: offset + sizeBytes }
    const bytes =
      offset >= tail.start
        ? tailBytes.subarray(offset - tail.start, range.end - tail.start)
        : await fetchRange(source, range, signal)
    if (createHash('sha256').update(bytes).digest('base64') !== piece.sum) return undefined
    const text = inflatedText(bytes, maxBytes)
    const lines = text && linesIn(text).map(parseLine)
    return lines?.every((line) => line !== undefined) ? lines : undefined
  }
}

function directoryOf(line: Record<string, unknown>) {
  const totals = line.end === true ? indexTotals(line, INDEX_VERSION) : undefined
  const pieces = piecesOf(line.pieces, (first): first is string => typeof first === 'string')
  const tables = piecesOf(line.tables, isCount)
  if (!totals || !pieces || !tables) return undefined
  const fits =
    tables.length === Math.ceil(totals.blockCount / BLOCKS_A_LINE) &&
    tables.every(({ first }, at) => first === at * BLOCKS_A_LINE)
  return fits ? { totals, pieces, tables } : undefined
}

function piecesOf<First>(
  value: unknown,
  isFirst: (first: unknown) => first is First,
): Piece<First>[] | undefined {
  if (!Array.isArray(value)) return undefined
  const pieces: Piece<First>[] = []
  for (const line of value as unknown[]) {
    if (!Array.isArray(line)) return undefined
    const [offset, sizeBytes, sum, first] = line as unknown[]
    const isPiece = isCount(offset) && isCount(sizeBytes) && sizeBytes > 0 && typeof sum === 'string'
    if (!isPiece || !isFirst(first)) return undefined
    pieces.push({ offset, sizeBytes, sum, first })
  }
  return pieces
}

/** Pieces whose first path is not after the path, and whose successor's is. */
function* candidates(pieces: readonly Piece<string>[], path: string): Generator<Piece<string>> {
  const wanted = path.split('/')
  for (const [at, piece] of pieces.entries()) {
    const next = pieces[at + 1]
    const startsBefore = comparePaths(piece.first.split('/'), wanted) <= 0
    if (startsBefore && (!next || comparePaths(next.first.split('/'), wanted) > 0)) yield piece
  }
}

/** The order of a walk: names of each folder by their bytes, a folder before what is in it. */
function comparePaths(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++)
    if (a[at] !== b[at]) return Buffer.compare(Buffer.from(a[at]!), Buffer.from(b[at]!))
  return a.length - b.length
}

function inflatedText(bytes: Uint8Array, maxBytes: number): Buffer | undefined {
  try {
    return inflateRawSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: maxBytes })
  } catch {
    // Hostile or damaged beyond its checksum: as if there was no index.
    return undefined
  }
}

function linesIn(text: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf(0x0a, at)
    lines.push(text.subarray(at, end < 0 ? text.length : end))
    at = end < 0 ? text.length : end + 1
  }
  return lines
}

async function fetchRange(
  source: RangeSource,
  range: ByteRange,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source.open(range)) {
    if (signal?.aborted) throw new EverstowError('cancelled')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
