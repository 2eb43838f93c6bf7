import { pathIn } from '../events.ts'
import type { NodeId, NodeKind } from '../nodes.ts'
import type { Batch, Operation } from '../operations.ts'
import { createRemoteTree } from '../remote-tree.ts'

/** What a node was from one slot of the journal on. */
export interface PastVersion {
  readonly slot: number
  readonly atMs: number
  /** The device as the journal names it. */
  readonly device: string
  readonly path: string
  readonly change: 'created' | 'changed' | 'moved' | 'deleted' | 'kept'
  /** Absent where it was deleted, and for folders. */
  readonly content?: string
  readonly mtimeMs?: number
}

/** A node through time. */
export interface PastNode {
  readonly id: NodeId
  readonly kind: NodeKind
  /** Oldest first. */
  readonly versions: readonly PastVersion[]
  /** Where it is, or was last. */
  readonly path: string
  readonly isDeleted: boolean
}

/**
 * Replays the journal and gives the past of all nodes that were ever, by an operation of their own or in the end, at a path that `matches`; for people, who know
 * paths and not nodes.
 */
export function pastOf(batches: readonly Batch[], matches: (path: string) => boolean): PastNode[] {
  const tree = createRemoteTree()
  const past = new Map<NodeId, { kind: NodeKind; versions: PastVersion[]; isMatch: boolean }>()
  batches.forEach(({ atMs, device, operations }, index) => {
    const slot = index + 1
    // Paths of what goes are those from before, of what comes or stays those from after.
    const before = new Map(
      operations.flatMap(({ do: what, id }) =>
        what === 'delete' ? [[id, pathIn(tree.nodes, id)] as const] : [],
      ),
    )
    if (!tree.apply(operations, slot)) return
    for (const operation of operations) {
      const { id } = operation
      const path = before.get(id) ?? pathIn(tree.nodes, id)
      const known = past.get(id) ?? { kind: kindOf(operation), versions: [], isMatch: false }
      known.isMatch ||= matches(path)
      known.versions.push({ slot, atMs, device, path, ...whatOf(operation) })
      past.set(id, known)
    }
  })
  return [...past].flatMap(([id, { kind, versions, isMatch }]): PastNode[] => {
    const isDeleted = !tree.nodes.has(id)
    const path = isDeleted ? (versions.at(-1)?.path ?? '') : pathIn(tree.nodes, id)
    return isMatch || matches(path) ? [{ id, kind, versions, path, isDeleted }] : []
  })
}

const kindOf = (operation: Operation): NodeKind => (operation.do === 'create' ? operation.kind : 'file')

function whatOf(operation: Operation): Pick<PastVersion, 'change' | 'content' | 'mtimeMs'> {
  switch (operation.do) {
    case 'create':
      return {
        change: 'created',
        mtimeMs: operation.mtimeMs,
        ...(operation.content !== undefined && { content: operation.content }),
      }
    case 'update':
      return { change: 'changed', content: operation.content, mtimeMs: operation.mtimeMs }
    case 'keep':
      return { change: 'kept', content: operation.content }
    case 'move':
      return { change: 'moved' }
    case 'delete':
      return { change: 'deleted' }
  }
}

/** The content that a node had right before a slot; what a deletion took away. */
export function contentBefore({ versions }: PastNode, slot: number): PastVersion | undefined {
  return versions.findLast(
    (version) => version.slot < slot && version.content !== undefined && version.change !== 'kept',
  )
}
