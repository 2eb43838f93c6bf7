import { asEverstowError, type EverstowError } from '../../model/errors.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import { withFallback } from '../../repository/read/with-fallback.ts'

/**
 * The repository of one place, in which what that place does not have good is read from others: chunk by chunk, and the roots of snapshots. The others are opened
 * when they are needed. Where all fail the error is the first place's.
 */
export function readFromOthersToo(
  repository: Repository,
  others: readonly (() => Promise<Repository>)[],
  onRescued: (what: string, error: EverstowError) => void,
): Repository {
  if (others.length === 0) return repository
  const fetchers = others.map((open) => ({
    chunk: async (id: Uint8Array) => (await open()).fetcher.chunk(id, { alone: true }),
    close() {},
  }))
  return {
    ...repository,
    get destId() {
      return repository.destId
    },
    get index() {
      return repository.index
    },
    get missingSegments() {
      return repository.missingSegments
    },
    get fetcher() {
      return withFallback([repository.fetcher, ...fetchers], ({ chunk, source, error }) => {
        if (source !== undefined) onRescued(chunk, error)
      })
    },
    async root(snapId, signal) {
      try {
        return await repository.root(snapId, signal)
      } catch (caught) {
        const error = asEverstowError(caught)
        if (error.code === 'cancelled') throw error
        for (const open of others) {
          const root = await open()
            .then((other) => other.root(snapId, signal))
            .catch(() => undefined)
          if (!root) continue
          onRescued(snapId, error)
          return root
        }
        throw error
      }
    },
  }
}
