import { createHash, type Hash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from '../../env/node/sync-files.ts'
import { type Random, randomHex } from '../../env/random.ts'
import { fromSystemError } from '../../model/errors.ts'
import { BLOCK_ROW_BYTES, createBlockTable } from './block-table.ts'
import { CHUNK_ROW_BYTES, CHUNK_WORDS, ChunkIndex, forgetSession } from './chunk-index.ts'
import { type GrowableRows, rowWords } from './growable-rows.ts'
import { createIdTable } from './id-table.ts'
import { createPackTable, PACK_ROW_BYTES } from './pack-table.ts'

/**
 * The file: eight words of header (magic, version, rows of packs, blocks and chunks, bytes of the state key, two zeros), the state
 * key filled up to whole words, the rows, and the SHA-256 of all that. It is a cache of one machine, so words are as the machine has
 * them: another byte order does not know the magic.
 */
const MAGIC = 0x58495645
const VERSION = 1
const HEADER_WORDS = 8
const HASH_BYTES = 32
const STEP_BYTES = 1024 * 1024
const LONGEST_KEY_BYTES = 64 * 1024

export interface SaveIndexOptions {
  /** What the content belongs to, such as the log's position and hash; `loadIndex` gives it back. */
  readonly stateKey: string
  readonly random: Random
}

/**
 * Writes the whole index into a file, atomically. Chunks without a location are left out, and what the session used is forgotten.
 * Only between sessions. It reads and hashes about 1.5 GB a second: for millions of chunks call it in a worker.
 */
export function saveIndex(index: ChunkIndex, path: string, { stateKey, random }: SaveIndexOptions): void {
  const temporary = join(dirname(path), `.${basename(path)}.tmp-${randomHex(random, 6)}`)
  const fd = openSync(temporary, 'wx', 0o600)
  try {
    try {
      writeIndex(fd, index, Buffer.from(stateKey))
      // Not the folder: after a power loss the old file or the new one is there, and either is right about itself.
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw fromSystemError(error, { path }) ?? error
  }
}

export interface LoadedIndex {
  readonly index: ChunkIndex
  readonly stateKey: string
}

/**
 * The index in a file, with room for `roomForChunks` more. `undefined` when there is none, or it is unreadable, damaged, or of another
 * version: whoever asks builds it anew from the repository.
 */
export function loadIndex(path: string, roomForChunks = 0): LoadedIndex | undefined {
  try {
    const fd = openSync(path, 'r')
    try {
      return readIndex(fd, fstatSync(fd).size, roomForChunks)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    // Missing or unreadable: it is a cache, and without it there is only more to do.
    if (typeof (error as NodeJS.ErrnoException).syscall === 'string') return undefined
    throw error
  }
}

function writeIndex(fd: number, index: ChunkIndex, key: Uint8Array): void {
  const { chunks, blocks, packs } = index.handles()
  const hash = createHash('sha256')
  const write = (bytes: Uint8Array) => {
    hash.update(bytes)
    writeAll(fd, bytes)
  }
  const counts = [index.packs.numbers, index.blocks.count, index.slots] as const
  write(bytesOf(Uint32Array.of(MAGIC, VERSION, ...counts, key.length, 0, 0)))
  write(padded(key))
  eachStep(packs.rows, counts[0], (words) => write(bytesOf(words)))
  eachStep(blocks.rows, counts[1], (words) => write(bytesOf(words)))
  eachStep(chunks.rows, counts[2], (words) => {
    for (let row = 0; row < words.length; row += CHUNK_ROW_BYTES / 4) forgetSession(words, row)
    write(bytesOf(words))
  })
  writeAll(fd, hash.digest())
}

function readIndex(fd: number, sizeBytes: number, roomForChunks: number): LoadedIndex | undefined {
  const hash = createHash('sha256')
  const header = new Uint32Array(HEADER_WORDS)
  if (!readAll(fd, bytesOf(header), hash)) return undefined
  const [magic, version, packCount = 0, blockCount = 0, chunkCount = 0, keyBytes = 0] = header
  if (magic !== MAGIC || version !== VERSION || keyBytes > LONGEST_KEY_BYTES) return undefined
  const keyRoom = Math.ceil(keyBytes / 4) * 4
  const rowsBytes = packCount * PACK_ROW_BYTES + blockCount * BLOCK_ROW_BYTES + chunkCount * CHUNK_ROW_BYTES
  // Before memory is asked for: the counts come from a file that may be damaged.
  if (sizeBytes !== HEADER_WORDS * 4 + keyRoom + rowsBytes + HASH_BYTES) return undefined

  const key = Buffer.alloc(keyRoom)
  const packs = createPackTable(packCount)
  const blocks = createBlockTable(blockCount)
  const chunks = createIdTable(CHUNK_WORDS, chunkCount + roomForChunks)
  const whole =
    readAll(fd, key, hash) &&
    readAll(fd, rowBytes(packs.handles.rows, packCount), hash) &&
    readAll(fd, rowBytes(blocks.handles.rows, blockCount), hash) &&
    readAll(fd, rowBytes(chunks.handles.rows, chunkCount), hash)
  const expected = Buffer.alloc(HASH_BYTES)
  if (!whole || !readAll(fd, expected) || !hash.digest().equals(expected)) return undefined

  packs.adopt(packCount)
  blocks.adopt(blockCount)
  // Nothing names chunks by slot: those that were never stored go.
  chunks.adopt(chunkCount, true)
  return { index: new ChunkIndex(chunks, blocks, packs), stateKey: key.toString('utf8', 0, keyBytes) }
}

/** Copies of the first `count` rows, some at a time. */
function eachStep(rows: GrowableRows, count: number, take: (words: Uint32Array) => void): void {
  const words = rowWords(rows)
  const stepWords = Math.floor(STEP_BYTES / 4 / rows.rowWords) * rows.rowWords
  const copy = new Uint32Array(stepWords)
  const end = count * rows.rowWords
  for (let at = 0; at < end; at += stepWords) {
    const part = words.subarray(at, Math.min(at + stepWords, end))
    copy.set(part)
    take(copy.subarray(0, part.length))
  }
}

function rowBytes(rows: GrowableRows, count: number): Uint8Array {
  return new Uint8Array(rows.buffer, 0, count * rows.rowWords * 4)
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
}

function padded(key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(key.length / 4) * 4)
  bytes.set(key)
  return bytes
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
}

/** Fills `bytes` from the file, hashing while they are in the processor's cache; false when the file ends before. */
function readAll(fd: number, bytes: Uint8Array, hash?: Hash): boolean {
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(fd, bytes, done, Math.min(STEP_BYTES, bytes.length - done), null)
    if (read === 0) return false
    hash?.update(bytes.subarray(done, done + read))
    done += read
  }
  return true
}
