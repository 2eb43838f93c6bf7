import { fileURLToPath } from 'node:url'
import { closeSync, constants, openSync, readSync } from '../../env/node/sync-files.ts'
import { asEverstowError, EverstowError, fromSystemError } from '../../model/errors.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { packKey } from '../format/keys-of-objects.ts'
import type { PackTable } from '../index/pack-table.ts'

/** Reads parts of packs, from wherever they are. */
export interface RangeReader {
  /**
   * Bytes [start, end) of a pack by its number, exactly so many. Near sources answer at once, and then with a view that the next call
   * overwrites; far ones answer with bytes of the caller's own.
   */
  read(pack: number, start: number, end: number): Uint8Array | Promise<Uint8Array>
  /** How many calls may usefully be under way at once. */
  readonly depth: number
  close(): void
}

/** Where a thread finds packs: a folder it can open itself, or through the thread that has the store. */
export type PackSource = { readonly kind: 'folder'; readonly folder: string } | { readonly kind: 'store' }

/** Requests to one store at a time. */
export const STORE_DEPTH = 8

/** How to reach the packs of a store from any thread. */
export function packSourceOf(store: ObjectStore): PackSource {
  if (store.kind !== 'local') return { kind: 'store' }
  const marker = packKey('0'.repeat(64), 0)
  const path = fileURLToPath(store.url(marker)).replaceAll('\\', '/')
  return { kind: 'folder', folder: path.slice(0, -marker.length - 1) }
}

/** Open packs a thread keeps; each is read in a few turns, mostly one after another. */
const MOST_OPEN = 16

/** Reads packs that lie in a folder, with plain system calls into one buffer that is used again and again. */
export function folderRangeReader(folder: string, packs: PackTable): RangeReader {
  const open = new Map<number, number>()
  let buffer = Buffer.alloc(0)

  function fileOf(pack: number): number {
    const known = open.get(pack)
    if (known !== undefined) {
      // Again the youngest: the Map keeps the order of insertion.
      open.delete(pack)
      open.set(pack, known)
      return known
    }
    const oldest = open.size < MOST_OPEN ? undefined : open.entries().next().value
    if (oldest) {
      closeSync(oldest[1])
      open.delete(oldest[0])
    }
    const key = keyOfPack(packs, pack)
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
    try {
      const fd = openSync(`${folder}/${key}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      open.set(pack, fd)
      return fd
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      const isGone = code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP'
      if (isGone) throw new EverstowError('object-missing', { data: { key }, cause: error })
      throw fromSystemError(error, { key }) ?? asEverstowError(error)
    }
  }

  return {
    depth: 1,
    read(pack, start, end) {
      const fd = fileOf(pack)
      const size = end - start
      if (buffer.length < size) buffer = Buffer.allocUnsafeSlow(Math.ceil(size / 2 ** 20) * 2 ** 20)
      let at = 0
      try {
        while (at < size) {
          const count = readSync(fd, buffer, at, size - at, start + at)
          if (count === 0) throw shortPack(packs, pack, end)
          at += count
        }
      } catch (error) {
        throw asEverstowError(error)
      }
      return buffer.subarray(0, size)
    },
    close() {
      for (const fd of open.values()) closeSync(fd)
      open.clear()
    },
  }
}

/** Reads packs from any store; `keyOf` where they lie under other keys than a destination's. */
export function storeRangeReader(
  store: ObjectStore,
  packs: PackTable,
  signal?: AbortSignal,
  keyOf: (packs: PackTable, pack: number) => string = keyOfPack,
): RangeReader {
  return {
    depth: STORE_DEPTH,
    async read(pack, start, end) {
      const bytes = Buffer.allocUnsafeSlow(end - start)
      const key = keyOf(packs, pack)
      const options = { range: { start, end }, ...(signal && { signal }) }
      const { info, body } = await store.get(key, options).catch((error) => {
        // A range past the end of the object: it was cut short.
        if (error instanceof EverstowError && error.code === 'invalid-input')
          throw shortPack(packs, pack, end)
        throw error
      })
      if (info.sizeBytes < end) {
        body.destroy()
        throw shortPack(packs, pack, end)
      }
      let at = 0
      for await (const part of body as AsyncIterable<Uint8Array>) {
        if (at + part.length > bytes.length) break
        bytes.set(part, at)
        at += part.length
      }
      if (at !== bytes.length) throw shortPack(packs, pack, end)
      return bytes
    },
    close() {},
  }
}

/** The reader for a store: straight from the disk where it is a folder. */
export function rangeReaderOf(store: ObjectStore, packs: PackTable, signal?: AbortSignal): RangeReader {
  const source = packSourceOf(store)
  return source.kind === 'folder'
    ? folderRangeReader(source.folder, packs)
    : storeRangeReader(store, packs, signal)
}

/** The key under which a destination has a pack. */
export function keyOfPack(packs: PackTable, pack: number): string {
  return packKey(Buffer.from(packs.idOf(pack)).toString('hex'), packs.beganAt(pack))
}

function shortPack(packs: PackTable, pack: number, end: number): EverstowError {
  return new EverstowError('data-damaged', {
    data: { name: keyOfPack(packs, pack), reason: 'too-short', end },
  })
}
