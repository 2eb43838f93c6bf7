/** Castagnoli's polynomial, reflected (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f63b78

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1
  return rest
})

/** CRC-32C over the parts as one text. */
export function crc32c(...parts: readonly Uint8Array[]): number {
  let rest = 0xffffffff
  for (const part of parts)
    for (let at = 0; at < part.length; at++) rest = table[(rest ^ part[at]!) & 0xff]! ^ (rest >>> 8)
  return (rest ^ 0xffffffff) >>> 0
}
