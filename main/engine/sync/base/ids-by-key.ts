import type { NodeId, SyncedNode } from '../nodes.ts'
import { createTextIndex } from '../text-index.ts'

/** Keeps nodes, and finds those that a thing on the disk stands for. */
export interface IdsByKey {
  /** Several for hard links. */
  of(key: string): readonly NodeId[]
  /** A node that is not there. */
  put(id: NodeId, node: SyncedNode): void
  forget(id: NodeId): void
  clear(): void
}

/** `nodes` is what they are kept in. */
export function createIdsByKey(nodes: Map<NodeId, SyncedNode>): IdsByKey {
  const ids: NodeId[] = []
  const free: number[] = []
  const index = createTextIndex((at) => nodes.get(ids[at] as NodeId)?.key as string)
  return {
    of: (key) => index.all(key).map((at) => ids[at] as NodeId),
    put(id, node) {
      nodes.set(id, node)
      const at = free.pop() ?? ids.length
      ids[at] = id
      index.add(node.key, at)
    },
    forget(id) {
      const key = nodes.get(id)?.key
      if (key === undefined) return
      const at = index.all(key).find((each) => ids[each] === id) as number
      index.remove(key, at)
      nodes.delete(id)
      free.push(at)
    },
    clear() {
      nodes.clear()
      index.clear()
      ids.length = 0
      free.length = 0
    },
  }
}
