import { join } from 'node:path'
import type { Files } from '../../env/files.ts'
import type { Log } from '../../env/log.ts'
import { Worker } from '../../env/node/threads.ts'
import type { Random } from '../../env/random.ts'
import { asEverstowError } from '../../model/errors.ts'
import { decodeSegment, type SegmentPack } from '../format/segment.ts'
import { type ChunkIndex, createChunkIndex } from '../index/chunk-index.ts'
import { loadIndex, saveIndex } from '../index/index-file.ts'
import type { CommitLog } from '../log/commit-log.ts'
import type { State } from '../log/state.ts'
import { isPackLive } from '../log/state-queries.ts'
import { addSegment } from './add-segment.ts'
import { createIndexPieces, type IndexPieces } from './index-pieces.ts'
import { type OpenedSegment, openSegmentForPieces, type PiecesContext } from './open-pieces.ts'
import type { SealedObjects } from './sealed-cache.ts'

export interface LoadIndexContext {
  readonly log: CommitLog
  readonly sealed: SealedObjects
  readonly files: Files
  readonly random: Random
  readonly messages: Log
  /** Folder of this destination's caches; `index.flat` in it. */
  readonly cacheFolder: string
  /** How large segments are read in pieces; absent where all of the index is wanted. */
  readonly pieces?: PiecesContext
  readonly signal?: AbortSignal
}

export interface LoadedRepositoryIndex {
  readonly index: ChunkIndex
  /** Segments that could not be had: what they list is not in the index. */
  readonly missingSegments: string[]
  /** What is not in the index yet. */
  readonly pieces: IndexPieces | undefined
  /** What the index is right for. */
  state: State
}

/** Whole segments fetched at a time. */
const AT_ONCE = 8
/** Those that are read in pieces: none brings more than its start. */
const STARTS_AT_ONCE = 64
/** A backup adds about so much before the table must grow. */
const ROOM_FOR_CHUNKS = 64 * 1024
/** Above so many chunks the flat file is written by another thread: it would hold this one up. */
const SAVED_HERE = 500_000

/**
 * The index of a destination at the state of its log: the flat file where it is of that state, the flat file and what came since where nothing was
 * swept, else from all segments. The flat file is then written anew.
 */
export async function loadRepositoryIndex(context: LoadIndexContext): Promise<LoadedRepositoryIndex> {
  const { state } = context.log
  const path = flatPath(context.cacheFolder)
  const flat = loadIndex(path, ROOM_FOR_CHUNKS)
  if (flat?.stateKey === stateKeyOf(state))
    return { index: flat.index, missingSegments: [], pieces: undefined, state }
  const since = flat ? await sincePosition(context, flat.stateKey) : undefined
  const index = flat && since !== undefined ? flat.index : createChunkIndex(ROOM_FOR_CHUNKS)
  const missingSegments: string[] = []
  const pieces =
    context.pieces && createIndexPieces(context.pieces, index, (segId) => missingSegments.push(segId))
  const loaded = { index, missingSegments, pieces, state }
  await addSegments(context, loaded, since ?? -1)
  setLost(index, state)
  if (missingSegments.length === 0 && (pieces?.isWhole ?? true)) await saveRepositoryIndex(context, index)
  return loaded
}

/**
 * Brings an index up to the log's present state; false when it has to be loaded anew because packs left it.
 */
export async function updateRepositoryIndex(
  context: LoadIndexContext,
  loaded: LoadedRepositoryIndex,
): Promise<boolean> {
  const { state } = context.log
  const since = loaded.state
  if (state.destId !== since.destId || hasSweptSince(state, since.pos)) return false
  await addSegments(context, loaded, since.pos)
  loaded.state = state
  setLost(loaded.index, state)
  return true
}

