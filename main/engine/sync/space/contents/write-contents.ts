import { writeTo } from '../../../env/node/open-files.ts'
import { writeSync } from '../../../env/node/sync-files.ts'
import { EverstowError, fromSystemError } from '../../../model/errors.ts'
import type { RepoKeys } from '../../../repository/crypto/repo-keys.ts'
import type { PackTable } from '../../../repository/index/pack-table.ts'
import {
  type BlockFetcher,
  createBlockFetcher,
  type OpenedBlock,
} from '../../../repository/read/block-fetcher.ts'
import { storeRangeReader } from '../../../repository/read/range-reader.ts'
import { throwIfCancelled } from '../../../storage/cancel.ts'
import type { ObjectStore } from '../../../storage/object-store.ts'
import { sizeOfContent } from '../../content-text.ts'
import type { Contents } from '../../ports.ts'
import { spacePackKey } from '../space-keys.ts'
import { EMPTY_CONTENT } from './content-name.ts'
import { memoryOf } from './content-orders.ts'
import type { ContentThread } from './content-thread.ts'
import type { SpaceHoldings } from './holdings.ts'

const CACHE_BYTES = 64 * 1024 * 1024
/** Bytes of contents, not written yet, that are fetched before they are wanted. */
const AHEAD_BYTES = 24 * 1024 * 1024
const AHEAD_REQUESTS = 4
const WRITTEN_AT_ONCE_BYTES = 256 * 1024

/** The half of `Contents` that writes. */
export interface ContentWriter extends Pick<Contents, 'expect' | 'write'> {
  /** A chunk of the space, proven. */
  chunk(id: Uint8Array): Promise<Uint8Array>
}

export interface WriterOptions {
  readonly store: ObjectStore
  readonly keys: RepoKeys
  readonly spaceId: string
  readonly holdings: SpaceHoldings
  readonly thread: ContentThread
}

/** Writes contents from the packs of the space, every chunk proven. Blocks are opened and proven in the thread. */
export function createContentWriter(options: WriterOptions): ContentWriter {
  const { store, keys, spaceId, holdings, thread } = options
  const keyOf = (packs: PackTable, pack: number): string =>
    spacePackKey(spaceId, Buffer.from(packs.idOf(pack)).toString('hex'))
  let of = -1
  let current: BlockFetcher | undefined
  let expected: string[] = []
  let fetching = 0
  /** Sizes of expected contents that were fetched and not written yet. */
  const ahead = new Map<string, number>()
  let aheadBytes = 0

  function fetcher(): BlockFetcher {
    if (!current || of !== holdings.generation) {
      const { index, generation } = holdings
      const reader = storeRangeReader(store, index.packs, undefined, keyOf)
      const openElsewhere = (block: number, sealed: Uint8Array): Promise<OpenedBlock> =>
        thread.ask('open', { block, sealed }, [memoryOf(sealed)])
      current = createBlockFetcher({ keys, index, reader, cacheBytes: CACHE_BYTES, openElsewhere })
      of = generation
    }
    return current
  }
  function pump(): void {
    while (fetching < AHEAD_REQUESTS && aheadBytes < AHEAD_BYTES && expected.length > 0) {
      const content = expected.shift() as string
      const first = holdings.chunksOf(content)?.subarray(0, 32)
      if (!first?.length || ahead.has(content)) continue
      const sizeBytes = Math.min(sizeOfContent(content), AHEAD_BYTES)
      ahead.set(content, sizeBytes)
      aheadBytes += sizeBytes
      fetching++
      // What is wrong with it is told when it is written.
      void fetcher()
        .chunk(first)
        .catch(() => {})
        .finally(() => {
          fetching--
          pump()
        })
    }
  }
  function arrived(content: string): void {
    aheadBytes -= ahead.get(content) ?? 0
    ahead.delete(content)
    pump()
  }

  return {
    chunk: (id) => fetcher().chunk(id),
    expect(contents) {
      expected = [...contents]
      ahead.clear()
      aheadBytes = 0
      pump()
    },
    async write(content, fd, signal) {
      throwIfCancelled(signal)
      if (content === EMPTY_CONTENT) return
      const ids = holdings.chunksOf(content)
      if (!ids) throw new EverstowError('chunk-missing', { data: { content } })
      let written: Promise<void> = Promise.resolve()
      try {
        let position = 0
        const chunks = ids.length === 32 ? [await fetcher().chunk(ids)] : fetcher().chunks(ids)
        for await (const chunk of chunks) {
          throwIfCancelled(signal)
          // The next one is fetched while this one is written.
          await written
          written = writeAll(fd, chunk, position)
          written.catch(() => {})
          position += chunk.length
        }
        await written
      } finally {
        // Whoever called closes the file.
        await written.catch(() => {})
        arrived(content)
      }
    },
  }
}

/** Small pieces at once, for waiting would take longer; large ones while others have their turn. */
async function writeAll(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) {
      const left = bytes.subarray(done)
      done +=
        left.length <= WRITTEN_AT_ONCE_BYTES
          ? writeSync(fd, left, 0, left.length, position + done)
          : await writeTo(fd, left, position + done)
    }
  } catch (error) {
    throw fromSystemError(error) ?? error
  }
}
