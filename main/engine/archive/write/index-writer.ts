import { constants, crc32, deflateRawSync } from 'node:zlib'
import { closeSync, fsyncSync, openSync, writeSync } from '../../env/node/sync-files.ts'
import type { ArchiveEntry, GzipBlock } from '../entry.ts'
import { GZIP_HEADER, gzipTrailer } from './gzip-frame.ts'

/** Text is compressed in pieces of about this size. */
const PIECE_BYTES = 256 * 1024

/** Digests do not compress, the rest does at any level. */
const LEVEL = 4

const KINDS = { file: 'f', directory: 'd', symlink: 'l', hardlink: 'h' } as const

/** Writes the index beside an archive, one line an entry, as `index-format.md` says. Holds one piece in memory. */
export class IndexWriter {
  readonly #file: number
  #lines: string[] = []
  #pending = 0
  #entries = 0
  #crc = 0
  #textBytes = 0

  constructor(path: string, archiveName: string) {
    this.#file = openSync(path, 'w', 0o600)
    this.#write(GZIP_HEADER)
    this.#line({ format: 'everstow-archive-index', version: 1, archive: archiveName })
  }

  add(entry: ArchiveEntry): void {
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
      d: entry.dataOffset,
      h: entry.sha256,
    })
  }

  /** Writes the last line and makes the file durable. */
  finish(tarBytes: number, gzipBytes: number, blocks: readonly GzipBlock[]): void {
    this.#line({
      end: true,
      entries: this.#entries,
      tar_bytes: tarBytes,
      gzip_bytes: gzipBytes,
      blocks: blocks.map(({ tarOffset, gzipOffset }) => [tarOffset, gzipOffset]),
    })
    this.#flush()
    this.#write(gzipTrailer(this.#crc, this.#textBytes))
    fsyncSync(this.#file)
  }

  close(): void {
    closeSync(this.#file)
  }

  #line(record: object): void {
    const text = JSON.stringify(record)
    this.#lines.push(text)
    this.#pending += text.length
    if (this.#pending >= PIECE_BYTES) this.#flush()
  }

  #flush(): void {
    const text = Buffer.from(`${this.#lines.join('\n')}\n`)
    this.#lines = []
    this.#pending = 0
    this.#crc = crc32(text, this.#crc)
    this.#textBytes += text.length
    this.#write(deflateRawSync(text, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH }))
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at)
  }
}
