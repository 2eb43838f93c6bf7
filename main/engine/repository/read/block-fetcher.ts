import { EverstowError } from '../../model/errors.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import type { ChunkIndex } from '../index/chunk-index.ts'
import { createChunkOpener } from './open-chunks.ts'
import type { RangeReader } from './range-reader.ts'

/** Fetches chunks by their ids. Whatever it gives was opened and proven. */
export interface BlockFetcher {
  /** The chunk. `chunk-missing` when the index does not know it, `data-damaged` when what is stored is not it, else what the store says. */
  chunk(id: Uint8Array, how?: HowRead): Promise<Uint8Array>
  /** Brings into the index where these chunks are (32 bytes an id), where it is read in pieces. */
  know(ids: Uint8Array): Promise<void>
  /** The bytes of a directory. */
  tree(id: Uint8Array, how?: HowRead): Promise<Uint8Array>
  /** Many chunks in order (32 bytes an id), read ahead of the consumer. */
  chunks(ids: Uint8Array, how?: HowRead): AsyncGenerator<Uint8Array>
  close(): void
}

export interface HowRead {
  /** Neighbours of the blocks are not wanted: a far store is asked for no more than these. */
  readonly alone?: boolean
}

export interface FetcherOptions {
  readonly keys: RepoKeys
  readonly index: ChunkIndex
  readonly reader: RangeReader
  /** Opened blocks that are kept; default 32 MiB. */
  readonly cacheBytes?: number
  /** For an index that is read in pieces: brings in what it lacks of these chunks. */
  readonly know?: (ids: Uint8Array) => Promise<void>
  /** Opens blocks and proves their chunks in another thread; the sealed bytes move there. For far readers. */
  readonly openElsewhere?: (block: number, sealed: Uint8Array) => Promise<OpenedBlock>
}

/** A block as it was opened. */
export interface OpenedBlock {
  readonly plain: Uint8Array
  /** Slots of chunks in it that are not what they should be; absent where nobody has looked. */
  readonly unproven?: readonly number[]
}

const CACHE_BYTES = 32 * 1024 * 1024
/** A far store is asked for at least so much at a time: neighbours of a block are likely to be wanted next. */
const RANGE_BYTES = 1024 * 1024
/** How far `chunks` reads ahead. */
const AHEAD_BYTES = 8 * 1024 * 1024

