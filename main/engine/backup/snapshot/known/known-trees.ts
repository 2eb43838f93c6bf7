import { crc32 } from 'node:zlib'
import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync } from '../../../env/node/sync-files.ts'
import { systemCodeOf } from '../../../sources/files/fs-path.ts'
import {
  decodeRecord,
  decodeTreeFileHeader,
  encodeTreeFileHeader,
  RECORD_FRAME_BYTES,
  RECORD_HEAD_BYTES,
  RECORD_KINDS,
  recordLength,
  TREE_FILE_HEADER_BYTES,
  type TreeFileHeader,
  TreeFileWriter,
  type TreeRecord,
} from './tree-file.ts'

/** A file of directories to start from. */
export interface KnownTreeFile {
  readonly path: string
  /** Every chunk that its records name is certainly in the repository; otherwise each is looked up before it is taken over. */
  readonly trusted: boolean
  /** Hex: the file counts only when it belongs to this root. */
  readonly rootTreeId: string | undefined
}

/** What is known of one directory. */
export interface KnownTree extends TreeRecord {
  readonly trusted: boolean
  readonly scanStartMs: number
  /** Its entries say which extended attributes there are. */
  readonly hasXattrs: boolean
  /** Its place in the table, to say what became of it. */
  readonly slot: number
}

interface LoadedFile {
  readonly path: string
  readonly trusted: boolean
  readonly scanStartMs: number
  readonly hasXattrs: boolean
  readonly sizeBytes: number
  /** The whole file, unless it is too large for that. */
  readonly bytes: SharedArrayBuffer | undefined
}

/** What another thread needs to use the same table. */
export interface KnownTreesHandles {
  readonly files: readonly LoadedFile[]
  /** Open addressing by the path's CRC-32: 0, or 1 + offset in the file + number of the file × 2^44. */
  readonly table: SharedArrayBuffer
  /** A byte for each row of the table. */
  readonly fates: SharedArrayBuffer
}

/** Files up to this size together are kept in memory as a whole. */
const MEMORY_BYTES = 64 << 20
const FILE_FACTOR = 2 ** 44
const FIRST_READ_BYTES = 16 * 1024

const FATES = { unvisited: 0, kept: 1, replaced: 2 } as const

/** Directories of earlier backups and of this one before it was interrupted, by their path; shared by all threads. */
export class KnownTrees {
  readonly handles: KnownTreesHandles
  readonly #table: Float64Array
  readonly #fates: Uint8Array
  readonly #buffers: (Buffer | undefined)[]
  readonly #open: (number | undefined)[] = []

  constructor(handles: KnownTreesHandles) {
    this.handles = handles
    this.#table = new Float64Array(handles.table)
    this.#fates = new Uint8Array(handles.fates)
    this.#buffers = handles.files.map(({ bytes }) => bytes && Buffer.from(bytes))
  }

  get isEmpty(): boolean {
    return this.handles.files.length === 0
  }

  /** What is known of the directory (or large file) at this path of the snapshot. Damaged records are not known. */
  find(path: Uint8Array, kind: TreeRecord['kind'] = 'directory'): KnownTree | undefined {
    const mask = this.#table.length - 1
    for (let slot = crc32(path) & mask; ; slot = (slot + 1) & mask) {
      const value = this.#table[slot] as number
      if (value === 0) return undefined
      const file = Math.floor((value - 1) / FILE_FACTOR)
      const record = this.#read(file, (value - 1) % FILE_FACTOR)
      if (record === undefined || record.kind !== kind || Buffer.compare(record.path, path) !== 0) continue
      const { trusted, scanStartMs, hasXattrs } = this.handles.files[file] as LoadedFile
      return { ...record, trusted, scanStartMs, hasXattrs, slot }
    }
  }

  /** The directory is as it was: its record belongs into the file for the next backup. */
  keep(known: KnownTree): void {
    this.#fates[known.slot] = FATES.kept
  }

  /** The directory is written anew. */
  replace(known: KnownTree): void {
    this.#fates[known.slot] = FATES.replaced
  }

  /** Copies the records of all directories that were kept. */
  copyKept(writer: TreeFileWriter): void {
    this.#table.forEach((value, slot) => {
      if (value === 0 || this.#fates[slot] !== FATES.kept) return
      const file = Math.floor((value - 1) / FILE_FACTOR)
      const record = this.#read(file, (value - 1) % FILE_FACTOR)
      if (record) writer.add('directory', record.path, record.id, record.tree)
    })
  }

  close(): void {
    for (const file of this.#open) if (file !== undefined) closeSync(file)
    this.#open.length = 0
  }

  #read(file: number, offset: number): TreeRecord | undefined {
    const buffer = this.#buffers[file]
    if (buffer) return decodeRecord(buffer, offset)
    const { path } = this.handles.files[file] as LoadedFile
    this.#open[file] ??= openSync(path, 'r')
    const descriptor = this.#open[file] as number
    const start = readAt(descriptor, offset, FIRST_READ_BYTES)
    const length = recordLength(start, 0)
    if (length <= start.length) return decodeRecord(start, 0)
    return decodeRecord(readAt(descriptor, offset, length), 0)
  }
}

function readAt(file: number, offset: number, lengthBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(lengthBytes)
  return bytes.subarray(0, readSync(file, bytes, 0, lengthBytes, offset))
}

/**
 * Opens the files, of which later ones supersede earlier ones path by path. A file that is missing, foreign or belongs to another root
 * is left out: then more is read again, nothing worse.
 */
