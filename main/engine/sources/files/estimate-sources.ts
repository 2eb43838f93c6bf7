import { countInThread } from './count-in-thread.ts'
import type { SourceEstimate } from './estimate.ts'
import type { EstimateRequest } from './estimate-worker.ts'

export interface EstimateOptions {
  /** Absolute files, folders or globs. */
  readonly sources: readonly string[]
  readonly exclude?: readonly string[]
  readonly neverInclude?: readonly string[]
  readonly cacheDirTags?: boolean
  /** About ten times a second, with what was found so far. */
  readonly onProgress?: (estimate: SourceEstimate) => void
}

/** Walks the sources in a worker thread, reading no contents. Throws `source-missing`, and `cancelled` soon after the signal. */
export function estimateSources(options: EstimateOptions, signal?: AbortSignal): Promise<SourceEstimate> {
  const { sources, exclude = [], neverInclude = [], cacheDirTags = false } = options
  const request: Omit<EstimateRequest, 'stop'> = { sources, exclude, neverInclude, cacheDirTags }
  return countInThread(new URL('./estimate-worker.ts', import.meta.url), request, signal, options.onProgress)
}