/** Writes the flat file for the log's present state, which the index must be right for. Only between sessions. */
export async function saveRepositoryIndex(
  { log, cacheFolder, files, random, messages }: Omit<LoadIndexContext, 'sealed'>,
  index: ChunkIndex,
): Promise<void> {
  const path = flatPath(cacheFolder)
  const stateKey = stateKeyOf(log.state)
  try {
    await files.mkdir(cacheFolder, { mode: 0o700 })
    if (index.slots <= SAVED_HERE) saveIndex(index, path, { stateKey, random })
    else await saveElsewhere({ handles: index.handles(), path, stateKey })
  } catch (error) {
    // A cache: without it the next opening takes longer.
    messages.warn('index not kept', { path, error: asEverstowError(error) })
  }
}

/** Forgets the flat file, for whoever needs to know what the segments themselves say. */
export function dropRepositoryIndex(files: Files, cacheFolder: string): Promise<void> {
  return files.remove(flatPath(cacheFolder))
}

function saveElsewhere(workerData: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./save-index-worker.ts', import.meta.url), {
      workerData,
      execArgv: [],
    })
    worker.on('error', reject)
    worker.on('exit', () => resolve())
  })
}

function flatPath(cacheFolder: string): string {
  return join(cacheFolder, 'index.flat')
}

function stateKeyOf({ destId, pos, hash }: State): string {
  return `${destId}:${pos}:${hash}`
}

/** The position of the flat file's state when that is a part of this log's history and nothing left the index since. */
async function sincePosition(
  { log, signal }: LoadIndexContext,
  stateKey: string,
): Promise<number | undefined> {
  const [destId, position, hash] = stateKey.split(':')
  const pos = Number(position)
  const { state } = log
  if (destId !== state.destId || !(pos >= 0 && pos < state.pos) || hasSweptSince(state, pos)) return undefined
  // The history before may be another one by now (accepted after an alarm): its hash tells.
  for await (const entry of log.records(pos, signal)) return entry.hash === hash ? pos : undefined
  return undefined
}

function hasSweptSince(state: State, pos: number): boolean {
  for (const sweep of state.sweeps.values()) if (sweep.pos > pos || (sweep.restored ?? -1) > pos) return true
  return false
}

/** Adds the segments of sessions that were done after a position, those that could not be had to the missing ones. */
async function addSegments(
  context: LoadIndexContext,
  loaded: LoadedRepositoryIndex,
  since: number,
): Promise<void> {
  const { index, missingSegments, pieces } = loaded
  const { log, sealed, signal, messages } = context
  const { state } = log
  const wanted = [...state.segments].filter(([, b]) => (state.sessions.get(b)?.done ?? -1) > since)

  const load = async ([segId, b]: [string, number]): Promise<OpenedSegment | undefined> => {
    try {
      if (pieces && context.pieces) return await openSegmentForPieces(context.pieces, segId, b, signal)
      return { packs: decodeSegment(await sealed.open('index', segId, b, signal)) }
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code !== 'data-damaged' && error.code !== 'object-missing') throw error
      messages.error('index segment cannot be read', { segment: segId, place: log.place, error })
      missingSegments.push(segId)
      return undefined
    }
  }
  const atOnce = pieces ? STARTS_AT_ONCE : AT_ONCE
  for (let at = 0; at < wanted.length; at += atOnce) {
    const some = wanted.slice(at, at + atOnce)
    const segments = await Promise.all(some.map(load))
    for (const [number, opened] of segments.entries()) {
      const [segId, b] = some[number]!
      const isLive = (packId: Uint8Array) => isPackLive(state, Buffer.from(packId).toString('hex'), b)
      const take = (packs: readonly SegmentPack[]) => addSegment(index, packs, b, isLive)
      if (opened && 'packs' in opened) take(opened.packs)
      else if (opened) {
        const takeLater = (packs: readonly SegmentPack[]) => {
          take(packs)
          // By then others may be lost.
          if (loaded.state.lost.size > 0) setLost(index, loaded.state)
        }
        await pieces?.add({ segId, b, ...opened, take: takeLater })
      }
    }
  }
}

function setLost(index: ChunkIndex, { lost }: State): void {
  for (let slot = index.slots - 1; slot >= 0; slot--) if (index.isLost(slot)) index.setLost(slot, false)
  for (const chunk of lost.keys()) {
    const slot = index.find(Buffer.from(chunk, 'hex'))
    if (slot >= 0) index.setLost(slot, true)
  }
}
