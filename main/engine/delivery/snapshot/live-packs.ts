import { join } from 'node:path'
import type { Workspace } from '../../catalogue/workspace.ts'
import { indexKey } from '../../repository/format/keys-of-objects.ts'
import { openObject } from '../../repository/format/sealed-object.ts'
import { decodeSegment } from '../../repository/format/segment.ts'
import type { State } from '../../repository/log/state.ts'
import { isPackLive } from '../../repository/log/state-queries.ts'
import { readObject } from './read-object.ts'
import type { OpenRepository } from './repositories.ts'

/** No segment is larger: writers begin a new one long before. */
const LARGEST_SEGMENT_BYTES = 256 * 1024 * 1024

/** Which packs the index of a destination has. */
export interface LivePacks {
  /** Whether every one of these packs (hex ids) is in the index of this state. */
  haveAll(state: State, packIds: readonly string[]): Promise<boolean>
  /** All packs of the index (hex id → bytes). */
  all(state: State): Promise<Map<string, number>>
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
    const plain = openObject(
      repository.keys,
      'index',
      await readSegment(workspace, repository, segId, b, signal),
      segId,
    )
    const packs = new Map(
      decodeSegment(plain).map(({ packId, sizeBytes }) => [Buffer.from(packId).toString('hex'), sizeBytes]),
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
      const live = new Map<string, number>()
      for (const [segId, b] of state.segments)
        for (const [packId, sizeBytes] of await packsIn(segId, b))
          if (isPackLive(state, packId, b)) live.set(packId, sizeBytes)
      return live
    },
  }
}

/** Index segments as they are stored, by their id: the same in every destination. */
export function segmentCache(workspace: Workspace, repositoryId: string): string {
  return join(workspace.paths.home, 'cache', 'repositories', repositoryId, 'segments')
}

/** The stored bytes of an index segment: from this computer's cache, else from the destination. */
export async function readSegment(
  workspace: Workspace,
  repository: OpenRepository,
  segId: string,
  b: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { files } = workspace.env
  const cached = join(segmentCache(workspace, repository.description.id), segId)
  if (await files.stat(cached)) return files.readFile(cached)
  return readObject(repository.store, indexKey(segId, b), LARGEST_SEGMENT_BYTES, signal)
}
