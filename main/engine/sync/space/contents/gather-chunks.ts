import { CHUNK_ID_BYTES } from '../../../repository/crypto/chunk-id.ts'
import { CHUNK_ROW_BYTES } from '../../../repository/format/block-table.ts'
import { BLOCK_BYTES } from './pack-builder.ts'

/** Small chunks in one piece of memory. */
export interface Gathered {
  readonly plain: Uint8Array
  /** `32 bytes id ‖ u32 length` of each. */
  readonly table: Uint8Array
}

/** Gathers chunks for another thread, a block at a time. */
export interface Gathering {
  readonly bytes: number
  /** Whether a chunk of this size has room. */
  hasRoom(sizeBytes: number): boolean
  /** Takes a chunk; the bytes are copied. One that is larger than all room has to come alone. */
  add(id: Uint8Array, chunk: Uint8Array): void
  /** What was gathered; nothing is gathered after. */
  take(): Gathered | undefined
  /** Memory that came back. */
  giveBack(plain: Uint8Array): void
}

export function createGathering(): Gathering {
  let spare: Uint8Array | undefined
  let plain: Uint8Array | undefined
  let bytes = 0
  let rows: Buffer[] = []

  function room(sizeBytes: number): Uint8Array {
    if (sizeBytes > BLOCK_BYTES) return Buffer.allocUnsafeSlow(sizeBytes)
    const own = spare ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
    spare = undefined
    return own
  }
  return {
    get bytes() {
      return bytes
    },
    hasRoom: (sizeBytes) => bytes === 0 || bytes + sizeBytes <= BLOCK_BYTES,
    add(id, chunk) {
      plain ??= room(chunk.length)
      plain.set(chunk, bytes)
      bytes += chunk.length
      const row = Buffer.allocUnsafe(CHUNK_ROW_BYTES)
      row.set(id)
      row.writeUInt32LE(chunk.length, CHUNK_ID_BYTES)
      rows.push(row)
    },
    take() {
      if (!plain) return undefined
      const gathered = { plain, table: Buffer.concat(rows) }
      plain = undefined
      bytes = 0
      rows = []
      return gathered
    },
    giveBack(back) {
      if (back.length === BLOCK_BYTES) spare = back
    },
  }
}

/** Each chunk of what was gathered. */
export function eachGathered(
  { plain, table }: Gathered,
  take: (id: Uint8Array, chunk: Uint8Array) => void,
): void {
  const rows = new DataView(table.buffer, table.byteOffset, table.byteLength)
  for (let row = 0, at = 0; row < table.length; row += CHUNK_ROW_BYTES) {
    const length = rows.getUint32(row + CHUNK_ID_BYTES, true)
    take(table.subarray(row, row + CHUNK_ID_BYTES), plain.subarray(at, at + length))
    at += length
  }
}
