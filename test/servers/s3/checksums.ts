import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { s3Error } from './errors.ts'

/** A running digest of a body. */
export interface Digest {
  update(chunk: Uint8Array): void
  digest(): Buffer
}

/** Additional checksums of the service that this server can verify, by header name without `x-amz-checksum-`. */
const ALGORITHMS: Readonly<Record<string, () => Digest>> = {
  crc32: () => crcDigest((chunk, crc) => crc32(chunk, crc)),
  crc32c: () => crcDigest(updateCrc32c),
  sha1: () => hashDigest('sha1'),
  sha256: () => hashDigest('sha256'),
}

/** Bytes of a value, so that a malformed one is told from a wrong one. */
const SIZES: Readonly<Record<string, number>> = { crc32: 4, crc32c: 4, sha1: 20, sha256: 32 }

const HEADER = /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/

/** The algorithm a header names, or undefined where it is no checksum header. */
export function checksumAlgorithmOf(headerName: string): string | undefined {
  return HEADER.exec(headerName)?.[1]
}

/** A running checksum; `NotImplemented` for what this server cannot verify (it never pretends). */
export function createChecksum(algorithm: string): Digest {
  const create = ALGORITHMS[algorithm]
  if (!create) throw s3Error('NotImplemented', { Header: `x-amz-checksum-${algorithm}` })
  return create()
}

/** A running MD5. */
export function createMd5(): Digest {
  return hashDigest('md5')
}

/** A running SHA-256. */
export function createSha256(): Digest {
  return hashDigest('sha256')
}

/** Refuses a malformed expected value (`InvalidDigest`) and one that differs (`BadDigest`). */
export function verifyDigest(expectedBase64: string, actual: Buffer, algorithm: string): void {
  const expected = Buffer.from(expectedBase64, 'base64')
  const sizeBytes = SIZES[algorithm] ?? actual.byteLength
  if (expected.byteLength !== sizeBytes || expected.toString('base64') !== expectedBase64) {
    throw s3Error('InvalidDigest')
  }
  if (!expected.equals(actual)) throw s3Error('BadDigest')
}

function hashDigest(algorithm: string): Digest {
  const hash = createHash(algorithm)
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest() }
}

function crcDigest(step: (chunk: Uint8Array, crc: number) => number): Digest {
  let crc = 0
  return {
    update(chunk) {
      crc = step(chunk, crc)
    },
    digest() {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(crc >>> 0)
      return bytes
    },
  }
}

/** CRC-32C (Castagnoli), reflected polynomial 0x82F63B78, RFC 3720 appendix B.4. */
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc >>> 0
})

function updateCrc32c(chunk: Uint8Array, crc: number): number {
  let state = ~crc
  for (const byte of chunk) state = (CRC32C_TABLE[(state ^ byte) & 0xff] ?? 0) ^ (state >>> 8)
  return ~state >>> 0
}
