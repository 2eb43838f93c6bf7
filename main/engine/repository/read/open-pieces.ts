import type { Log } from '../../env/log.ts'
import { asEverstowError, hasCode } from '../../model/errors.ts'
import type { ByteRange, ObjectStore } from '../../storage/object-store.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import {
  FINDER_START_BYTES,
  type Finder,
  finderStartBytes,
  mayHaveFinder,
  openFinder,
} from '../format/finder.ts'
import { finderKey, indexKey } from '../format/keys-of-objects.ts'
import { decodeSegment, type SegmentPack } from '../format/segment.ts'
import { readRange } from './read-range.ts'
import type { SealedObjects } from './sealed-cache.ts'

/** Keeps pieces of the index on this computer, as they are stored; they may vanish at any time. */
export interface KeptPieces {
  get(name: readonly string[]): Promise<Uint8Array | undefined>
  put(name: readonly string[], bytes: Uint8Array): Promise<void>
}

export interface PiecesContext {
  readonly store: ObjectStore
  readonly keys: RepoKeys
  readonly sealed: SealedObjects
  readonly kept: KeptPieces
  readonly messages: Log
}

/** A segment that was opened: all of its packs, or what finds them one by one. */
export type OpenedSegment =
  | { readonly packs: readonly SegmentPack[] }
  | { readonly finder: Finder; readonly start: Uint8Array }

/** Small segments come whole with the first request; of large ones this holds what is in folders. */
export const SEGMENT_START_BYTES = 128 * 1024

/** Opens a segment for single look-ups: whole where it is kept here, small, or has no good finder. Fails as `SealedObjects.open` does. */
export async function openSegmentForPieces(
  context: PiecesContext,
  segId: string,
  b: number,
  signal?: AbortSignal,
): Promise<OpenedSegment> {
  const { store, sealed, kept } = context
  const whole = await sealed.kept('index', segId)
  if (whole) return { packs: decodeSegment(whole) }
  const known = await kept.get(nameOfFinder(segId))
  const finder = known && finderFrom(context, segId, known)
  if (finder) return { finder, start: new Uint8Array(0) }

  const key = indexKey(segId, b)
  const { bytes: start, sizeBytes } = await readRange(
    store,
    key,
    { start: 0, end: SEGMENT_START_BYTES },
    signal,
  )
  if (mayHaveFinder(sizeBytes)) {
    const fetched = await fetchFinder(context, segId, b, signal)
    if (fetched) return { finder: fetched, start }
  }
  const parts = [start]
  if (start.length < sizeBytes)
    parts.push((await readRange(store, key, { start: start.length, end: sizeBytes }, signal)).bytes)
  return { packs: decodeSegment(await sealed.take('index', segId, Buffer.concat(parts))) }
}

/** A piece of a segment or its finder: from what is kept, else from the store. */
export async function readPiece(
  { store, kept }: PiecesContext,
  name: readonly string[],
  key: string,
  range: ByteRange,
): Promise<Uint8Array> {
  const known = await kept.get(name)
  if (known?.length === range.end - range.start) return known
  return (await readRange(store, key, range)).bytes
}

const nameOfFinder = (segId: string) => ['finder', segId]
export const nameOfPage = (segId: string, page: number) => ['page of finder', segId, String(page)]
export const nameOfSlice = (segId: string, slice: number) => ['slice of segment', segId, String(slice)]

/** The finder at the destination, or undefined where there is none that is good: it only saves reading. */
async function fetchFinder(
  context: PiecesContext,
  segId: string,
  b: number,
  signal: AbortSignal | undefined,
): Promise<Finder | undefined> {
  const key = finderKey(segId, b)
  const read = (end: number) => readRange(context.store, key, { start: 0, end }, signal)
  try {
    let part = await read(FINDER_START_BYTES)
    const end = finderStartBytes(part.bytes)
    if (end > part.bytes.length) part = await read(end)
    const finder = openFinder(context.keys, segId, part.bytes, part.sizeBytes)
    await context.kept.put(nameOfFinder(segId), part.bytes.subarray(0, end))
    return finder
  } catch (caught) {
    if (hasCode(caught, 'object-missing')) return undefined
    if (!hasCode(caught, 'data-damaged') && !hasCode(caught, 'key-missing')) throw caught
    tellBad(context, segId, caught)
    return undefined
  }
}

function finderFrom(context: PiecesContext, segId: string, bytes: Uint8Array): Finder | undefined {
  try {
    return openFinder(context.keys, segId, bytes)
  } catch (error) {
    tellBad(context, segId, error)
    return undefined
  }
}

function tellBad({ messages, store }: PiecesContext, segId: string, error: unknown): void {
  messages.warn('finder cannot be used', { segment: segId, place: store.kind, error: asEverstowError(error) })
}