/** A fetcher for one destination. Blocks that several callers want at once are read once. */
export function createBlockFetcher(options: FetcherOptions): BlockFetcher {
  const { keys, index, reader, cacheBytes = CACHE_BYTES, know = async () => {}, openElsewhere } = options
  const { blocks } = index
  const opener = createChunkOpener(keys, index)
  const kept = new Map<number, OpenedBlock>()
  const coming = new Map<number, Promise<OpenedBlock>>()
  let keptBytes = 0

  function keep(block: number, opened: OpenedBlock): OpenedBlock {
    kept.set(block, opened)
    keptBytes += opened.plain.length
    for (const [oldest, { plain }] of kept) {
      if (keptBytes <= cacheBytes || oldest === block) break
      kept.delete(oldest)
      keptBytes -= plain.length
    }
    return opened
  }

  /** The opened block, when it needs no waiting. */
  function at(block: number): OpenedBlock | undefined {
    const opened = kept.get(block)
    if (opened) {
      kept.delete(block)
      kept.set(block, opened)
    }
    return opened
  }

  /** The last of those blocks right behind this one that one request brings along. */
  function runFrom(block: number, { alone }: HowRead): number {
    if (alone) return block
    const pack = blocks.packOf(block)
    const start = blocks.offsetOf(block)
    let last = block
    const endOf = (each: number) => blocks.offsetOf(each) + blocks.storedBytesOf(each)
    while (
      reader.depth > 1 &&
      endOf(last) - start < RANGE_BYTES &&
      last + 1 < blocks.count &&
      blocks.packOf(last + 1) === pack &&
      blocks.offsetOf(last + 1) === endOf(last) &&
      !kept.has(last + 1) &&
      !coming.has(last + 1)
    )
      last++
    return last
  }

  async function fetch(block: number, how: HowRead): Promise<OpenedBlock> {
    const known = at(block) ?? coming.get(block)
    if (known) return known
    const last = runFrom(block, how)
    const start = blocks.offsetOf(block)
    const end = blocks.offsetOf(last) + blocks.storedBytesOf(last)
    const sealed = reader.read(blocks.packOf(block), start, end)
    const sealedOf = (bytes: Uint8Array, each: number): Uint8Array => {
      const from = blocks.offsetOf(each) - start
      return bytes.subarray(from, from + blocks.storedBytesOf(each))
    }
    const openHere = (bytes: Uint8Array, each: number): OpenedBlock => ({
      plain: opener.block(each, sealedOf(bytes, each)),
    })
    // A near source's bytes are good until its next call, so they are opened before anything else can happen.
    if (!(sealed instanceof Promise)) return keep(block, openHere(sealed, block))
    const open = (bytes: Uint8Array, each: number): OpenedBlock | Promise<OpenedBlock> => {
      if (!openElsewhere) return openHere(bytes, each)
      // Neighbours share their memory, which can move only once.
      return openElsewhere(each, last === block ? bytes : new Uint8Array(sealedOf(bytes, each)))
    }
    for (let each = block; each <= last; each++) {
      const opened = sealed
        .then((bytes) => open(bytes, each))
        .then((found) => keep(each, found))
        .finally(() => coming.delete(each))
      // A neighbour that nobody asked for may be damaged without anybody being told.
      opened.catch(() => {})
      coming.set(each, opened)
    }
    return coming.get(block)!
  }

  /** The chunk of a slot out of its block, proven. */
  function chunkIn({ plain, unproven }: OpenedBlock, slot: number): Uint8Array {
    if (!unproven || unproven.includes(slot)) return opener.chunk(slot, plain)
    const start = index.offsetOf(slot)
    return plain.subarray(start, start + index.lengthOf(slot))
  }

  function slotOf(id: Uint8Array, offset = 0): number {
    const slot = index.find(id, offset)
    const there = slot >= 0 && index.blockOf(slot) >= 0 && !index.isLost(slot)
    if (there) return slot
    const chunk = Buffer.from(id.subarray(offset, offset + 32)).toString('hex')
    throw new EverstowError('chunk-missing', { data: { chunk } })
  }

  async function chunk(id: Uint8Array, how: HowRead = {}): Promise<Uint8Array> {
    await know(id)
    const slot = slotOf(id)
    return chunkIn(await fetch(index.blockOf(slot), how), slot)
  }

  /** The block of a chunk, when the index knows it; whatever is wrong with it is told when its turn comes. */
  function blockAt(ids: Uint8Array, offset: number): number {
    const slot = index.find(ids, offset)
    return slot < 0 ? -1 : index.blockOf(slot)
  }

  async function* chunks(ids: Uint8Array, how: HowRead = {}): AsyncGenerator<Uint8Array> {
    await know(ids)
    let ahead = 0
    /** Opened bytes between the consumer and `ahead`, a block counting once in each row of chunks it holds. */
    let aheadBytes = 0
    const bytesAt = (offset: number): number => {
      const block = blockAt(ids, offset)
      return block < 0 || (offset > 0 && block === blockAt(ids, offset - 32)) ? 0 : blocks.plainBytesOf(block)
    }
    for (let offset = 0; offset < ids.length; offset += 32) {
      while (
        reader.depth > 1 &&
        ahead < ids.length &&
        aheadBytes < AHEAD_BYTES &&
        coming.size < reader.depth
      ) {
        const block = blockAt(ids, ahead)
        if (block >= 0) fetch(block, how).catch(() => {})
        aheadBytes += bytesAt(ahead)
        ahead += 32
      }
      const slot = slotOf(ids, offset)
      yield chunkIn(await fetch(index.blockOf(slot), how), slot)
      if (ahead > offset) aheadBytes -= bytesAt(offset)
      else ahead = offset + 32
    }
  }

  return { chunk, know, tree: chunk, chunks, close: () => reader.close() }
}
