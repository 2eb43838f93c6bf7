import { damagedArchive } from './read-limits.ts'
import { tarBigInt, tarNumber } from './tar-number.ts'

export const BLOCK_BYTES = 512

/** One 512-byte header as it stands, before pax records and long names are applied. */
export interface TarHeader {
  /** One character; NUL of the oldest format is given as `0`. */
  readonly type: string
  readonly name: Buffer
  readonly linkName: Buffer
  readonly mode: number
  readonly sizeBytes: number
  readonly mtimeSeconds: bigint
  readonly uid: number | undefined
  readonly gid: number | undefined
  readonly userName: string | undefined
  readonly groupName: string | undefined
  /** Old GNU sparse files: another block of the hole map follows. */
  readonly sparseContinues: boolean
}

/**
 * Decodes a header block of the v7, ustar (POSIX 1003.1), GNU and star formats. The checksum is the sum of all bytes with its own field as
 * spaces; some old writers summed signed bytes, which is accepted as every tar does.
 */
export function readTarHeader(block: Buffer, tarOffset: number): TarHeader {
  checkSum(block, tarOffset)
  const magic = block.toString('latin1', 257, 265)
  const posix = magic.startsWith('ustar\0')
  const known = posix || magic === 'ustar  \0'
  return {
    type: block[156] === 0 ? '0' : String.fromCharCode(block[156]!),
    name: posix ? withPrefix(block) : untilNul(block, 0, 100),
    linkName: untilNul(block, 157, 100),
    mode: Number(BigInt.asUintN(12, tarBigInt(block, 100, 8, tarOffset))),
    sizeBytes: tarNumber(block, 124, 12, tarOffset),
    mtimeSeconds: tarBigInt(block, 136, 12, tarOffset),
    uid: id(block, 108, tarOffset),
    gid: id(block, 116, tarOffset),
    userName: (known && untilNul(block, 265, 32).toString('utf8')) || undefined,
    groupName: (known && untilNul(block, 297, 32).toString('utf8')) || undefined,
    sparseContinues: block[482] !== 0,
  }
}

function checkSum(block: Buffer, tarOffset: number): void {
  let unsigned = 8 * 0x20
  let negative = 0
  for (let at = 0; at < BLOCK_BYTES; at++) {
    if (at === 148) at = 156
    const byte = block[at]!
    unsigned += byte
    if (byte >= 0x80) negative++
  }
  const stored = Number(tarBigInt(block, 148, 8, tarOffset))
  if (stored !== unsigned && stored !== unsigned - 256 * negative) {
    throw damagedArchive('header-checksum', tarOffset)
  }
}

/** ustar splits long paths into prefix and name; star ends the prefix earlier and says so in the last four bytes. */
function withPrefix(block: Buffer): Buffer {
  const name = untilNul(block, 0, 100)
  if (block[345] === 0) return name
  const star = block.toString('latin1', 508, 512) === 'tar\0'
  return Buffer.concat([untilNul(block, 345, star ? 131 : 155), Buffer.from('/'), name])
}

function untilNul(block: Buffer, start: number, length: number): Buffer {
  const end = block.indexOf(0, start)
  return block.subarray(start, end < 0 ? start + length : Math.min(end, start + length))
}

/** Owners that no system can have (negative, beyond 32 bits) are left out rather than wrapped around. */
function id(block: Buffer, start: number, tarOffset: number): number | undefined {
  const value = tarBigInt(block, start, 8, tarOffset)
  return value >= 0n && value < 0xffff_ffffn ? Number(value) : undefined
}
