import { freeBuffer } from '../../../env/node/free-buffer.ts'
import type { Random } from '../../../env/random.ts'
import { looksIncompressible, SAMPLE_BYTES } from '../../../repository/chunking/look-at-content.ts'
import type { RepoKeys } from '../../../repository/crypto/repo-keys.ts'
import { CHUNK_ROW_BYTES } from '../../../repository/format/block-table.ts'
import {
  createPackWriter,
  type FinishedPack,
  type PackWriter,
} from '../../../repository/format/pack-writer.ts'

/** A finished pack in memory, and the chunks it holds. */
export interface BuiltPack extends FinishedPack {
  readonly bytes: Uint8Array
  /** Ids of its chunks, as `chunkText` writes them. */
  readonly chunks: readonly string[]
}

/** Gathers chunks into blocks and packs, synchronously. */
export interface PackBuilder {
  /** Takes a chunk; the bytes are copied. Gives a pack when one became full. */
  add(id: Uint8Array, chunk: Uint8Array): BuiltPack | undefined
  /** Finishes what is open, if anything is. */
  finish(): BuiltPack | undefined
}

export const BLOCK_BYTES = 2 * 1024 * 1024
const PACK_BYTES = 16 * 1024 * 1024
const LEVEL = 3

/** An id of a chunk as the key of a Map. */
export const chunkText = (id: Uint8Array, offset = 0): string =>
  Buffer.from(id.buffer, id.byteOffset + offset, 32).toString('latin1')

export function createPackBuilder(keys: RepoKeys, random: Random): PackBuilder {
  let plain = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  let plainBytes = 0
  let rows: Buffer[] = []
  let chunks: string[] = []
  let open: { readonly writer: PackWriter; readonly pieces: Buffer[] } | undefined

  function begin() {
    const pieces: Buffer[] = []
    const write = (bytes: Uint8Array) => void pieces.push(Buffer.from(bytes))
    const writer = createPackWriter({ keys, kind: 'data', level: LEVEL, salt: random.bytes(32), write })
    return { writer, pieces }
  }
  function flush(): void {
    if (plainBytes === 0) return
    open ??= begin()
    const middle = Math.max(0, (plainBytes - SAMPLE_BYTES) >>> 1)
    const sample = plain.subarray(middle, Math.min(plainBytes, middle + SAMPLE_BYTES))
    const compress = sample.length < SAMPLE_BYTES || !looksIncompressible(sample)
    open.writer.addBlock(plain.subarray(0, plainBytes), Buffer.concat(rows), compress)
    plainBytes = 0
    rows = []
  }
  function close(): BuiltPack | undefined {
    if (!open) return undefined
    const finished = open.writer.finish()
    const built = { ...finished, bytes: joined(open.pieces, finished.sizeBytes), chunks }
    open = undefined
    chunks = []
    return built
  }

  return {
    add(id, chunk) {
      if (plainBytes > 0 && plainBytes + chunk.length > BLOCK_BYTES) flush()
      const full = open && open.writer.sizeBytes >= PACK_BYTES ? close() : undefined
      if (chunk.length > plain.length) plain = Buffer.allocUnsafeSlow(chunk.length)
      plain.set(chunk, plainBytes)
      plainBytes += chunk.length
      const row = Buffer.allocUnsafe(CHUNK_ROW_BYTES)
      row.set(id)
      row.writeUInt32LE(chunk.length, 32)
      rows.push(row)
      chunks.push(chunkText(id))
      return full
    },
    finish() {
      flush()
      return close()
    },
  }
}

/** All of it in memory of its own, which may move to another thread. */
function joined(pieces: readonly Buffer[], sizeBytes: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
    freeBuffer(piece)
  }
  return bytes
}
