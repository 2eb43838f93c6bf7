/** The version of the index that is written. Version 1 has neither checksums nor a directory; a reader takes both. */
export const INDEX_VERSION = 2

/** Bytes of the SHA-256 of a block. */
export const SUM_BYTES = 32

/** Blocks in one line of the block table: a gibibyte of tar. */
export const BLOCKS_A_LINE = 1024

/** Bytes of the second gzip member, which says where the directory lies. */
export const POINTER_BYTES = 70

/** The subfield of RFC 1952's extra field that holds it. */
const SUBFIELD_BYTES = 44
const EXTRA_BYTES = 4 + SUBFIELD_BYTES

/** Where the last piece of an index lies, compressed, and what its bytes hash to. */
export interface IndexPointer {
  readonly offset: number
  readonly sizeBytes: number
  /** SHA-256 of the compressed bytes. */
  readonly sum: Uint8Array
}

/** An empty gzip member that carries the pointer, so that the file stays one that every gzip reader takes. */
export function encodePointer({ offset, sizeBytes, sum }: IndexPointer): Buffer {
  const bytes = Buffer.alloc(POINTER_BYTES)
  bytes.set(HEADER, 0)
  bytes.writeUInt16LE(EXTRA_BYTES, 10)
  bytes.write('EI', 12, 'latin1')
  bytes.writeUInt16LE(SUBFIELD_BYTES, 14)
  bytes.writeBigUInt64LE(BigInt(offset), 16)
  bytes.writeUInt32LE(sizeBytes, 24)
  bytes.set(sum, 28)
  bytes.writeUInt16LE(0x0003, 60)
  return bytes
}

/** The pointer at the end of an index of `indexBytes`, or undefined where it is none or points outside. */
export function decodePointer(bytes: Buffer, indexBytes: number): IndexPointer | undefined {
  if (bytes.length !== POINTER_BYTES) return undefined
  const offset = Number(bytes.readBigUInt64LE(16))
  const pointer = { offset, sizeBytes: bytes.readUInt32LE(24), sum: bytes.subarray(28, 60) }
  // Between the directory and the pointer stands the end of the first member, and nothing else.
  const fits = offset >= HEADER.length && offset + pointer.sizeBytes + 10 + POINTER_BYTES === indexBytes
  if (!fits || !encodePointer(pointer).equals(bytes)) return undefined
  return pointer
}

/** RFC 1952: deflate, with an extra field, no time, system unknown. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255)
