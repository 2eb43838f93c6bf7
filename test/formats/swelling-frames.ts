/** What a bomb swells to. */
export const LARGE_BYTES = 1024 ** 3
/** Windows of 128 KiB, which every reader takes, up to two gibibytes, the largest of the format. */
export const WINDOW_LOGS: readonly number[] = [17, 27, 28, 31]

/** Those of `bombs-child.ts`: files, gzip within gzip, and frames as what an object of four kinds holds. */
export const BOMBS = 8 + 4 * WINDOW_LOGS.length

const MAGIC = 0xfd2fb528
const LARGEST_BLOCK_BYTES = 128 * 1024
const RUN = 1

/**
 * A frame of zstd (RFC 8878) that asks for a window of 2^windowLog bytes and gives so many zeros, in runs of 128 KiB that take four bytes each: 32,768 to one.
 */
export function zstdOfZeros(windowLog: number, sizeBytes: number): Buffer {
  const head = Buffer.alloc(6)
  head.writeUInt32LE(MAGIC, 0)
  // No checksum, no size said before; then the window.
  head[5] = (windowLog - 10) << 3
  const runs = Math.ceil(sizeBytes / LARGEST_BLOCK_BYTES)
  const blocks = Buffer.alloc(4 * runs)
  for (let at = 0; at < runs; at++)
    blocks.writeUIntLE((LARGEST_BLOCK_BYTES << 3) | (RUN << 1) | (at === runs - 1 ? 1 : 0), 4 * at, 3)
  return Buffer.concat([head, blocks])
}
