import { dirname } from 'node:path'
import type { Workspace } from '../../catalogue/workspace.ts'
import { decodeSegment, type SegmentPack } from '../../repository/format/segment.ts'
import type { State } from '../../repository/log/state.ts'
import { isPackLive } from '../../repository/log/state-queries.ts'
import { sealedObjects } from '../../repository/read/sealed-cache.ts'
import type { OpenRepository } from './repositories.ts'

/** Which packs the index of a destination has. */
export interface LivePacks {
  /** Whether every one of these packs (hex ids) is in the index of this state. */
  haveAll(state: State, packIds: readonly string[]): Promise<boolean>
  /** All packs of the index by their hex ids: their bytes, and the session that brought each. */
  all(state: State): Promise<Map<string, { readonly sizeBytes: number; readonly b: number }>>
}

/** Looks packs up in the destination's index segments, each of which is read once: from this computer's cache, else from the destination. */
export function createLivePacks(
  workspace: Workspace,
  repository: OpenRepository,
  signal: AbortSignal,
): LivePacks {
  const packsOf = new Map<string, ReadonlyMap<string, number>>()

  async function packsIn(segId: string, b: number): Promise<ReadonlyMap<string, number>> {
    const known = packsOf.get(segId)
    if (known) return known
    const packs = new Map(
      (await segmentPacks(workspace, repository, segId, b, signal)).map(({ packId, sizeBytes }) => [
        Buffer.from(packId).toString('hex'),
        sizeBytes,
      ]),
    )
    packsOf.set(segId, packs)
    return packs
  }

  return {
    async haveAll(state, packIds) {
      const wanted = new Set(packIds)
      // The newest segments first: what a backup leans on is mostly young.
      for (const [segId, b] of [...state.segments].reverse()) {
        for (const packId of (await packsIn(segId, b)).keys())
          if (wanted.has(packId) && isPackLive(state, packId, b)) wanted.delete(packId)
        if (wanted.size === 0) return true
      }
      return wanted.size === 0
    },

    async all(state) {
      const live = new Map<string, { readonly sizeBytes: number; readonly b: number }>()
      for (const [segId, b] of state.segments)
        for (const [packId, sizeBytes] of await packsIn(segId, b))
          if (isPackLive(state, packId, b)) live.set(packId, { sizeBytes, b })
      return live
    },
  }
}

/** The packs of an index segment: from this computer's cache where that is sound, else from the destination. */
export async function segmentPacks(
  { env }: Pick<Workspace, 'env'>,
  { store, keys, cacheFolder }: OpenRepository,
  segId: string,
  b: number,
  signal: AbortSignal,
): Promise<readonly SegmentPack[]> {
  const log = env.log.area('repository')
  // Segments are the same in every destination, so they are kept for the repository.
  const sealed = sealedObjects({ store, keys, files: env.files, log, cacheFolder: dirname(cacheFolder) })
  return decodeSegment(await sealed.open('index', segId, b, signal))
}
