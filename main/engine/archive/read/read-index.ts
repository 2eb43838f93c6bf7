import { EverstowError } from '../../model/errors.ts'
import type { ArchiveEntry, GzipBlock } from '../entry.ts'
import { gunzip } from './gunzip.ts'
import {
  type IndexTotals,
  indexEntry,
  indexHead,
  indexTable,
  indexTotals,
  listedBlocks,
  parseLine,
} from './index-line.ts'

/** What an archive's index tells: the entries asked for, and where decompression can start. */
export interface ArchiveIndex {
  /** File name of the archive it belongs to. */
  readonly archive: string
  /** In the order of the tar. */
  readonly entries: readonly ArchiveEntry[]
  /** Entries in the archive, whether kept here or not. */
  readonly entryCount: number
  readonly tarBytes: number
  readonly gzipBytes: number
  /** Ascending; the first one starts the tar. Empty where it can only be read from its start. */
  readonly blocks: readonly GzipBlock[]
  /** SHA-256 of the tar bytes of each block, one after another; version 1 has none. */
  readonly sums?: Uint8Array
  /** Hex SHA-256 of the archive; version 1 does not say. */
  readonly archiveSha256?: string
}

export interface ReadIndexOptions {
  /** Which entries to keep in memory; all by default. Called for every entry in the order of the tar. */
  readonly keep?: (entry: ArchiveEntry) => boolean
  /** Uncompressed bytes of the whole index. Default 4 GiB. */
  readonly maxIndexBytes?: number
  /** More lines than this make it useless. Default 20 million. */
  readonly maxEntries?: number
  readonly signal?: AbortSignal
}

const MAX_INDEX_BYTES = 4 * 1024 ** 3
/** An entry line is a path and a link target of at most 64 KiB each, escaped; the last line lists a block a mebibyte. */
const MAX_LINE_BYTES = 64 * 1024 * 1024
const MAX_ENTRIES = 20_000_000
const NEWLINE = 0x0a

/**
 * Reads the index beside an archive (format: `docs/format/archive.md`). An index is a convenience that decides nothing by itself, so anything wrong with
 * it (damage, a missing last line, numbers that do not fit, unsafe paths) gives `undefined`, and the caller reads the archive instead.
 * Failures of the input itself (connection lost, cancelled) are thrown.
 */
export async function readIndex(
  input: AsyncIterable<Uint8Array>,
  options: ReadIndexOptions = {},
): Promise<ArchiveIndex | undefined> {
  const entries: ArchiveEntry[] = []
  const reader = createIndexReader(options.keep ?? (() => true), entries, options.maxEntries ?? MAX_ENTRIES)
  const limits = { maxTarBytes: options.maxIndexBytes ?? MAX_INDEX_BYTES, maxRatio: Number.POSITIVE_INFINITY }
  try {
    for await (const chunk of gunzip(input, { limits, ...(options.signal && { signal: options.signal }) })) {
      if (!reader.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) return undefined
    }
  } catch (error) {
    if (!(error instanceof EverstowError) || !['archive-damaged', 'archive-too-large'].includes(error.code))
      throw error
    return undefined
  }
  return reader.end()
}

/** Takes lines as they come; `write` answers false once the index is known to be useless. */
function createIndexReader(
  keep: (entry: ArchiveEntry) => boolean,
  entries: ArchiveEntry[],
  maxEntries: number,
) {
  let head: { readonly version: number; readonly archive: string } | undefined
  let totals: IndexTotals | undefined
  let blocks: GzipBlock[] = []
  const sums: Buffer[] = []
  let entryCount = 0
  let tarPosition = 0
  let partial: Buffer[] = []
  let partialBytes = 0

  function write(chunk: Buffer): boolean {
    let at = 0
    for (let end = chunk.indexOf(NEWLINE, at); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      const piece = chunk.subarray(at, end)
      const line = partialBytes === 0 ? piece : Buffer.concat([...partial, piece])
      partial = []
      partialBytes = 0
      at = end + 1
      if (!readLine(line)) return false
    }
    partial.push(chunk.subarray(at))
    partialBytes += chunk.length - at
    return partialBytes <= MAX_LINE_BYTES
  }

  function readLine(line: Buffer): boolean {
    const value = parseLine(line)
    if (value === undefined || totals) return false
    if (!head) {
      head = indexHead(value)
      return head !== undefined
    }
    if (value.end === true) return readEnd(value, head.version)
    if (head.version > 1 && value.k !== undefined) return readTable(value)
    const entry = blocks.length === 0 ? indexEntry(value) : undefined
    if (!entry || entry.tarOffset < tarPosition || entryCount === maxEntries) return false
    tarPosition = entry.dataOffset + entry.sizeBytes
    entryCount++
    if (keep(entry)) entries.push(entry)
    return true
  }

  function readTable(value: Record<string, unknown>): boolean {
    const table = indexTable(value, blocks.length)
    const before = blocks.at(-1)?.gzipOffset ?? 0
    if (!table || table.blocks[0]!.gzipOffset <= before) return false
    for (const block of table.blocks) blocks.push(block)
    sums.push(table.sums)
    return true
  }

  function readEnd(value: Record<string, unknown>, version: number): boolean {
    totals = indexTotals(value, version)
    if (!totals || totals.entryCount !== entryCount || tarPosition > totals.tarBytes) return false
    if (version > 1)
      return totals.blockCount === blocks.length && (blocks.at(-1)?.gzipOffset ?? 0) < totals.gzipBytes
    const listed = listedBlocks(value, totals)
    blocks = listed ?? []
    return listed !== undefined
  }

  function end(): ArchiveIndex | undefined {
    if (!head || !totals || partialBytes > 0) return undefined
    const { tarBytes, gzipBytes, archiveSha256 } = totals
    const proof = archiveSha256 === undefined ? {} : { archiveSha256, sums: Buffer.concat(sums) }
    return { archive: head.archive, entries, entryCount, tarBytes, gzipBytes, blocks, ...proof }
  }

  return { write, end }
}
