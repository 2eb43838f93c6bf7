/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), which Google Cloud Storage keeps of every object. */
export function crc32cUpdate(crc: number, bytes: Uint8Array): number {
  let state = ~crc
  for (const byte of bytes) state = TABLE[(state ^ byte) & 0xff]! ^ (state >>> 8)
  return ~state >>> 0
}

/** Base64 of the four bytes, most significant first: the form of the API. */
export function crc32cText(crc: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc)
  return bytes.toString('base64')
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value
})