export function openKnownTrees(
  files: readonly KnownTreeFile[],
  memoryBytes: number = MEMORY_BYTES,
): KnownTrees {
  let memoryLeft = memoryBytes
  const loaded: LoadedFile[] = []
  for (const given of files) {
    const file = openTreeFile(given, memoryLeft)
    if (!file) continue
    if (file.bytes) memoryLeft -= file.sizeBytes
    loaded.push(file)
  }
  const offsets = loaded.map(recordOffsets)
  const count = offsets.reduce((sum, { length }) => sum + length, 0)
  const rows = 2 ** Math.ceil(Math.log2(Math.max(8, count * 2)))
  const handles: KnownTreesHandles = {
    files: loaded,
    table: new SharedArrayBuffer(rows * 8),
    fates: new SharedArrayBuffer(rows),
  }
  const table = new Float64Array(handles.table)
  // From the last file back: the first record found for a path is the one that counts, and `find` meets it first.
  for (let file = loaded.length - 1; file >= 0; file--) {
    const { hashes, values, length } = offsets[file] as RecordOffsets
    for (let i = length - 1; i >= 0; i--) {
      let slot = (hashes[i] as number) & (rows - 1)
      while (table[slot] !== 0) slot = (slot + 1) & (rows - 1)
      table[slot] = 1 + (values[i] as number) + file * FILE_FACTOR
    }
  }
  return new KnownTrees(handles)
}

function openTreeFile(given: KnownTreeFile, memoryLeft: number): LoadedFile | undefined {
  const { path, trusted, rootTreeId } = given
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const header = decodeTreeFileHeader(readAt(file, 0, TREE_FILE_HEADER_BYTES))
    if (!header || (rootTreeId !== undefined && header.rootTreeId !== rootTreeId)) return undefined
    const { scanStartMs, hasXattrs } = header
    const sizeBytes = sizeOf(file)
    if (sizeBytes > memoryLeft) return { path, trusted, scanStartMs, hasXattrs, sizeBytes, bytes: undefined }
    const bytes = new SharedArrayBuffer(sizeBytes)
    const view = new Uint8Array(bytes)
    let end = 0
    while (end < sizeBytes) {
      const read = readSync(file, view, end, sizeBytes - end, end)
      if (read === 0) break
      end += read
    }
    return { path, trusted, scanStartMs, hasXattrs, sizeBytes: end, bytes }
  } finally {
    closeSync(file)
  }
}

function sizeOf(file: number): number {
  return fstatSync(file).size
}

interface RecordOffsets {
  /** CRC-32 of each record's path. */
  readonly hashes: readonly number[]
  readonly values: readonly number[]
  readonly length: number
}

/** Where the records of a file begin, up to the first that is cut off: a crash leaves at most one of those, at the end. */
function recordOffsets({ path, sizeBytes, bytes }: LoadedFile): RecordOffsets {
  const hashes: number[] = []
  const values: number[] = []
  const whole = bytes && Buffer.from(bytes)
  const file = whole ? undefined : openSync(path, 'r')
  try {
    for (let at = TREE_FILE_HEADER_BYTES; at < sizeBytes; ) {
      // The path follows the head; what is read here reaches beyond it except for the very longest.
      const start = whole ?? readAt(file as number, at, FIRST_READ_BYTES)
      const head = whole ? at : 0
      const length = recordLength(start, head)
      if (length === 0 || at + length > sizeBytes) break
      const pathStart = head + RECORD_HEAD_BYTES
      hashes.push(crc32(start.subarray(pathStart, pathStart + start.readUInt32LE(head + 12))))
      values.push(at)
      at += length
    }
  } finally {
    if (file !== undefined) closeSync(file)
  }
  return { hashes, values, length: hashes.length }
}

/**
 * Writes the file for the next backup: what was kept of the known directories, and what this backup has written anew (`journals`).
 * Afterwards it is complete under its name, or not there.
 */
export function writeNextTreeFile(
  path: string,
  known: KnownTrees,
  journals: readonly string[],
  header: Omit<TreeFileHeader, 'rootTreeId'>,
  rootTreeId: Uint8Array,
): void {
  const temporary = `${path}.tmp`
  rmSync(temporary, { force: true })
  const writer = new TreeFileWriter(temporary, encodeTreeFileHeader(header, rootTreeId))
  known.copyKept(writer)
  for (const journal of journals) copyDirectories(journal, writer)
  writer.close()
  renameSync(temporary, path)
}

const COPY_BYTES = 4 << 20

/** Copies the records of directories, not those of single files, reading the journal in large pieces. */
function copyDirectories(journal: string, writer: TreeFileWriter): void {
  const file = openSync(journal, 'r')
  try {
    const sizeBytes = sizeOf(file)
    let piece: Buffer = Buffer.alloc(0)
    let pieceStart = 0
    for (let at = TREE_FILE_HEADER_BYTES; at < sizeBytes; ) {
      let length = recordLength(piece, at - pieceStart)
      if (length === 0 || at - pieceStart + length > piece.length) {
        piece = readAt(file, at, Math.max(COPY_BYTES, length))
        pieceStart = at
        length = recordLength(piece, 0)
        if (length === 0 || length > piece.length) {
          piece = readAt(file, at, length)
          if (length === 0 || piece.length < length) break
        }
      }
      const start = at - pieceStart
      if (piece[start + RECORD_FRAME_BYTES] === RECORD_KINDS.directory)
        writer.addEncoded(piece.subarray(start, start + length))
      at += length
    }
  } finally {
    closeSync(file)
  }
}
