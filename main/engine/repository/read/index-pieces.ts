import { inParallel } from '../../env/in-parallel.ts'
import { asEverstowError, hasCode } from '../../model/errors.ts'
import { CHUNK_ID_BYTES } from '../crypto/chunk-id.ts'
import {
  type Finder,
  MOST_IN_SLICES,
  openFinderPage,
  openSlice,
  pageOfChunk,
  slicesOfChunk,
} from '../format/finder.ts'
import { finderKey, indexKey } from '../format/keys-of-objects.ts'
import { decodeSegment, type SegmentPack } from '../format/segment.ts'
import type { ChunkIndex } from '../index/chunk-index.ts'
import { nameOfPage, nameOfSlice, type PiecesContext, readPiece, SEGMENT_START_BYTES } from './open-pieces.ts'

/** A segment of which the index has some packs only. */
export interface PartialSegment {
  readonly segId: string
  readonly b: number
  readonly finder: Finder
  /** The first bytes of it, as stored. */
  readonly start: Uint8Array
  /** Takes packs into the index. */
  readonly take: (packs: readonly SegmentPack[]) => void
}

/** What an index lacks, to be brought into it when it is asked for. */
export interface IndexPieces {
  add(segment: PartialSegment): Promise<void>
  /** Whether nothing is lacking. */
  readonly isWhole: boolean
  /** Brings in where these chunks are (32 bytes an id), as far as segments say it. */
  know(ids: Uint8Array): Promise<void>
}

const AT_ONCE = 8

/** The segments of one index that are read in pieces. `onMissing` is told of those that could not be had. */
export function createIndexPieces(
  context: PiecesContext,
  index: ChunkIndex,
  onMissing: (segId: string) => void,
): IndexPieces {
  const open = new Map<string, OpenPieces>()

  const lacks = (ids: Uint8Array, at: number): boolean => {
    const slot = index.find(ids, at)
    return slot < 0 || index.blockOf(slot) < 0
  }
  function lacking(ids: Uint8Array): number[] {
    const offsets: number[] = []
    for (let at = 0; at < ids.length; at += CHUNK_ID_BYTES) if (lacks(ids, at)) offsets.push(at)
    return offsets
  }

  /** Once, however many ask. */
  function wholeOf(pieces: OpenPieces): Promise<void> {
    pieces.whole ??= takeWhole(pieces).catch((error) => {
      pieces.whole = undefined
      throw error
    })
    return pieces.whole
  }

  async function takeWhole({ segment }: OpenPieces): Promise<void> {
    const { segId, b, take } = segment
    try {
      take(decodeSegment(await context.sealed.open('index', segId, b)))
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code !== 'data-damaged' && error.code !== 'object-missing') throw error
      context.messages.error('index segment cannot be read', { segment: segId, error })
      onMissing(segId)
    }
    open.delete(segId)
  }

  async function knowFrom(pieces: OpenPieces, ids: Uint8Array, offsets: readonly number[]): Promise<void> {
    try {
      if (!pieces.whole && (await pieces.find(ids, offsets))) return
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code !== 'data-damaged' && error.code !== 'object-missing') throw error
      context.messages.warn('pieces of the index cannot be read', { segment: pieces.segment.segId, error })
    }
    await wholeOf(pieces)
  }

  return {
    async add(segment) {
      const pieces = openPieces(context, segment)
      open.set(segment.segId, pieces)
      await pieces.begin()
    },
    get isWhole() {
      return open.size === 0
    },
    async know(ids) {
      if (open.size === 0) return
      const offsets = lacking(ids)
      if (offsets.length === 0) return
      await Promise.all([...open.values()].map((pieces) => knowFrom(pieces, ids, offsets)))
      // A segment says itself what it holds; its finder only where to look first.
      if (lacking(ids).length > 0) await Promise.all([...open.values()].map((pieces) => wholeOf(pieces)))
    },
  }
}

interface OpenPieces {
  readonly segment: PartialSegment
  /** All of the segment is coming, or has come. */
  whole: Promise<void> | undefined
  /** Takes in what the first bytes hold. */
  begin(): Promise<void>
  /** Takes in the slices that these ids may be in; false where reading the whole costs less. */
  find(ids: Uint8Array, offsets: readonly number[]): Promise<boolean>
}

function openPieces(context: PiecesContext, segment: PartialSegment): OpenPieces {
  const { segId, b, finder, start, take } = segment
  const { head } = finder
  const pages = new Map<number, Promise<Uint32Array>>()
  const slices = new Map<number, Promise<void>>()
  let readBytes = 0

  /** Each piece once, however many ask; one that failed is tried anew. */
  function once<T>(of: Map<number, Promise<T>>, at: number, read: () => Promise<T>): Promise<T> {
    const known = of.get(at)
    if (known) return known
    const coming = read()
    of.set(at, coming)
    coming.catch(() => of.delete(at))
    return coming
  }

  const page = (at: number): Promise<Uint32Array> =>
    once(pages, at, async () => {
      const name = nameOfPage(segId, at)
      const bytes = await readPiece(context, name, finderKey(segId, b), head.pages[at]!)
      const rows = openFinderPage(context.keys, finder, at, bytes)
      await context.kept.put(name, bytes)
      return rows
    })

  const slice = (at: number): Promise<void> =>
    once(slices, at, async () => {
      const name = nameOfSlice(segId, at)
      const bytes = await readPiece(context, name, indexKey(segId, b), head.slices[at]!)
      take(openSlice(context.keys, finder, at, bytes))
      await context.kept.put(name, bytes)
    })

  /** Whether so many more bytes may come in pieces. */
  function afford(parts: readonly { readonly start: number; readonly end: number }[]): boolean {
    const bytes = parts.reduce((sum, part) => sum + part.end - part.start, 0)
    if (readBytes + bytes > head.segmentBytes * MOST_IN_SLICES) return false
    readBytes += bytes
    return true
  }

  /** A slice that is not good is fetched again when somebody wants it. */
  function isTaken(at: number, bytes: Uint8Array): boolean {
    try {
      take(openSlice(context.keys, finder, at, bytes))
      return true
    } catch (error) {
      if (!hasCode(error, 'data-damaged')) throw error
      return false
    }
  }

  return {
    segment,
    whole: undefined,
    async begin() {
      for (const [at, { start: from, end }] of head.slices.entries()) {
        if (end > SEGMENT_START_BYTES) break
        const name = nameOfSlice(segId, at)
        const fetched = end <= start.length ? start.subarray(from, end) : undefined
        const bytes = fetched ?? (await context.kept.get(name))
        if (!bytes || !isTaken(at, bytes)) continue
        slices.set(at, Promise.resolve())
        if (fetched) await context.kept.put(name, fetched)
      }
    },
    async find(ids, offsets) {
      const wanted = new Set(offsets.map((at) => pageOfChunk(finder, ids, at)))
      const fresh = [...wanted].filter((at) => !pages.has(at))
      if (!afford(fresh.map((at) => head.pages[at]!))) return false
      await inParallel(wanted, AT_ONCE, page)
      const found = new Set<number>()
      for (const at of offsets)
        for (const one of slicesOfChunk(finder, await page(pageOfChunk(finder, ids, at)), ids, at))
          found.add(one)
      if (!afford([...found].filter((at) => !slices.has(at)).map((at) => head.slices[at]!))) return false
      await inParallel(found, AT_ONCE, slice)
      return true
    },
  }
}
