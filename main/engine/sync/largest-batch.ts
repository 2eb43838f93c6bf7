import { type NodeId, ROOT } from './nodes.ts'
import type { Operation } from './operations.ts'
import type { RemoteTree } from './remote-tree.ts'

/** Operations that only fit together are tried up to this many at a time. */
const MOST_TOGETHER = 200
const MOST_ROUNDS = 50

export interface Largest {
  readonly fitting: readonly Operation[]
  readonly unfit: readonly Operation[]
}

/** The largest part of the operations that is sound together: one by one, what frees the way first; then each with what stands in its way, for names that change places. */
export function largestBatch(tree: RemoteTree, operations: readonly Operation[], slot: number): Largest {
  const whole = tree.apply(operations, slot)
  if (whole) {
    whole()
    return { fitting: operations, unfit: [] }
  }
  const fitting: Operation[] = []
  const undo: (() => void)[] = []
  const fits = (some: readonly Operation[]): boolean => {
    const back = tree.apply(some, slot)
    if (!back) return false
    undo.push(back)
    for (const operation of some) fitting.push(operation)
    return true
  }
  let rest = operations
  for (let round = 0; round < MOST_ROUNDS && rest.length > 0; round++) {
    const before = rest.length
    rest = waysFreedFirst(tree, rest).filter((operation) => !fits([operation]))
    rest = withoutGroups(tree, rest, fits)
    if (rest.length === before) break
  }
  for (const back of undo.reverse()) back()
  const left = new Set(rest)
  return { fitting, unfit: operations.filter((operation) => left.has(operation)) }
}

/** What is left when all groups that fit together are taken out. */
function withoutGroups(
  tree: RemoteTree,
  operations: readonly Operation[],
  fits: (some: readonly Operation[]) => boolean,
): readonly Operation[] {
  const left = byNode(operations)
  for (const operation of operations) {
    if (!left.has(operation.id)) continue
    const group = groupOf(tree, operation.id, left)
    if (!group || !fits(group.flatMap((id) => left.get(id) ?? []))) continue
    for (const id of group) left.delete(id)
  }
  return operations.filter(({ id }) => left.has(id))
}

function byNode(operations: readonly Operation[]): Map<NodeId, Operation[]> {
  const nodes = new Map<NodeId, Operation[]>()
  for (const operation of operations) {
    const others = nodes.get(operation.id)
    if (others) others.push(operation)
    else nodes.set(operation.id, [operation])
  }
  return nodes
}

/** In another order: before each operation those that stand in its way. A long row of names then goes at once, in whatever order it came. */
function waysFreedFirst(tree: RemoteTree, operations: readonly Operation[]): readonly Operation[] {
  const nodes = byNode(operations)
  const ordered: Operation[] = []
  const entered = new Set<NodeId>()
  for (const first of nodes.keys()) {
    const path: { readonly id: NodeId; readonly others: Iterator<NodeId> }[] = []
    const enter = (id: NodeId): void => {
      if (entered.has(id)) return
      entered.add(id)
      const own = nodes.get(id) ?? []
      path.push({ id, others: own.flatMap((each) => [...inTheWayOf(tree, each)]).values() })
    }
    enter(first)
    for (let at = path.at(-1); at; at = path.at(-1)) {
      const { value, done } = at.others.next()
      if (!done) {
        if (nodes.has(value)) enter(value)
        continue
      }
      ordered.push(...(nodes.get(at.id) ?? []))
      path.pop()
    }
  }
  return ordered
}

/** A node and all that stands in its way and is about to change itself; `undefined` where it is alone or too much. */
function groupOf(
  tree: RemoteTree,
  first: NodeId,
  left: ReadonlyMap<NodeId, readonly Operation[]>,
): readonly NodeId[] | undefined {
  const group = new Set([first])
  for (const id of group) {
    for (const operation of left.get(id) ?? [])
      for (const other of inTheWayOf(tree, operation)) if (left.has(other)) group.add(other)
    if (group.size > MOST_TOGETHER) return undefined
  }
  const isAlone = group.size === 1 && (left.get(first)?.length ?? 0) === 1
  return isAlone ? undefined : [...group]
}

function* inTheWayOf(tree: RemoteTree, operation: Operation): Generator<NodeId> {
  if (operation.do === 'delete') yield* tree.childrenOf(operation.id)
  if (operation.do !== 'create' && operation.do !== 'move') return
  const holder = tree.childNamed(operation.parent, operation.name)
  if (holder !== undefined) yield holder
  const above = [...foldersAbove(tree, operation.parent)]
  // On a way into itself some folder has to leave; a folder that is not there has to come.
  if (above.includes(operation.id)) yield* above
  else yield* above.filter((id) => !tree.nodes.has(id))
}

function* foldersAbove(tree: RemoteTree, folder: NodeId): Generator<NodeId> {
  let at: NodeId | undefined = folder
  for (let steps = 0; at !== undefined && at !== ROOT && steps < MOST_TOGETHER; steps++) {
    yield at
    at = tree.nodes.get(at)?.parent
  }
}
