import { asEverstowError, type EverstowError } from '../../model/errors.ts'
import type { SnapshotRoot } from '../../repository/format/snapshot-root.ts'
import { isLive } from '../../repository/log/state-queries.ts'
import { createAffectedPaths } from '../../repository/upkeep/affected-paths.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { createReachable, type Reachable } from '../../repository/upkeep/reachable.ts'
import { type AffectedBackup, type BadPack, stateOf } from './findings.ts'

/** What a place's snapshots need, and what of it the place does not have good. */
export interface Needs {
  readonly graph: Reachable
  /** Snapshots whose root could be read, with the id of their tree. */
  readonly trees: ReadonlyMap<string, SnapshotTree>
  /** Snapshots whose root could not. */
  readonly rootless: readonly string[]
  /** Hex ids of directories that this place does not have good. */
  readonly badTrees: ReadonlySet<string>
  /** Hex ids of chunks that snapshots need and no pack of the index holds. */
  readonly missing: ReadonlySet<string>
  readonly fetchTree: (id: Uint8Array) => Promise<Uint8Array>
}

/** A snapshot and where it begins. */
export interface SnapshotTree {
  readonly root: SnapshotRoot
  readonly treeId: Uint8Array
  /** People see it; else it is forgotten and can be remembered. */
  readonly isSeen: boolean
}

/** Reads every directory of every snapshot of a place, also of those that can still be remembered; where it is bad, from other places, so that what is below it is known all the same. */
export async function readNeeds(
  { repository, env }: UpkeepPlace,
  others: readonly UpkeepPlace[],
  signal: AbortSignal,
): Promise<Needs> {
  const badTrees = new Set<string>()
  const fetchTree = async (id: Uint8Array): Promise<Uint8Array> => {
    try {
      return await repository.fetcher.tree(id)
    } catch (caught) {
      const error = asEverstowError(caught)
      if (!isBadBytes(error)) throw error
      badTrees.add(Buffer.from(id).toString('hex'))
      return treeElsewhere(id, others, error)
    }
  }
  const graph = createReachable({
    index: repository.index,
    clock: env.clock,
    fetchTree,
    onUnreadable: (chunk) => badTrees.add(chunk),
  })
  const trees = new Map<string, SnapshotTree>()
  const rootless: string[] = []
  for (const [snapId, snapshot] of repository.log.state.snapshots) {
    if (snapshot.gone !== undefined) continue
    try {
      const root = await repository.root(snapId, signal)
      trees.set(snapId, { root, treeId: Buffer.from(root.tree, 'hex'), isSeen: isLive(snapshot) })
    } catch (caught) {
      const error = asEverstowError(caught)
      if (!stateOf(error)) throw error
      rootless.push(snapId)
    }
  }
  for (const { treeId } of trees.values()) await graph.include(treeId, signal)
  const missing = graph.missing([...trees.values()].map(({ treeId }) => treeId))
  return { graph, trees, rootless, badTrees, missing, fetchTree }
}

/** The files of each backup that cannot be restored from a place with these bad packs. */
export async function affectedBackups(
  { repository }: UpkeepPlace,
  needs: Needs,
  badPacks: readonly BadPack[],
  signal: AbortSignal,
): Promise<AffectedBackup[]> {
  const { index } = repository
  const { missing, badTrees, rootless } = needs
  if (badPacks.length + missing.size + badTrees.size + rootless.length === 0) return []
  const isBadSlot = badSlots(index, badPacks)
  const isBadTree = (slot: number) =>
    needs.badTrees.size > 0 && needs.badTrees.has(Buffer.from(index.idAt(slot)).toString('hex'))
  const affectedIn = createAffectedPaths({
    index,
    graph: needs.graph,
    fetchTree: needs.fetchTree,
    isBad: (slot) => isBadSlot(slot) || isBadTree(slot),
    signal,
  })
  const affected: AffectedBackup[] = []
  for (const [snapId, { root, treeId, isSeen }] of needs.trees) {
    if (!isSeen) continue
    const { paths, more } = await affectedIn(treeId)
    if (paths.length > 0) affected.push({ backupId: root.backupId, snapId, paths, more })
  }
  for (const snapId of needs.rootless) affected.push({ backupId: snapId, snapId, paths: ['/'], more: 0 })
  return affected
}

/** Whether the chunk of a slot lies in a bad block, or a pack of which nothing can be had. */
function badSlots(
  index: UpkeepPlace['repository']['index'],
  badPacks: readonly BadPack[],
): (slot: number) => boolean {
  const { blocks, packs } = index
  const wholePacks = new Set<number>()
  const badBlocks = new Set<number>()
  for (const { packId, badBlocks: some } of badPacks) {
    const pack = packs.find(Buffer.from(packId, 'hex'))
    if (!some) wholePacks.add(pack)
    for (const block of some ?? []) badBlocks.add(block)
  }
  return (slot) => {
    const block = index.blockOf(slot)
    return block >= 0 && (badBlocks.has(block) || wholePacks.has(blocks.packOf(block)))
  }
}

async function treeElsewhere(
  id: Uint8Array,
  others: readonly UpkeepPlace[],
  error: EverstowError,
): Promise<Uint8Array> {
  for (const { repository } of others) {
    try {
      return await repository.fetcher.tree(id)
    } catch (caught) {
      const { code } = asEverstowError(caught)
      if (code === 'cancelled') throw caught
      // The next one may have it; what is wrong here is told by this place's own check.
    }
  }
  throw error
}

function isBadBytes(error: EverstowError): boolean {
  return stateOf(error) !== undefined || error.code === 'chunk-missing'
}
