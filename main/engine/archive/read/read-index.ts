import { EverstowError } from '../../model/errors.ts'
import type { ArchiveEntry, GzipBlock } from '../entry.ts'
import { gunzip } from './gunzip.ts'
import { indexEnd, indexEntry, indexHead } from './index-line.ts'

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
  /** Ascending; the first one starts the tar. */
  readonly blocks: readonly GzipBlock[]
}

export interface ReadIndexOptions {
  /** Which entries to keep in memory; all by default. Called for every entry in the order of the tar. */
  readonly keep?: (entry: ArchiveEntry) => boolean
  /** Uncompressed bytes of the whole index. Default 4 GiB. */
  readonly maxIndexBytes?: number
  readonly signal?: AbortSignal
}

const MAX_INDEX_BYTES = 4 * 1024 ** 3
/** An entry line is a path and a link target of at most 64 KiB each, escaped; the last line lists a block a mebibyte. */
const MAX_LINE_BYTES = 64 * 1024 * 1024
const NEWLINE = 0x0a

/**
 * Reads the index beside an archive (format: `index-format.md`). An index is a convenience that decides nothing by itself, so anything wrong with
 * it (damage, a missing last line, numbers that do not fit, unsafe paths) gives `undefined`, and the caller reads the archive instead.
 * Failures of the input itself (connection lost, cancelled) are thrown.
 */
export async function readIndex(
  input: AsyncIterable<Uint8Array>,
  options: ReadIndexOptions = {},
): Promise<ArchiveIndex | undefined> {
  const entries: ArchiveEntry[] = []
  const reader = createIndexReader(options.keep ?? (() => true), entries)
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
function createIndexReader(keep: (entry: ArchiveEntry) => boolean, entries: ArchiveEntry[]) {
  let archive: string | undefined
  let last: { entryCount: number; tarBytes: number; gzipBytes: number; blocks: GzipBlock[] } | undefined
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
    if (value === undefined || last) return false
    if (archive === undefined) {
      archive = indexHead(value)
      return archive !== undefined
    }
    if (value.end === true) {
      last = indexEnd(value)
      return last !== undefined && last.entryCount === entryCount && tarPosition <= last.tarBytes
    }
    const entry = indexEntry(value)
    if (!entry || entry.tarOffset < tarPosition) return false
    tarPosition = entry.dataOffset + entry.sizeBytes
    entryCount++
    if (keep(entry)) entries.push(entry)
    return true
  }

  function end(): ArchiveIndex | undefined {
    if (archive === undefined || !last || partialBytes > 0) return undefined
    return { archive, entries, ...last }
  }

  return { write, end }
}

function parseLine(line: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    // Not JSON: the whole index counts as absent, which the caller handles.
    return undefined
  }
}
