import { Worker } from '../../env/node/threads.ts'
import { EverstowError } from '../../model/errors.ts'
import { fromThreadFailure, type ThreadFailure } from './thread-failure.ts'

/** What a counting thread tells. */
export type CountMessage<Result> =
  | { readonly type: 'progress'; readonly found: Result }
  | { readonly type: 'done'; readonly found: Result }
  | { readonly type: 'failed'; readonly error: ThreadFailure }

/** Not 0: stop. */
export interface Stoppable {
  readonly stop: Int32Array<SharedArrayBuffer>
}

/** Gives a request to a thread of its own and waits for what it counts. Throws `cancelled` soon after the signal. */
export async function countInThread<Result>(
  file: URL,
  request: object,
  signal: AbortSignal | undefined,
  onProgress?: (found: Result) => void,
): Promise<Result> {
  if (signal?.aborted) throw new EverstowError('cancelled')
  const worker = new Worker(file)
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const onAbort = (): void => {
    Atomics.store(stop, 0, 1)
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await new Promise<Result>((resolve, reject) => {
      worker.on('message', (message: CountMessage<Result>) => {
        if (message.type === 'progress') onProgress?.(message.found)
        else if (message.type === 'done') resolve(message.found)
        else reject(fromThreadFailure(message.error))
      })
      worker.on('error', (error) => reject(new EverstowError('internal', { cause: error })))
      worker.on('exit', () => reject(new EverstowError('internal', { message: 'the count ended early' })))
      worker.postMessage({ ...request, stop })
    })
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
