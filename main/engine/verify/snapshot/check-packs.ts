import { hasCode } from '../../model/errors.ts'
import { packSourceOf } from '../../repository/read/range-reader.ts'
import { feedThreads } from '../../repository/upkeep/feed-threads.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import type { BadPack } from './findings.ts'
import type { ExpectedPack } from './inventory.ts'
import { PACK_CHECK_WORKER, packCheckThreads } from './pack-check-file.ts'
import type { PackCheckReply, PackCheckStart, PackCheckWork } from './pack-check-messages.ts'

export interface CheckPacksOptions {
  readonly packs: readonly ExpectedPack[]
  /** Open every block and prove every chunk, too. */
  readonly contents: boolean
  readonly signal: AbortSignal
  readonly onChecked: (pack: ExpectedPack, reply: PackCheckReply) => void
}

const BYTES_A_THREAD = 16 * 1024 * 1024

/**
 * Reads packs whole and compares them with their names, in other threads. Whatever seems bad is looked at a second time before it is believed: a download
 * may have gone wrong.
 */
export async function checkPacks(place: UpkeepPlace, options: CheckPacksOptions): Promise<BadPack[]> {
  const bad = await checkOnce(place, options)
  if (bad.length === 0) return []
  const again = await checkOnce(place, { ...options, packs: bad.map(({ pack }) => pack) })
  return again.map(({ pack: { packId, b, key }, reply }) => {
    // A state other than these is not among them.
    return { packId, b, key, state: reply.state as BadPack['state'], badBlocks: reply.badBlocks }
  })
}

interface Checked {
  readonly pack: ExpectedPack
  readonly reply: PackCheckReply
}

async function checkOnce(
  { repository }: UpkeepPlace,
  { packs, contents, signal, onChecked }: CheckPacksOptions,
): Promise<Checked[]> {
  const { keys, index, store } = repository
  const source = packSourceOf(store)
  const byNumber = new Map(packs.map((pack) => [pack.pack, pack]))
  const queue = packs.toReversed()
  const bad: Checked[] = []
  const take = (reply: PackCheckReply) => {
    const pack = byNumber.get(reply.pack)!
    onChecked(pack, reply)
    if (reply.state !== 'good') bad.push({ pack, reply })
  }
  const bytes = packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const start: PackCheckStart = { keys: keys.cloneable, index: index.handles(), source, contents }
  await feedThreads<PackCheckWork, PackCheckReply>({
    worker: PACK_CHECK_WORKER,
    start,
    threads: Math.min(packCheckThreads(), queue.length, Math.ceil(bytes / BYTES_A_THREAD)),
    signal,
    async next() {
      for (let next = queue.pop(); next; next = queue.pop()) {
        const { pack, packId, key } = next
        const work = { pack, packId, key }
        if (source.kind === 'folder') return work
        try {
          const { body } = await store.get(key, { signal })
          return { ...work, bytes: Buffer.concat((await Array.fromAsync(body)) as Buffer[]) }
        } catch (error) {
          if (!hasCode(error, 'object-missing')) throw error
          take({ pack, bytes: 0, state: 'missing', badBlocks: undefined })
        }
      }
      return undefined
    },
    onReply: take,
  })
  return bad
}
