import type { Readable } from 'node:stream'
import type { ByteRange } from '../../storage/object-store.ts'

/** An archive as stored bytes, wherever they lie: a file, an object in a place, a copy being downloaded. */
export interface ArchiveSource {
  readonly sizeBytes: number
  /** Hex SHA-256 of the whole archive, from its metadata. */
  readonly sha256?: string
  /** Hex MD5 of the whole archive; what archives of older systems have instead. */
  readonly md5?: string
  /** Bytes [start, end) of the archive, all of it by default; each call is independent. */
  open(range?: ByteRange): Readable
}

/** What reading a range needs; an `ArchiveSource` is one. */
export interface RangeSource {
  readonly sizeBytes: number
  open(range?: ByteRange): AsyncIterable<Uint8Array>
}
