import { createHash } from 'node:crypto'
import { constants, crc32, deflateRawSync } from 'node:zlib'
import { closeSync, fsyncSync, openSync, writeSync } from '../../env/node/sync-files.ts'
import type { ArchiveEntry, GzipBlock } from '../entry.ts'
import { BLOCKS_A_LINE, encodePointer, INDEX_VERSION, SUM_BYTES } from '../index-layout.ts'
import { GZIP_HEADER, gzipTrailer } from './gzip-frame.ts'

/** Text is compressed in pieces of about this size. */
const PIECE_BYTES = 256 * 1024

/** Digests do not compress, the rest does at any level. */
const LEVEL = 4

const KINDS = { file: 'f', directory: 'd', symlink: 'l', hardlink: 'h' } as const

/** The archive an index is of, as it was written. */
export interface IndexedArchive {
  readonly tarBytes: number
  readonly sizeBytes: number
  readonly sha256: string
  readonly blocks: readonly GzipBlock[]
  /** SHA-256 of the tar bytes of each block, one after another. */
  readonly sums: Uint8Array
}

/** Where a piece lies, and what its compressed bytes hash to. */
interface Piece {
  readonly offset: number
  readonly sizeBytes: number
  readonly sum: Uint8Array
}

type DirectoryLine = [offset: number, sizeBytes: number, sum: string, first: string | number]

/** Writes the index beside an archive as `docs/format/archive.md` says. Holds one piece in memory, and a line of the directory for each. */
export class IndexWriter {
  readonly #file: number
  #lines: string[] = []
  #pending = 0
  #firstPath = ''
  #entries = 0
  #crc = 0
  #textBytes = 0
  #fileBytes = 0
  readonly #pieces: DirectoryLine[] = []

  constructor(path: string, archiveName: string) {
    this.#file = openSync(path, 'w', 0o600)
    this.#write(GZIP_HEADER)
    this.#line({ format: 'everstow-archive-index', version: INDEX_VERSION, archive: archiveName })
    this.#piece()
  }

  add(entry: ArchiveEntry): void {
    if (this.#lines.length === 0) this.#firstPath = entry.path
    this.#entries++
    this.#line({
      p: entry.path,
      b: entry.rawPath && Buffer.from(entry.rawPath).toString('base64'),
      t: KINDS[entry.kind],
      s: entry.kind === 'file' ? entry.sizeBytes : undefined,
      m: entry.mode,
      n: String(entry.mtimeNs),
      l: entry.linkTarget,
      lb: entry.rawLinkTarget && Buffer.from(entry.rawLinkTarget).toString('base64'),
      o: entry.tarOffset,
      d: entry.kind === 'file' ? entry.dataOffset : undefined,
      h: entry.sha256,
    })
    if (this.#pending >= PIECE_BYTES) this.#endEntries()
  }

  /** Writes block table and directory, and makes the file durable. */
  finish({ tarBytes, sizeBytes, sha256, blocks, sums }: IndexedArchive): void {
    if (this.#lines.length > 0) this.#endEntries()
    const tables: DirectoryLine[] = []
    for (let first = 0; first < blocks.length; first += BLOCKS_A_LINE) {
      const part = blocks.slice(first, first + BLOCKS_A_LINE)
      const itsSums = sums.subarray(first * SUM_BYTES, (first + part.length) * SUM_BYTES)
      this.#line({
        k: first,
        g: part.map(({ gzipOffset }) => gzipOffset),
        c: Buffer.from(itsSums).toString('base64'),
      })
      tables.push(directoryLine(this.#piece(), first))
    }
    this.#line({
      end: true,
      entries: this.#entries,
      tar_bytes: tarBytes,
      gzip_bytes: sizeBytes,
      sha256,
      blocks: blocks.length,
      pieces: this.#pieces,
      tables,
    })
    const directory = this.#piece()
    this.#write(gzipTrailer(this.#crc, this.#textBytes))
    this.#write(encodePointer(directory))
    fsyncSync(this.#file)
  }

  close(): void {
    closeSync(this.#file)
  }

  #line(record: object): void {
    const text = JSON.stringify(record)
    this.#lines.push(text)
    this.#pending += text.length
  }

  #endEntries(): void {
    const first = this.#firstPath
    this.#pieces.push(directoryLine(this.#piece(), first))
  }

  /** Compresses the lines that wait so that they can be read without what is before them. */
  #piece(): Piece {
    const text = Buffer.from(`${this.#lines.join('\n')}\n`)
    this.#lines = []
    this.#pending = 0
    this.#crc = crc32(text, this.#crc)
    this.#textBytes += text.length
    const bytes = deflateRawSync(text, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH })
    const piece = {
      offset: this.#fileBytes,
      sizeBytes: bytes.length,
      sum: createHash('sha256').update(bytes).digest(),
    }
    this.#write(bytes)
    return piece
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at)
    this.#fileBytes += bytes.length
  }
}

function directoryLine({ offset, sizeBytes, sum }: Piece, first: string | number): DirectoryLine {
  return [offset, sizeBytes, Buffer.from(sum).toString('base64'), first]
}
