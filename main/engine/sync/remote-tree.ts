import { foldKey } from './fold-key.ts'
import { DEEPEST, isLeaf, type Node, type NodeId, type RemoteNode, ROOT, withTextsOf } from './nodes.ts'
import type { Operation } from './operations.ts'

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

/** An empty tree, or the one that was made of these nodes before. Of two nodes under one name the first stays. The texts of `known` nodes serve again. */
export function createRemoteTree(
  initial: Iterable<readonly [NodeId, RemoteNode]> = [],
  known: ReadonlyMap<NodeId, Node> = new Map(),
): RemoteTree {
  const nodes = new Map<NodeId, RemoteNode>()
  const children = new Map<NodeId, Map<string, NodeId>>()

  const detach = (id: NodeId, node: RemoteNode): void => {
    nodes.delete(id)
    const siblings = children.get(node.parent)
    siblings?.delete(foldKey(node.name))
    if (siblings?.size === 0) children.delete(node.parent)
  }
  const attach = (id: NodeId, node: RemoteNode): boolean => {
    const key = foldKey(node.name)
    let siblings = children.get(node.parent)
    if (siblings?.has(key)) return false
    if (!siblings) {
      siblings = new Map()
      children.set(node.parent, siblings)
    }
    siblings.set(key, id)
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

  for (const [id, node] of initial) attach(id, withTextsOf(known.get(id), node))
  return {
    nodes,
    childNamed: (parent, name) => children.get(parent)?.get(foldKey(name)),
    childrenOf: (id) => children.get(id)?.values() ?? [],
    apply(operations, rev) {
      const ends = endsOf(nodes, operations, rev)
      if (!ends) return undefined
      const before: [NodeId, RemoteNode][] = []
      const attached: [NodeId, RemoteNode][] = []
      const back = (): void => {
        for (const [id, node] of attached) detach(id, node)
        for (const [id, node] of before) attach(id, node)
      }
      for (const id of ends.keys()) {
        const node = nodes.get(id)
        if (!node) continue
        before.push([id, node])
        detach(id, node)
      }
      let isSound = true
      for (const [id, node] of ends) {
        if (!node) continue
        isSound = attach(id, withTextsOf(known.get(id), node))
        if (!isSound) break
        attached.push([id, node])
      }
      if (isSound)
        for (const [id, node] of ends) {
          isSound = node ? hangsFromRoot(id) : !children.has(id)
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
