import type { Clock } from '../../env/clock.ts'
import { EverstowError } from '../../model/errors.ts'
import { decodeSnapshotRoot } from '../../repository/format/snapshot-root.ts'
import type { ChunkIndex } from '../../repository/index/chunk-index.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import type { SealedObjects } from '../../repository/read/sealed-cache.ts'
import { createReachable, type Reachable } from '../../repository/upkeep/reachable.ts'

/** Finds what snapshots need. Directories are read once while the index stays the same object. */
export interface Marker {
  /** The index that the marks belong to: the repository's own at the time of the call. */
  readonly index: ChunkIndex
  /**
   * Reads every directory of these snapshots. Throws when a root or any directory of one cannot be read: what it needs is unknown, and nothing may be
   * taken for unneeded.
   */
  include(snapIds: Iterable<string>, signal?: AbortSignal): Promise<void>
  /** A byte for each slot of the index: what these snapshots, which were included, need. */
  mark(snapIds: Iterable<string>): Uint8Array
  /** Chunks that these snapshots need and the index does not have. */
  missing(snapIds: Iterable<string>): ReadonlySet<string>
}

/** A marker for a destination's repository. */
export function createMarker(place: {
  readonly repository: Repository
  readonly sealed: SealedObjects
  readonly env: { readonly clock: Clock }
}): Marker {
  const { repository, sealed, env } = place
  const trees = new Map<string, Uint8Array>()
  let index = repository.index
  let graph = newGraph()

  function newGraph(): Reachable {
    // Not `fetcher.tree` itself: the repository makes another fetcher with another index.
    return createReachable({ index, clock: env.clock, fetchTree: (id) => repository.fetcher.tree(id) })
  }

  async function treeOf(snapId: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const known = trees.get(snapId)
    if (known) return known
    const root = repository.log.state.snapshots.has(snapId)
      ? await repository.root(snapId, signal)
      : decodeSnapshotRoot(await sealed.open('snap', snapId, await sessionOfSuspect(snapId, signal), signal))
    const tree = Buffer.from(root.tree, 'hex')
    trees.set(snapId, tree)
    return tree
  }

  /** A snapshot that only a record names which did not verify: the record also names the session. */
  async function sessionOfSuspect(snapId: string, signal: AbortSignal | undefined): Promise<number> {
    const pos = repository.log.state.suspects.get(snapId)
    if (pos !== undefined)
      for await (const { record } of repository.log.records(pos, signal)) {
        if (record?.type === 'commit') return record.body.b
        break
      }
    throw new EverstowError('unknown-backup', { data: { id: snapId, place: repository.log.place } })
  }

  const treesOf = (snapIds: Iterable<string>) => [...snapIds].map((snapId) => trees.get(snapId)!)

  return {
    get index() {
      return index
    },
    async include(snapIds, signal) {
      if (index !== repository.index) {
        index = repository.index
        graph = newGraph()
      }
      try {
        for (const snapId of snapIds) await graph.include(await treeOf(snapId, signal), signal)
      } catch (error) {
        graph = newGraph()
        throw error
      }
    },
    mark: (snapIds) => graph.mark(treesOf(snapIds)),
    missing: (snapIds) => graph.missing(treesOf(snapIds)),
  }
}
