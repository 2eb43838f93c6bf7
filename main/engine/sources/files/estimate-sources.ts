import { Worker } from '../../env/node/threads.ts'
import { EverstowError } from '../../model/errors.ts'
import type { EstimateMessage, EstimateRequest } from './estimate-worker.ts'
import { fromThreadFailure } from './thread-failure.ts'

export interface EstimateOptions {
  /** Absolute files, folders or globs. */
  readonly sources: readonly string[]
  readonly exclude?: readonly string[]
  readonly neverInclude?: readonly string[]
  readonly cacheDirTags?: boolean
  /** About ten times a second, with what was found so far. */
  readonly onProgress?: (estimate: SourceEstimate) => void
}

/** What a backup of these sources would hold. */
export interface SourceEstimate {
  readonly files: number
  readonly directories: number
  readonly bytes: number
  /** Things that could not be looked at, and sockets, pipes and devices. */
  readonly skipped: number
}

/** Walks the sources in a worker thread, reading no contents. Throws `source-missing`, and `cancelled` soon after the signal. */
export async function estimateSources(
  options: EstimateOptions,
  signal?: AbortSignal,
): Promise<SourceEstimate> {
  if (signal?.aborted) throw new EverstowError('cancelled')
  const worker = new Worker(new URL('./estimate-worker.ts', import.meta.url))
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const onAbort = (): void => {
    Atomics.store(stop, 0, 1)
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await new Promise<SourceEstimate>((resolve, reject) => {
      worker.on('message', (message: EstimateMessage) => {
        if (message.type === 'progress') options.onProgress?.(message.estimate)
        else if (message.type === 'done') resolve(message.estimate)
        else reject(fromThreadFailure(message.error))
      })
      worker.on('error', (error) => reject(new EverstowError('internal', { cause: error })))
      worker.on('exit', () => reject(new EverstowError('internal', { message: 'the estimate ended early' })))
      worker.postMessage({
        sources: options.sources,
        exclude: options.exclude ?? [],
        neverInclude: options.neverInclude ?? [],
        cacheDirTags: options.cacheDirTags ?? false,
        stop,
      } satisfies EstimateRequest)
    })
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
