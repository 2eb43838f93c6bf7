import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { freeBuffer } from '../../env/node/free-buffer.ts'
import { EverstowError } from '../../model/errors.ts'
import { open } from '../crypto/aead.ts'
import { damaged } from './damaged.ts'
import { BLOCK_HEAD_BYTES } from './pack-layout.ts'

export const CODEC_RAW = 0
export const CODEC_ZSTD = 1

/** zlib's own floor for its buffers. */
const LEAST_BUFFER_BYTES = 64

/** Below this length zstd's bound grows a little faster. */
const SHORT_BYTES = 128 << 10

/**
 * The bytes as one zstd frame (RFC 8878) that states its length, or undefined when that saves less than 1/64: reading raw bytes is cheaper.
 * The frame has a buffer of its own, for `freeBuffer`.
 */
export function compressBlock(plain: Uint8Array, level: number): Uint8Array | undefined {
  const compressed = zstdCompressSync(plain, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    pledgedSrcSize: plain.length,
    // One output buffer that anything fits into: zstd then reads the input where it lies, instead of copying it piece by piece.
    chunkSize: compressBound(plain.length),
  })
  if (compressed.length <= plain.length - (plain.length >>> 6) - 1) return compressed
  freeBuffer(compressed)
  return undefined
}

/** What zstd needs at most for so many bytes (ZSTD_COMPRESSBOUND of zstd.h), and at least what zlib takes for a buffer. */
function compressBound(plainBytes: number): number {
  const margin = plainBytes < SHORT_BYTES ? (SHORT_BYTES - plainBytes) >>> 11 : 0
  return Math.max(LEAST_BUFFER_BYTES, plainBytes + (plainBytes >>> 8) + margin)
}

/**
 * Opens a sealed block that must hold exactly `plainLength` bytes; `data-damaged` otherwise. Output is bounded by that length,
 * whatever the frame claims. The content has a buffer of its own, for `freeBuffer`.
 */
export function openSealedBlock(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
  plainLength: number,
): Uint8Array {
  const text = open(key, nonce, aad, sealed, 'block')
  if (text.length < BLOCK_HEAD_BYTES) throw damaged('block', 'cut')
  const codec = text[0]
  const declared = new DataView(text.buffer, text.byteOffset, text.byteLength).getUint32(1, true)
  if (declared !== plainLength) throw damaged('block', 'block-length')
  const payload = text.subarray(BLOCK_HEAD_BYTES)
  if (codec === CODEC_ZSTD) {
    const plain = decompress(payload, plainLength)
    freeBuffer(text)
    return plain
  }
  if (codec !== CODEC_RAW) throw damaged('block', 'codec')
  if (payload.length !== plainLength) throw damaged('block', 'block-length')
  return payload
}

/** Opens what was just sealed and compares it; `internal` when it is not `plain` byte for byte. */
export function assertOpensTo(
  plain: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): void {
  let again: Uint8Array | undefined
  let cause: unknown
  try {
    again = openSealedBlock(key, nonce, aad, sealed, plain.length)
  } catch (error) {
    cause = error
  }
  if (!again || Buffer.compare(again, plain) !== 0)
    throw new EverstowError('internal', { message: 'a sealed block does not open to what was sealed', cause })
  freeBuffer(again)
}

function decompress(frame: Uint8Array, plainLength: number): Uint8Array {
  let plain: Uint8Array
  try {
    // One byte more than the content: with a buffer that fits exactly zlib allocates a second one to see the end.
    const chunkSize = Math.max(LEAST_BUFFER_BYTES, plainLength + 1)
    plain = zstdDecompressSync(frame, { maxOutputLength: plainLength, chunkSize })
  } catch (cause) {
    throw damaged('block', 'zstd', cause)
  }
  if (plain.length !== plainLength) throw damaged('block', 'block-length')
  return plain
}
