import { constants, deflateRawSync } from 'node:zlib'

/** A block is stored as it is when a sample of it shrinks to more than this. */
const HOPELESS_RATIO = 0.985

/** The sample: this many pieces of that size, spread evenly over the block. */
const SAMPLE_PIECES = 8
const SAMPLE_PIECE_BYTES = 4096
const SAMPLE_BYTES = SAMPLE_PIECES * SAMPLE_PIECE_BYTES

/** Bits a byte above which a sample looks compressed or encrypted. 32 KiB of pure noise measure about 7.994. */
const NOISE_BITS = 7.9

/**
 * Compresses a block to raw deflate that refers to nothing before it and ends on a byte (an empty stored block, as `Z_SYNC_FLUSH` writes),
 * so that blocks put after one another are one deflate stream (RFC 1951), each readable from its own start. Blocks that are already
 * compressed are stored, about fifty times as fast as finding out the long way.
 */
export function deflateBlock(block: Uint8Array, level: number, sample: Uint8Array): Uint8Array {
  if (level === 0 || isHopeless(block, sample)) return deflate(block, 0)
  const compressed = deflate(block, level)
  return compressed.length < block.length ? compressed : deflate(block, 0)
}

/** Room for the sample of `deflateBlock`; one per thread. */
export function sampleBuffer(): Uint8Array {
  return new Uint8Array(SAMPLE_BYTES)
}

function deflate(bytes: Uint8Array, level: number): Uint8Array {
  return deflateRawSync(bytes, {
    level,
    memLevel: 9,
    finishFlush: constants.Z_SYNC_FLUSH,
    // Everything in one piece: no copying together, and one buffer that the caller can free.
    chunkSize: bytes.length + 4096,
  })
}

/** Cheap first: the spread of byte values; then, because repeated noise looks like noise, a quick trial. */
function isHopeless(block: Uint8Array, sample: Uint8Array): boolean {
  if (block.length < 4 * SAMPLE_BYTES) return false
  const stride = Math.floor((block.length - SAMPLE_PIECE_BYTES) / (SAMPLE_PIECES - 1))
  for (let piece = 0; piece < SAMPLE_PIECES; piece++)
    sample.set(
      block.subarray(piece * stride, piece * stride + SAMPLE_PIECE_BYTES),
      piece * SAMPLE_PIECE_BYTES,
    )
  return entropyBits(sample) > NOISE_BITS && deflate(sample, 1).length > HOPELESS_RATIO * sample.length
}

/** Shannon entropy of the byte values, bits a byte. */
function entropyBits(bytes: Uint8Array): number {
  const counts = new Uint32Array(256)
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1
  let bits = 0
  for (const seen of counts) if (seen > 0) bits -= (seen / bytes.length) * Math.log2(seen / bytes.length)
  return bits
}
