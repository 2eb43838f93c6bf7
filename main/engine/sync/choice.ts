import { DEEPEST, type NodeId, type NodeKind, ROOT, type SyncedNode } from './nodes.ts'

/**
 * Whether a device wants what is at this path (names from the synced folder down, with `/`). Asked only of what lies in chosen folders; case and normalization must
 * not count.
 */
export type IsChosen = (path: string, kind: NodeKind) => boolean

/** A tree as far as the paths in it are chosen: a node needs its parents. All of it where nothing was chosen. */
export function chosenPart<
  One extends { readonly parent: NodeId; readonly name: string; readonly kind: NodeKind },
>(nodes: ReadonlyMap<NodeId, One>, isChosen: IsChosen | undefined): ReadonlyMap<NodeId, One> {
  if (!isChosen) return nodes
  const part = new Map<NodeId, One>()
  const paths = new Map<NodeId, string | undefined>([[ROOT, '']])
  const pathOf = (id: NodeId): string | undefined => {
    if (paths.has(id)) return paths.get(id)
    paths.set(id, undefined)
    const node = nodes.get(id)
    const above = node && pathOf(node.parent)
    const path = above === undefined || !node ? undefined : above ? `${above}/${node.name}` : node.name
    const chosen = path !== undefined && node && isChosen(path, node.kind) ? path : undefined
    paths.set(id, chosen)
    return chosen
  }
  for (const [id, node] of nodes) if (pathOf(id) !== undefined) part.set(id, node)
  return part
}

/** Synced nodes that are not chosen any more: the base forgets them, so that nothing follows from their absence. What is staged, or in it, is still on its way. */
export function notChosen(
  nodes: ReadonlyMap<NodeId, SyncedNode>,
  staged: ReadonlySet<NodeId>,
  isChosen: IsChosen | undefined,
): NodeId[] {
  const chosen = chosenPart(nodes, isChosen)
  if (chosen.size === nodes.size) return []
  const isOnItsWay = (id: NodeId, depth = 0): boolean => {
    // Inside itself for the base: it and what it is in are being moved.
    if (staged.has(id) || depth > DEEPEST) return true
    const node = nodes.get(id)
    return node !== undefined && isOnItsWay(node.parent, depth + 1)
  }
  return [...nodes.keys()].filter((id) => !chosen.has(id) && !isOnItsWay(id))
}
