import { DEEPEST, isLeaf, type NodeId, type RemoteNode, ROOT } from './nodes.ts'
import type { Operation } from './operations.ts'
import { createNodeTexts, createRemoteRows, type RemoteRows } from './rows/node-rows.ts'

/** The tree that the journal makes: each device replays the same slots to the same tree. */
export interface RemoteTree {
  readonly nodes: ReadonlyMap<NodeId, RemoteNode>
  /** The node that has this name in this folder, case and normalization aside. */
  childNamed(parent: NodeId, name: string): NodeId | undefined
  childrenOf(id: NodeId): Iterable<NodeId>
  /**
   * Makes all changes, judged by where they end: parents are there and are directories, nothing is inside itself, no two children share a folded name, nothing
   * under a deleted directory. Gives what takes them back; `undefined` where the end is not sound, and then nothing was changed.
   */
  apply(operations: readonly Operation[], rev: number): (() => void) | undefined
}

/** The tree of these nodes; an empty one where there are none. It goes on with them. */
export function createRemoteTree(nodes: RemoteRows = createRemoteRows(createNodeTexts())): RemoteTree {
  const attach = (id: NodeId, node: RemoteNode): boolean => {
    if (nodes.childNamed(node.parent, node.name) !== undefined) return false
    nodes.set(id, node)
    return true
  }
  const hangsFromRoot = (id: NodeId): boolean => {
    let at = nodes.get(id)
    for (let depth = 0; at && depth < DEEPEST; depth++) {
      if (at.parent === ROOT) return true
      at = nodes.get(at.parent)
      if (at && isLeaf(at)) return false
    }
    return false
  }

  return {
    nodes,
    childNamed: nodes.childNamed,
    childrenOf: nodes.childrenOf,
    apply(operations, rev) {
      const ends = endsOf(nodes, operations, rev)
      if (!ends) return undefined
      const before: [NodeId, RemoteNode][] = []
      const attached: NodeId[] = []
      const back = (): void => {
        for (const id of attached) nodes.delete(id)
        for (const [id, node] of before) attach(id, node)
      }
      for (const id of ends.keys()) {
        const node = nodes.get(id)
        if (!node) continue
        before.push([id, node])
        nodes.delete(id)
      }
      let isSound = true
      for (const [id, node] of ends) {
        if (!node) continue
        isSound = attach(id, node)
        if (!isSound) break
        attached.push(id)
      }
      if (isSound)
        for (const [id, node] of ends) {
          isSound = node ? hangsFromRoot(id) : nodes.childrenOf(id).next().done === true
          if (!isSound) break
        }
      if (isSound) return back
      back()
      return undefined
    },
  }
}

/** Where each node ends; `undefined` where an operation does not fit what is there. */
function endsOf(
  nodes: ReadonlyMap<NodeId, RemoteNode>,
  operations: readonly Operation[],
  rev: number,
): Map<NodeId, RemoteNode | undefined> | undefined {
  const ends = new Map<NodeId, RemoteNode | undefined>()
  for (const operation of operations) {
    const { id } = operation
    const current = ends.has(id) ? ends.get(id) : nodes.get(id)
    if (operation.do === 'create') {
      if (current) return undefined
      const { parent, name, kind, content, mtimeMs } = operation
      ends.set(id, { parent, name, kind, mtimeMs, rev, ...(content === undefined ? {} : { content }) })
      continue
    }
    if (!current || (current.rev !== operation.base && current.rev !== rev)) return undefined
    if (operation.do === 'update') {
      if (!isLeaf(current)) return undefined
      ends.set(id, { ...current, content: operation.content, mtimeMs: operation.mtimeMs, rev })
    } else if (operation.do === 'move')
      ends.set(id, { ...current, parent: operation.parent, name: operation.name, rev })
    else if (operation.do === 'delete') ends.set(id, undefined)
  }
  return ends
}
