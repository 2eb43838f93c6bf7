import { asEverstowError, type EverstowError, hasCode } from '../../model/errors.ts'
import type { BlockFetcher, HowRead } from './block-fetcher.ts'

/** A chunk that the first source could not give. */
export interface RescuedChunk {
  /** Hex. */
  readonly chunk: string
  /** Which of the sources gave it instead; undefined when none did. */
  readonly source: number | undefined
  /** What was wrong with the first source. */
  readonly error: EverstowError
}

/**
 * Reads from the first source, and what that does not have good, from the next. Tells of every such chunk, so that the first can be mended.
 * The error is the first source's when all fail.
 */
export function withFallback(
  sources: readonly [BlockFetcher, ...Pick<BlockFetcher, 'chunk' | 'close'>[]],
  onRescued: (rescued: RescuedChunk) => void,
): BlockFetcher {
  const [first, ...others] = sources

  async function rescue(id: Uint8Array, cause: unknown): Promise<Uint8Array> {
    const error = asEverstowError(cause)
    if (error.code === 'cancelled') throw error
    const chunk = Buffer.from(id).toString('hex')
    for (const [at, other] of others.entries()) {
      try {
        const bytes = await other.chunk(id)
        onRescued({ chunk, source: at + 1, error })
        return bytes
      } catch (failure) {
        if (asEverstowError(failure).code === 'cancelled') throw failure
        // This one cannot help either; the first source's error tells the most.
      }
    }
    onRescued({ chunk, source: undefined, error })
    throw error
  }

  const chunk: BlockFetcher['chunk'] = (id, how) => first.chunk(id, how).catch((error) => rescue(id, error))

  /** Where the first source cannot even tell where chunks are, they are asked for one by one. */
  const know: BlockFetcher['know'] = (ids) =>
    first.know(ids).catch((error) => {
      if (hasCode(error, 'cancelled')) throw error
    })

  /** Read ahead as long as the first source is good; from a bad chunk on begin anew behind it. */
  async function* chunks(ids: Uint8Array, how?: HowRead): AsyncGenerator<Uint8Array> {
    let done = 0
    while (done < ids.length) {
      try {
        for await (const bytes of first.chunks(ids.subarray(done), how)) {
          done += 32
          yield bytes
        }
      } catch (error) {
        const id = ids.subarray(done, done + 32)
        done += 32
        yield await rescue(id, error)
      }
    }
  }

  return {
    chunk,
    know,
    tree: chunk,
    chunks,
    close: () => {
      for (const source of sources) source.close()
    },
  }
}
