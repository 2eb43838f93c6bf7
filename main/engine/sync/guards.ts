import { createHash } from 'node:crypto'
import { isLeaf, type NodeId, type SyncedNode } from './nodes.ts'
import type { Plan } from './reconcile.ts'

/** Deletions so many that a person is asked first. */
export interface Held {
  /** `out`: deleted here, not yet elsewhere; `in`: deleted elsewhere, not yet here. */
  readonly direction: 'out' | 'in'
  /** How many files would go. */
  readonly files: number
  /** How many files are synced. */
  readonly of: number
  /** The same for the same nodes. */
  readonly id: string
  readonly nodes: readonly NodeId[]
}

/** What a person said about deletions that were held: let these go, or bring these back where they are missing. It is spent when a cycle holds nothing. */
export interface DeletionDecision {
  readonly direction: Held['direction']
  readonly do: 'approve' | 'restore'
  readonly nodes: ReadonlySet<NodeId>
}

/** Above both, deletions are held. */
export interface GuardLimits {
  readonly files: number
  /** Of the synced files, 0 to 1. */
  readonly share: number
}

const USUAL_LIMITS: GuardLimits = { files: 25, share: 0.3 }

export interface GuardRules {
  readonly decisions?: readonly DeletionDecision[]
  readonly limits?: GuardLimits
}

export interface Guarded {
  readonly held: readonly Held[]
  /** What a person wants back: the base forgets it. */
  readonly restore: readonly NodeId[]
}

/** Holds what would delete most of a folder. `isShared` tells whether the journal still has a node: one that moved out of sight is not deleted. */
export function guard(
  plan: Plan,
  base: ReadonlyMap<NodeId, SyncedNode>,
  isShared: (id: NodeId) => boolean,
  { decisions = [], limits = USUAL_LIMITS }: GuardRules,
): Guarded {
  const held: Held[] = []
  const restore: NodeId[] = []
  const out = plan.push.flatMap((operation) => (operation.do === 'delete' ? [operation.id] : []))
  const gone = [...plan.remove, ...plan.removeDirectories].filter((id) => !isShared(id))
  for (const [direction, nodes] of [['out', out] as const, ['in', gone] as const]) {
    if (nodes.length === 0) continue
    const mine = decisions.filter((decision) => decision.direction === direction)
    const says = (id: NodeId, what: DeletionDecision['do']): boolean =>
      mine.some((decision) => decision.do === what && decision.nodes.has(id))
    const wanted = nodes.filter((id) => says(id, 'restore'))
    restore.push(...wanted)
    const left = nodes.filter((id) => !says(id, 'restore') && !says(id, 'approve'))
    const files = leavesOf(left, base)
    const of = leavesOf(base.keys(), base)
    const isMass = files > limits.files && files > limits.share * of
    if (isMass || (files > 0 && files === of))
      held.push({ direction, files, of, id: idOf(left), nodes: left })
  }
  return { held, restore }
}

function leavesOf(ids: Iterable<NodeId>, base: ReadonlyMap<NodeId, SyncedNode>): number {
  let files = 0
  for (const id of ids) {
    const node = base.get(id)
    if (node && isLeaf(node)) files++
  }
  return files
}

function idOf(nodes: readonly NodeId[]): string {
  const hash = createHash('sha256')
  for (const id of nodes.toSorted()) hash.update(`${id}\n`)
  return hash.digest('base64url').slice(0, 22)
}
