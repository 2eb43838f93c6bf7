/** One thing inside an archive. Paths are relative, `/` between segments, no `.` or `..` segment, no trailing slash. */
export interface ArchiveEntry {
  /** For people; bytes that are not UTF-8 show as U+FFFD. */
  readonly path: string
  /** The exact bytes of the path, only where they are not valid UTF-8. */
  readonly rawPath?: Uint8Array
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink'
  /** Files only; 0 otherwise. */
  readonly sizeBytes: number
  /** Permission bits, including setuid, setgid and sticky (0 to 0o7777). */
  readonly mode: number
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint
  readonly uid?: number
  readonly gid?: number
  readonly userName?: string
  readonly groupName?: string
  /** symlink: the target as stored. hardlink: the path of the earlier entry. */
  readonly linkTarget?: string
  readonly rawLinkTarget?: Uint8Array
  /** Where the entry's first header block starts in the uncompressed tar. */
  readonly tarOffset?: number
  /** Where its content starts in the uncompressed tar. */
  readonly dataOffset?: number
  /** Hex SHA-256 of the content (files; from the index). */
  readonly sha256?: string
}

/** A sub-range of the gzip stream that can be decompressed alone: uncompressed bytes from `tarOffset`, raw deflate from `gzipOffset`. */
export interface GzipBlock {
  readonly tarOffset: number
  readonly gzipOffset: number
}

/** Bytes of tar in one gzip block: the last one may be shorter. */
export const BLOCK_BYTES = 1 << 20
