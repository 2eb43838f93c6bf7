import { crc32 } from 'node:zlib'
import { closeSync, openSync, writeSync } from '../../../env/node/sync-files.ts'

/**
 * The local file of a plan's directories: what the last backup saw, to compare with what is there now; and, in the session folder, what
 * a running backup has finished so far. Never part of a repository, never trusted: every record carries a checksum and everything taken
 * from it is compared with the file system first.
 *
 *     header   "EVSTBT01" (extended attributes were not read) or "EVSTBT02" (they were) ‖ f64 ms since 1970 when the scan began ‖
 *              32 bytes chunk id of the root directory (zeros while unfinished)
 *     record   u32 CRC-32 of the rest ‖ u32 bytes of the rest ‖ u8 kind ‖ 3 zero bytes ‖ u32 bytes of the path ‖ 32 bytes chunk id ‖ path ‖ tree
 */
export const TREE_FILE_HEADER_BYTES = 48
const WITHOUT_XATTRS = Buffer.from('EVSTBT01')
const WITH_XATTRS = Buffer.from('EVSTBT02')

/** Before the part that the checksum covers. */
export const RECORD_FRAME_BYTES = 8
/** Before the path. */
export const RECORD_HEAD_BYTES = RECORD_FRAME_BYTES + 40

/** `file`: a directory of one entry, for a large file whose own directory is not finished yet. */
export const RECORD_KINDS = { directory: 0, file: 1 } as const
export type RecordKind = keyof typeof RECORD_KINDS

/** What a file of directories begins with. */
export interface TreeFileHeader {
  readonly scanStartMs: number
  /** Entries say which extended attributes there are; otherwise nobody has looked. */
  readonly hasXattrs: boolean
  /** Hex; zeros while the backup runs. */
  readonly rootTreeId: string
}

/** The header's bytes. */
export function encodeTreeFileHeader(
  { scanStartMs, hasXattrs }: Omit<TreeFileHeader, 'rootTreeId'>,
  rootTreeId?: Uint8Array,
): Buffer {
  const header = Buffer.alloc(TREE_FILE_HEADER_BYTES)
  header.set(hasXattrs ? WITH_XATTRS : WITHOUT_XATTRS)
  header.writeDoubleLE(scanStartMs, 8)
  if (rootTreeId) header.set(rootTreeId, 16)
  return header
}

/** `undefined` when this is no such file. */
export function decodeTreeFileHeader(bytes: Buffer): TreeFileHeader | undefined {
  if (bytes.length < TREE_FILE_HEADER_BYTES) return undefined
  const magic = bytes.subarray(0, WITH_XATTRS.length)
  const hasXattrs = WITH_XATTRS.equals(magic)
  if (!hasXattrs && !WITHOUT_XATTRS.equals(magic)) return undefined
  return {
    scanStartMs: bytes.readDoubleLE(8),
    hasXattrs,
    rootTreeId: bytes.toString('hex', 16, TREE_FILE_HEADER_BYTES),
  }
}

/** One record of the file. The arrays are views. */
export interface TreeRecord {
  readonly kind: RecordKind
  readonly path: Buffer
  readonly id: Buffer
  readonly tree: Buffer
}

/** Bytes of the record that starts at `at`; 0 when it is cut off or cannot be one. Its content is not looked at. */
export function recordLength(bytes: Buffer, at: number): number {
  if (at + RECORD_HEAD_BYTES > bytes.length) return 0
  const length = RECORD_FRAME_BYTES + bytes.readUInt32LE(at + 4)
  const pathBytes = bytes.readUInt32LE(at + 12)
  return length < RECORD_HEAD_BYTES + pathBytes ? 0 : length
}

/** The record that starts at `at`; `undefined` when it is cut off or damaged. */
export function decodeRecord(bytes: Buffer, at: number): TreeRecord | undefined {
  const length = recordLength(bytes, at)
  if (length === 0 || at + length > bytes.length) return undefined
  const covered = bytes.subarray(at + RECORD_FRAME_BYTES, at + length)
  if (crc32(covered) !== bytes.readUInt32LE(at)) return undefined
  const pathEnd = at + RECORD_HEAD_BYTES + bytes.readUInt32LE(at + 12)
  return {
    kind: bytes[at + 8] === RECORD_KINDS.file ? 'file' : 'directory',
    id: bytes.subarray(at + 16, at + RECORD_HEAD_BYTES),
    path: bytes.subarray(at + RECORD_HEAD_BYTES, pathEnd),
    tree: bytes.subarray(pathEnd, at + length),
  }
}

const BUFFER_BYTES = 512 * 1024

/** Appends records to a new file, gathered to half a MiB a write. */
export class TreeFileWriter {
  readonly path: string
  /** Records added so far. */
  count = 0
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #fill: number
  #file: number

  constructor(path: string, header: Buffer) {
    this.path = path
    this.#file = openSync(path, 'wx', 0o600)
    this.#fill = header.copy(this.#buffer)
  }

  add(kind: RecordKind, path: Uint8Array, id: Uint8Array, tree: Uint8Array): void {
    const length = RECORD_HEAD_BYTES + path.length + tree.length
    if (this.#fill + length > BUFFER_BYTES) this.flush()
    const target = length > BUFFER_BYTES ? Buffer.allocUnsafe(length) : this.#buffer
    const at = target === this.#buffer ? this.#fill : 0
    target.writeUInt32LE(length - RECORD_FRAME_BYTES, at + 4)
    target.writeUInt32LE(RECORD_KINDS[kind], at + 8)
    target.writeUInt32LE(path.length, at + 12)
    target.set(id, at + 16)
    target.set(path, at + RECORD_HEAD_BYTES)
    target.set(tree, at + RECORD_HEAD_BYTES + path.length)
    target.writeUInt32LE(crc32(target.subarray(at + RECORD_FRAME_BYTES, at + length)), at)
    if (target === this.#buffer) this.#fill += length
    else writeAll(this.#file, target)
    this.count++
  }

  /** Adds a record as it stands in another such file. */
  addEncoded(record: Uint8Array): void {
    if (this.#fill + record.length > BUFFER_BYTES) this.flush()
    if (record.length > BUFFER_BYTES) writeAll(this.#file, record)
    else {
      this.#buffer.set(record, this.#fill)
      this.#fill += record.length
    }
    this.count++
  }

  flush(): void {
    writeAll(this.#file, this.#buffer.subarray(0, this.#fill))
    this.#fill = 0
  }

  close(): void {
    this.flush()
    closeSync(this.#file)
  }
}

/** Writes all bytes at the end of what was written before. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at)
}
