import { damagedArchive, hostileArchive } from './read-limits.ts'

const SPACE = 0x20
const ZERO = 0x30
const SEVEN = 0x37

/**
 * A numeric field of a tar header: octal digits ended by NUL or space (POSIX 1003.1 ustar), or big-endian two's complement with the top bit of
 * the first byte set (GNU "base-256"). Exact for every value up to 96 bits; an empty field is 0.
 */
export function tarBigInt(block: Uint8Array, start: number, length: number, blockOffset: number): bigint {
  if (block[start]! >= 0x80) return base256(block, start, length)
  return BigInt(octal(block, start, length, blockOffset))
}

/** The same as a number; a negative one or one beyond 2^53 is hostile. */
export function tarNumber(block: Uint8Array, start: number, length: number, blockOffset: number): number {
  if (block[start]! < 0x80) return octal(block, start, length, blockOffset)
  const value = base256(block, start, length)
  if (value < 0n) throw hostileArchive('negative-number', blockOffset)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw hostileArchive('huge-number', blockOffset)
  return Number(value)
}

function octal(block: Uint8Array, start: number, length: number, blockOffset: number): number {
  const end = start + length
  let at = start
  while (at < end && block[at] === SPACE) at++
  let value = 0
  for (; at < end; at++) {
    const byte = block[at]!
    if (byte === 0 || byte === SPACE) break
    if (byte < ZERO || byte > SEVEN) throw damagedArchive('bad-number', blockOffset)
    value = value * 8 + (byte - ZERO)
  }
  // At most 12 digits, 36 bits: always exact.
  return value
}

function base256(block: Uint8Array, start: number, length: number): bigint {
  const first = block[start]!
  // Bit 7 marks the encoding, bit 6 is the sign.
  let value = BigInt(first & 0x7f)
  for (let at = start + 1; at < start + length; at++) value = (value << 8n) | BigInt(block[at]!)
  return first & 0x40 ? value - (1n << BigInt(length * 8 - 1)) : value
}
