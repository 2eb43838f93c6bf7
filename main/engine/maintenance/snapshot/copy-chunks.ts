import { cpuCount, Worker } from '../../env/node/threads.ts'
import { EverstowError } from '../../model/errors.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import { keyOfPack, packSourceOf } from '../../repository/read/range-reader.ts'
import type { PackFile } from '../../repository/upkeep/pack-files.ts'
import { fromThreadFailure } from '../../sources/files/thread-failure.ts'
import type { FromRepacker, RepackStart, ToRepacker } from './repack-messages.ts'

export interface CopyChunksOptions {
  readonly repository: Repository
  /** By the number of the pack: the slots of the chunks to copy, in the order in which they lie there. */
  readonly slots: ReadonlyMap<number, Int32Array>
  /** Where new packs are made. */
  readonly folder: string
  readonly onPack: (file: PackFile) => void
  readonly signal?: AbortSignal
}

const MOST_THREADS = 4
/** Packs that a thread has before it: one it works on, and the next. */
const AHEAD = 2

/** Copies chunks into new packs in other threads. Answers the packs that turned out to be damaged: not all of their chunks are copied. */
export async function copyChunks(options: CopyChunksOptions): Promise<ReadonlyMap<number, EverstowError>> {
  const { slots, signal } = options
  const queue = [...slots]
  const damaged = new Map<number, EverstowError>()
  const threads = Math.min(MOST_THREADS, cpuCount(), queue.length)
  await Promise.all(Array.from({ length: threads }, () => runThread(options, queue, damaged)))
  if (signal?.aborted) throw new EverstowError('cancelled')
  return damaged
}

async function runThread(
  { repository, folder, onPack, signal }: CopyChunksOptions,
  queue: [number, Int32Array][],
  damaged: Map<number, EverstowError>,
): Promise<void> {
  const { keys, index, store } = repository
  const source = packSourceOf(store)
  const workerData: RepackStart = { keys: keys.cloneable, index: index.handles(), source, folder }
  const worker = new Worker(new URL('./repack-worker.ts', import.meta.url), { workerData, execArgv: [] })
  const post = (message: ToRepacker) => worker.postMessage(message)
  const end = Promise.withResolvers<void>()
  let waiting = 0

  async function feed(): Promise<void> {
    while (waiting < AHEAD) {
      const next = signal?.aborted ? undefined : queue.pop()
      if (!next) {
        if (waiting === 0) post({ type: 'finish' })
        return
      }
      waiting++
      const [pack, slots] = next
      const bytes = source.kind === 'store' ? await wholePack(repository, pack, signal) : undefined
      post({ type: 'copy', pack, slots, ...(bytes && { bytes }) })
    }
  }
  worker.on('message', (message: FromRepacker) => {
    if (message.type === 'packed') onPack(message.file)
    else if (message.type === 'finished') end.resolve()
    else if (message.type === 'failed') end.reject(fromThreadFailure(message.failure))
    else {
      if (message.failure) damaged.set(message.pack, fromThreadFailure(message.failure))
      waiting--
      feed().catch(end.reject)
    }
  })
  worker.on('error', end.reject)
  worker.on('exit', () =>
    end.reject(new EverstowError('internal', { message: 'a repacking thread ended early' })),
  )
  feed().catch(end.reject)
  try {
    await end.promise
  } finally {
    await worker.terminate()
  }
}

async function wholePack(
  { index, store }: Repository,
  pack: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { body } = await store.get(keyOfPack(index.packs, pack), signal ? { signal } : {})
  return Buffer.concat((await Array.fromAsync(body)) as Buffer[])
}
