import { foldKey } from '../fold-key.ts'
import { DEEPEST, type LocalNode, type NodeId, ROOT } from '../nodes.ts'
import { below, type Folder, type Spot, type SyncDisk, WorldMoved } from '../ports.ts'
import type { RowsByKey } from '../rows/node-rows.ts'
import { MOVED } from '../stage-names.ts'

/** The folder as the scan saw it, kept true while this device itself changes it. */
export interface LocalTree {
  readonly nodes: ReadonlyMap<NodeId, LocalNode>
  /** Where a node is on the disk. Throws `WorldMoved` where that is not known any more. */
  spot(id: NodeId): Spot
  /** Where a folder is on the disk: in the folder, or in the stage. */
  folder(id: NodeId): Folder
  /** The node that a thing in a folder was seen as. Hard links are one thing with several names, each a node; case aside, names in a folder differ. */
  idAt(key: string, parent: NodeId, name: string): NodeId | undefined
  set(id: NodeId, node: LocalNode): void
  forget(id: NodeId): void
}

/** An empty one, to be kept in these `nodes`: what was in them goes. */
export function createLocalTree(disk: SyncDisk, nodes: RowsByKey<LocalNode>): LocalTree {
  nodes.clear()
  const folder = (id: NodeId, depth = 0): Folder => {
    if (id === ROOT) return disk.root
    if (depth > DEEPEST) throw new WorldMoved('folders were moved into each other while they were looked at')
    const node = nodes.get(id)
    if (node?.kind !== 'directory') throw new WorldMoved('a folder is gone')
    const { key } = node.look
    if (node.isStaged) return disk.stagedFolder(MOVED + id, key)
    return below(folder(node.parent, depth + 1), node.name, key)
  }
  return {
    nodes,
    folder: (id) => folder(id),
    spot(id) {
      const node = nodes.get(id)
      if (!node || node.isStaged) throw new WorldMoved('it is not in the folder')
      return { folder: folder(node.parent), name: node.name }
    },
    idAt(key, parent, name) {
      const wanted = foldKey(name)
      return nodes.idsOf(key).find((id) => {
        const node = nodes.get(id)
        return node?.parent === parent && foldKey(node.name) === wanted && !node.isStaged
      })
    },
    set: (id, node) => nodes.set(id, node),
    forget: (id) => nodes.delete(id),
  }
}
