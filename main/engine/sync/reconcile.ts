import {
  isLeaf,
  isSamePlace,
  type LocalNode,
  type NodeId,
  type RemoteNode,
  type SyncedNode,
} from './nodes.ts'
import type { Operation } from './operations.ts'
import type { BaseChange } from './ports.ts'

/** Which content wins when two devices changed one file. The other is always kept. */
export type Strategy = 'server_preferred' | 'local_preferred' | 'last_write_wins' | 'manual'

export interface Rules {
  readonly strategy: Strategy
  /** What a person decided about conflicts that waited. */
  readonly choices: ReadonlyMap<NodeId, Choice>
  /** No file counts as written later than this: a clock that runs ahead must not win for ever. */
  readonly latestMs: number
  /** Changes that a person lets wait. */
  readonly waits?: (operation: Operation, path: string) => boolean
}

/** A decision holds for the two contents that the person saw, not for others that came since. */
export interface Choice {
  readonly keep: 'local' | 'remote' | 'both'
  readonly here: string
  readonly there: string
}

/**
 * How the content of a node changes here: `take` brings the shared one; `part` too, and gives the local one a name of its own; `yield` too, where the local one
 * is in the history by a person's choice.
 */
export type Pull = readonly [NodeId, 'take' | 'part' | 'yield']

/** What follows from three trees: the one both sides agreed on, this device's, and the shared one. */
export interface Plan {
  /** Where both sides say the same already, the base is only brought up to date. */
  readonly base: BaseChange[]
  /** Of these only key and stamp are others, as after many were brought: the base learns them from the scan (`withLookOf`). */
  readonly looks: NodeId[]
  readonly remove: NodeId[]
  readonly move: NodeId[]
  readonly removeDirectories: NodeId[]
  readonly make: NodeId[]
  readonly pull: Pull[]
  readonly push: Operation[]
  /** Files and links that are new here. Of a large folder that is new they are so many that their operations are made when they are written (`creationOf`). */
  readonly create: NodeId[]
  /** Conflicts that wait for a person. */
  readonly open: NodeId[]
  /** Something was missing for the first time, or became new: another look is needed. */
  looksAgain: boolean
}

export interface Trees {
  readonly base: ReadonlyMap<NodeId, SyncedNode>
  readonly local: ReadonlyMap<NodeId, LocalNode>
  readonly remote: ReadonlyMap<NodeId, RemoteNode>
  /** In how many scans in a row a node was missing. */
  readonly missing: ReadonlyMap<NodeId, number>
}

/** A deletion is believed when two scans in a row missed the node. */
const SURELY_MISSING = 2

/** Compares the three trees. Pure: the same trees, the same plan. */
export function reconcile(trees: Trees, rules: Rules): Plan {
  const plan: Plan = {
    base: [],
    looks: [],
    remove: [],
    move: [],
    removeDirectories: [],
    make: [],
    pull: [],
    push: [],
    create: [],
    open: [],
    looksAgain: false,
  }
  const { base, local, remote } = trees
  for (const [id, synced] of base) {
    const here = local.get(id)
    const there = remote.get(id)
    if (here?.isUnseen) continue
    if (here && there) mergeBoth(plan, id, synced, here, there, rules)
    else if (here) deletedThere(plan, id, synced, here)
    else if ((trees.missing.get(id) ?? 0) < SURELY_MISSING) plan.looksAgain = true
    else if (there) deletedHere(plan, id, synced, there)
    else plan.base.push([id, undefined])
  }
  for (const [id, here] of local) if (!base.has(id) && !remote.has(id)) createHere(plan, id, here)
  for (const id of remote.keys()) if (!base.has(id) && !local.has(id)) plan.make.push(id)
  return plan
}

function createHere(plan: Plan, id: NodeId, here: LocalNode): void {
  if (!isLeaf(here)) plan.push.push(creationOf(id, here))
  // What did not stand still is pushed when it does.
  else if (here.content !== undefined) plan.create.push(id)
}

/** How a node that is new here is told. */
export function creationOf(id: NodeId, { parent, name, kind, content, look }: LocalNode): Operation {
  const operation = { do: 'create', id, parent, name, kind, mtimeMs: look.mtimeMs } as const
  return content === undefined ? operation : { ...operation, content }
}

