import { foldKey } from './fold-key.ts'
import { DEEPEST, type LocalNode, type NodeId, ROOT } from './nodes.ts'
import { below, type Folder, type Spot, type SyncDisk, WorldMoved } from './ports.ts'
import { MOVED } from './stage-names.ts'

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

export function createLocalTree(disk: SyncDisk): LocalTree {
  const nodes = new Map<NodeId, LocalNode>()
  /** Most things have one name: a list only for those that have more. Made when somebody asks: where nothing comes from elsewhere nobody does. */
  let ids: Map<string, NodeId | Set<NodeId>> | undefined
  const note = (into: Map<string, NodeId | Set<NodeId>>, id: NodeId, { look: { key } }: LocalNode): void => {
    const known = into.get(key)
    if (known === undefined) into.set(key, id)
    else if (typeof known !== 'string') known.add(id)
    else if (known !== id) into.set(key, new Set([known, id]))
  }
  const idsByKey = (): Map<string, NodeId | Set<NodeId>> => {
    const made = new Map<string, NodeId | Set<NodeId>>()
    for (const [id, node] of nodes) note(made, id, node)
    return made
  }
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
      ids ??= idsByKey()
      const known = ids.get(key) ?? []
      for (const id of typeof known === 'string' ? [known] : known) {
        const node = nodes.get(id)
        const isThis = node?.look.key === key && node.parent === parent && foldKey(node.name) === wanted
        if (isThis && !node.isStaged) return id
      }
      return undefined
    },
    set(id, node) {
      nodes.set(id, node)
      if (ids) note(ids, id, node)
    },
    forget: (id) => void nodes.delete(id),
  }
}
