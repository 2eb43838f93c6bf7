/**
 * The header of a gzip member (RFC 1952): deflate, no name, no time, so that equal contents give equal bytes; system 255 (unknown).
 */
export const GZIP_HEADER: Uint8Array = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)

/** The end of a member made of flushed blocks: an empty final block, the CRC-32 of all content, its length modulo 2^32. */
export function gzipTrailer(crc: number, contentBytes: number): Uint8Array {
  const trailer = Buffer.alloc(10)
  trailer.writeUInt16LE(0x0003, 0)
  trailer.writeUInt32LE(crc >>> 0, 2)
  trailer.writeUInt32LE(contentBytes % 2 ** 32, 6)
  return trailer
}