function deletedThere(plan: Plan, id: NodeId, synced: SyncedNode, here: LocalNode): void {
  if (!isLeaf(synced)) plan.removeDirectories.push(id)
  else if (here.content === synced.content) plan.remove.push(id)
  else if (here.content !== undefined) {
    // An edit beats a deletion: what was edited is a new file.
    plan.base.push([id, undefined])
    plan.looksAgain = true
  }
}

function deletedHere(plan: Plan, id: NodeId, synced: SyncedNode, there: RemoteNode): void {
  const isChangedThere = there.content !== synced.content || !isSamePlace(there, synced)
  if (isLeaf(there) && isChangedThere) {
    plan.base.push([id, undefined])
    plan.make.push(id)
  } else plan.push.push({ do: 'delete', id, base: there.rev })
}

function mergeBoth(
  plan: Plan,
  id: NodeId,
  synced: SyncedNode,
  here: LocalNode,
  there: RemoteNode,
  rules: Rules,
): void {
  let merged = synced
  let isLookNew = false
  const movedHere = !isSamePlace(here, synced)
  const movedThere = !isSamePlace(there, synced)
  if (movedHere && movedThere && isSamePlace(here, there))
    merged = { ...merged, parent: there.parent, name: there.name }
  else if (movedThere || here.isStaged) plan.move.push(id)
  else if (movedHere)
    plan.push.push({ do: 'move', id, parent: here.parent, name: here.name, base: there.rev })

  if (isLeaf(synced) && here.content !== undefined) {
    const changedHere = here.content !== synced.content
    const changedThere = there.content !== synced.content
    if (changedHere && changedThere && here.content !== there.content)
      mergeConflict(plan, id, synced, here, there, rules)
    else if (changedHere && changedThere)
      merged = withLookOf({ ...merged, content: there.content as string }, here)
    else if (changedHere) plan.push.push(updateOf(id, here, there))
    else {
      if (changedThere) plan.pull.push([id, 'take'])
      isLookNew = here.look.key !== synced.key || here.look.stamp !== synced.stamp
      if (isLookNew && merged !== synced) merged = withLookOf(merged, here)
    }
    if (synced.side !== undefined && !(changedHere && changedThere))
      merged = withoutSide(isLookNew ? withLookOf(merged, here) : merged)
  }
  if (merged !== synced) plan.base.push([id, merged])
  else if (isLookNew) plan.looks.push(id)
}

/** What is synced, and how it looks now. */
export function withLookOf<One extends SyncedNode>(synced: One, { look: { key, stamp } }: LocalNode): One {
  return { ...synced, key, stamp }
}

function mergeConflict(
  plan: Plan,
  id: NodeId,
  synced: SyncedNode,
  here: LocalNode,
  there: RemoteNode,
  rules: Rules,
): void {
  const choice = rules.choices.get(id)
  const isChosen = choice?.here === here.content && choice?.there === there.content
  const keep = isChosen ? choice?.keep : strategyKeeps(rules, here, there)
  if (keep === 'local') plan.push.push(updateOf(id, here, there))
  else if (keep === 'both') plan.pull.push([id, 'part'])
  else if (keep === 'remote' && synced.side === here.content) plan.pull.push([id, 'yield'])
  else {
    plan.open.push(id)
    if (synced.side !== here.content)
      plan.push.push({ do: 'keep', id, content: here.content as string, base: there.rev })
  }
}

/** What is kept under the name; nothing where a person decides. */
function strategyKeeps(
  { strategy, latestMs }: Rules,
  here: LocalNode,
  there: RemoteNode,
): 'local' | 'both' | undefined {
  if (strategy === 'manual') return undefined
  if (strategy === 'server_preferred') return 'both'
  const isLater = Math.min(here.look.mtimeMs, latestMs) > Math.min(there.mtimeMs, latestMs)
  return strategy === 'local_preferred' || isLater ? 'local' : 'both'
}

function updateOf(id: NodeId, here: LocalNode, there: RemoteNode): Operation {
  return { do: 'update', id, content: here.content as string, mtimeMs: here.look.mtimeMs, base: there.rev }
}

function withoutSide({ side: _, ...rest }: SyncedNode): SyncedNode {
  return rest
}
