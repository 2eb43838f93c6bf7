import { readSync } from '../../../env/node/sync-files.ts'
import { fromSystemError } from '../../../model/errors.ts'
import { CHUNK_SIZES, type Chunker, createChunker } from '../../../repository/chunking/create-chunker.ts'
import type { ChunkHasher } from '../../../repository/crypto/chunk-id.ts'
import type { RepoKeys } from '../../../repository/crypto/repo-keys.ts'

/** Takes each chunk of a file in order. The bytes are valid only during the call. */
export type TakeChunk = (id: Uint8Array, chunk: Uint8Array) => void

/** Cuts open files into chunks, a part at a time, so that others have their turn. One file at a time. */
export interface ContentReader {
  /** All chunks of the file, which is at most `minBytes` large; the number of bytes read. */
  readSmall(fd: number, sizeBytes: number, take: TakeChunk): number
  /** The chunks of the next part of the file; false at its end. */
  begin(fd: number): { next(take: TakeChunk): boolean; readonly readBytes: number }
}

const BUFFER_BYTES = 2 * CHUNK_SIZES.maxBytes
/** Files of at most so many bytes are one chunk. */
export const SMALL_BYTES = CHUNK_SIZES.minBytes

export function createContentReader(keys: RepoKeys, hasher: ChunkHasher): ContentReader {
  const small = Buffer.allocUnsafeSlow(SMALL_BYTES + 1)
  let chunker: Chunker | undefined

  return {
    readSmall(fd, sizeBytes, take) {
      // One byte more shows that a file has grown.
      const readBytes = fill(fd, small, 0, Math.min(sizeBytes + 1, small.length), 0)
      const chunk = small.subarray(0, readBytes)
      if (readBytes > 0 && readBytes <= SMALL_BYTES) take(hasher.idOf(chunk), chunk)
      return readBytes
    },
    begin(fd) {
      chunker ??= createChunker({
        ...CHUNK_SIZES,
        gearKey: keys.subkey('gear'),
        bufferBytes: BUFFER_BYTES,
      })
      const { buffer, cut } = chunker
      let start = 0
      let end = 0
      let position = 0
      let isLast = false
      return {
        get readBytes() {
          return position
        },
        next(take) {
          buffer.copyWithin(0, start, end)
          end -= start
          start = 0
          const wanted = buffer.length - end
          const count = fill(fd, buffer, end, wanted, position)
          position += count
          end += count
          isLast = count < wanted
          for (let at = cut(0, end, isLast); at > 0; at = cut(start, end, isLast)) {
            const chunk = buffer.subarray(start, at)
            take(hasher.idOf(chunk), chunk)
            start = at
          }
          return !isLast
        },
      }
    },
  }
}

/** Reads until there is enough or the file ends. */
function fill(fd: number, into: Uint8Array, at: number, wanted: number, position: number): number {
  let done = 0
  try {
    while (done < wanted) {
      const count = readSync(fd, into, at + done, wanted - done, position + done)
      if (count === 0) break
      done += count
    }
  } catch (error) {
    throw fromSystemError(error) ?? error
  }
  return done
}
