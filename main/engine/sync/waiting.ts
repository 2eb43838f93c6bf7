import { foldKey } from './fold-key.ts'
import type { NodeId } from './nodes.ts'
import type { Operation } from './operations.ts'
import type { RemoteTree } from './remote-tree.ts'

/**
 * What may be pushed while a person lets some changes wait: neither these, nor what only makes sense after them. A change that waits is not undone here, and
 * must not make another one unsound: that would be taken back.
 */
export function withoutWaiting(
  tree: RemoteTree,
  operations: readonly Operation[],
  waits: (operation: Operation) => boolean,
): readonly Operation[] {
  const waiting = new Map<NodeId, Operation>()
  for (const operation of operations) if (waits(operation)) waiting.set(operation.id, operation)
  if (waiting.size === 0) return operations
  let rest = operations.filter(({ id }) => !waiting.has(id))
  for (let grew = true; grew; ) {
    const kept = rest.filter((operation) => !dependsOn(tree, operation, waiting))
    grew = kept.length < rest.length
    for (const operation of rest) if (!kept.includes(operation)) waiting.set(operation.id, operation)
    rest = kept
  }
  return rest
}

function dependsOn(tree: RemoteTree, operation: Operation, waiting: ReadonlyMap<NodeId, Operation>): boolean {
  // A node has one place in the batch: half of what was done to it says nothing.
  if (waiting.has(operation.id)) return true
  if (operation.do === 'delete')
    return [...waiting.keys()].some((id) => tree.nodes.get(id)?.parent === operation.id)
  if (operation.do !== 'create' && operation.do !== 'move') return false
  const { parent, name } = operation
  if (waiting.get(parent)?.do === 'create') return true
  const holder = tree.childNamed(parent, name)
  if (holder !== undefined && holder !== operation.id && waiting.has(holder)) return true
  return [...waiting.values()].some(
    (other) => 'parent' in other && other.parent === parent && foldKey(other.name) === foldKey(name),
  )
}
