import { cpuCount } from '../../env/node/threads.ts'
import { hasCode } from '../../model/errors.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import { keyOfPack, packSourceOf } from '../../repository/read/range-reader.ts'
import { feedThreads } from '../../repository/upkeep/feed-threads.ts'
import type { PackFile } from '../../repository/upkeep/pack-files.ts'
import type { RepackReply, RepackStart, RepackWork } from './repack-messages.ts'

export interface CopyChunksOptions {
  readonly repository: Repository
  /** By the number of the pack: the slots of the chunks to copy, in the order in which they lie there. */
  readonly slots: ReadonlyMap<number, Int32Array>
  /** Where new packs are made. */
  readonly folder: string
  readonly onPack: (file: PackFile) => void
  /** Waited for before the next pack is copied. */
  readonly room: () => Promise<void>
  /** Bytes of a pack that was copied. */
  readonly onBytes?: (bytes: number) => void
  readonly signal?: AbortSignal | undefined
}

const MOST_THREADS = 4
/** Starting a thread costs more than copying a few small packs. */
const BYTES_A_THREAD = 32 * 1024 * 1024

/** Copies chunks into new packs in other threads. Answers the packs that turned out to be damaged: not all of their chunks are copied. */
export async function copyChunks(options: CopyChunksOptions): Promise<ReadonlySet<number>> {
  const { repository, slots, folder, onPack, room, onBytes, signal } = options
  const { keys, index, store } = repository
  const source = packSourceOf(store)
  const start: RepackStart = { keys: keys.cloneable, index: index.handles(), source, folder }
  const queue = [...slots]
  const damaged = new Set<number>()
  const bytes = queue.reduce((sum, [pack]) => sum + index.packs.sizeBytesOf(pack), 0)
  await feedThreads<RepackWork, RepackReply>({
    worker: new URL('./repack-worker.ts', import.meta.url),
    start,
    threads: Math.min(MOST_THREADS, cpuCount(), queue.length, Math.ceil(bytes / BYTES_A_THREAD)),
    signal,
    async next() {
      await room()
      for (let next = queue.pop(); next; next = queue.pop()) {
        const [pack, some] = next
        if (source.kind === 'folder') return { pack, slots: some }
        try {
          return { pack, slots: some, bytes: await wholePack(repository, pack, signal) }
        } catch (error) {
          if (!hasCode(error, 'object-missing')) throw error
          damaged.add(pack)
        }
      }
      return undefined
    },
    onReply(reply) {
      if (reply.type === 'packed') onPack(reply.file)
      else {
        if (reply.isDamaged) damaged.add(reply.pack)
        onBytes?.(index.packs.sizeBytesOf(reply.pack))
      }
    },
  })
  return damaged
}

async function wholePack(
  { index, store }: Repository,
  pack: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { body } = await store.get(keyOfPack(index.packs, pack), signal ? { signal } : {})
  return Buffer.concat((await Array.fromAsync(body)) as Buffer[])
}
