import { chosenPart, type IsChosen, notChosen } from './choice.ts'
import { pathOfOperation, type SyncEvent } from './events.ts'
import { type GuardRules, guard, type Held } from './guards.ts'
import { type LocalNode, type NodeId, ROOT, type SyncedNode } from './nodes.ts'
import type { Batch, Operation } from './operations.ts'
import { type SyncBase, type SyncDisk, WorldMoved } from './ports.ts'
import { pullContent, pullNew } from './pull/pull-contents.ts'
import { pullMove } from './pull/pull-moves.ts'
import { pullDirectoryRemoval, pullRemoval } from './pull/pull-removals.ts'
import { isNothing, operationsOf, type Pushing, push, type ToPush } from './push.ts'
import { type Plan, type Rules, reconcile, withLookOf } from './reconcile.ts'
import { recoverStage, settleIntents } from './recover.ts'
import type { Replica } from './replica.ts'
import { createLocalTree, type LocalTree } from './scan/local-tree.ts'
import { type Glances, scan } from './scan/scan.ts'
import { MOVED } from './stage-names.ts'
import { withoutWaiting } from './waiting.ts'
import { attempt, type Work } from './work.ts'

/** So many nodes are written at once whose looks are others. */
const LOOKS_AT_ONCE = 1_000

/** A device with a synced folder. */
export interface Device extends Pushing {
  readonly disk: SyncDisk
  readonly base: SyncBase
  readonly replica: Replica
  readonly glances: Glances
  readonly newId: () => NodeId
  readonly conflictName: Work['conflictName']
  readonly rules: () => Rules & GuardRules
  /** What this device takes part in; everything where it is missing. */
  readonly isChosen?: IsChosen
  /** Hears what was done. */
  readonly tell?: (event: SyncEvent) => void
  /** Whether an error is about more than one node (the place is away, the disk is full): then the cycle ends with it. */
  readonly endsCycle?: (error: unknown) => boolean
  /** Called between two parts of a long cycle; what it throws ends the cycle. */
  readonly pause?: () => Promise<void>
}

export interface CycleResult {
  /** The last slot of the journal that it went by. */
  readonly head: number
  /** Another cycle may find more to do. */
  readonly isBusy: boolean
  /** Conflicts that wait for a person. */
  readonly open: readonly NodeId[]
  readonly problems: ReadonlyMap<NodeId, unknown>
  /** Deletions that wait for a person. */
  readonly held: readonly Held[]
  /** How much is to be written into the journal; absent where that is not known yet. */
  readonly pending?: number
}

/** One round: reads on in the journal, looks at the folder, brings what others changed; and if there was nothing to bring, gives away what changed here. */
export async function runCycle(device: Device): Promise<CycleResult> {
  const { base, replica, glances } = device
  await catchUp(device)
  const problems = new Map<NodeId, unknown>()
  const open: NodeId[] = []
  const held: Held[] = []
  const again: CycleResult = { head: replica.head, isBusy: true, open, problems, held }
  try {
    const { local, isUnsure, isUnsettled, work } = await lookAround(device, problems)
    if (isUnsure) return again
    if (device.pause) await device.pause()
    const trees = {
      base: base.nodes,
      local: local.nodes,
      remote: work.visible,
      missing: glances.missing,
    }
    const rules = device.rules()
    const plan = reconcile(trees, rules)
    const guarded = guard(plan, base.nodes, (id) => replica.tree.nodes.has(id), rules)
    held.push(...guarded.held)
    if (guarded.restore.length > 0) {
      base.decide(guarded.restore.map((id) => [id, undefined] as const))
      return again
    }
    // While most of the folder may be about to go, nothing else is done on the strength of the same journal.
    if (held.some(({ direction }) => direction === 'in')) return { ...again, isBusy: plan.looksAgain }
    open.push(...plan.open)
    if (plan.base.length > 0) base.change(plan.base)
    for (let at = 0; at < plan.looks.length; at += LOOKS_AT_ONCE)
      base.change(plan.looks.slice(at, at + LOOKS_AT_ONCE).map((id) => [id, lookedAt(base, local, id)]))
    await pull(work, plan)
    // What was looked at is not what is there any more: nothing is pushed on the strength of it.
    if (work.hasActed || plan.looksAgain) return again
    const pending = plan.push.length + plan.create.length
    const toPush = mayBePushed(work, plan, rules)
    if (isNothing(toPush) || held.length > 0) return { ...again, isBusy: isUnsettled, pending }
    await push(work, toPush, device)
    return { ...again, pending }
  } catch (error) {
    if (error instanceof WorldMoved) return again
    throw error
  }
}

function lookedAt(base: SyncBase, local: LocalTree, id: NodeId): SyncedNode {
  return withLookOf(base.nodes.get(id) as SyncedNode, local.nodes.get(id) as LocalNode)
}

function mayBePushed({ local, base, replica }: Work, { push, create }: Plan, { waits }: Rules): ToPush {
  const all = { operations: push, create }
  if (!waits) return all
  const isWaiting = (each: Operation): boolean => waits(each, pathOfOperation(each, local.nodes, base.nodes))
  if (!operationsOf(all, local).some(isWaiting)) return all
  return { operations: withoutWaiting(replica.tree, [...operationsOf(all, local)], isWaiting), create: [] }
}

async function catchUp({ base, replica, journal }: Device): Promise<void> {
  const intended = base.intents[0]?.slot
  let heard: Batch | undefined
  await replica.follow((batch, slot) => {
    if (slot === intended) heard = batch
  })
  await settleIntents(base, replica.head, heard, journal)
}

async function lookAround(device: Device, problems: Map<NodeId, unknown>) {
  const { disk, base, replica, conflictName, isChosen, tell = () => {} } = device
  const { endsCycle = () => false, pause = async () => {} } = device
  const visible = chosenPart(replica.tree.nodes, isChosen)
  const own = { conflictName, tell, endsCycle, pause, problems, isChosen }
  const before = { disk, base, replica, visible, ...own, hasActed: false }
  await recoverStage({ ...before, local: createLocalTree(disk, device.glances.nodes) })
  if (isChosen) await forgetNotChosen(device, isChosen)
  const seen = await scan(disk, base, device.glances, device.newId, problems, isChosen)
  return { ...seen, work: { ...before, local: seen.local } satisfies Work }
}

async function forgetNotChosen({ disk, base }: Device, isChosen: IsChosen): Promise<void> {
  const staged = (await disk.staged()).filter(({ name }) => name.startsWith(MOVED))
  const forgotten = notChosen(
    base.nodes,
    new Set(staged.map(({ name }) => name.slice(MOVED.length))),
    isChosen,
  )
  if (forgotten.length > 0) base.decide(forgotten.map((id) => [id, undefined] as const))
}

/** Removals, then moves from the top down, folders from the bottom up, then what is new from the top down, contents last: each makes room for the next. */
async function pull(work: Work, plan: Plan): Promise<void> {
  const { base, visible } = work
  const remote = (id: NodeId) => visible.get(id)?.parent
  const synced = (id: NodeId) => base.nodes.get(id)?.parent
  for (const id of plan.remove) await attempt(work, id, () => pullRemoval(work, id))
  for (const id of byDepth(plan.move, remote)) await attempt(work, id, () => pullMove(work, id))
  for (const id of byDepth(plan.removeDirectories, synced).reverse())
    await attempt(work, id, () => pullDirectoryRemoval(work, id))
  await pullNew(work, byDepth(plan.make, remote))
  for (const [id, how] of plan.pull) await attempt(work, id, () => pullContent(work, id, how))
}

/** Depths are kept of what is above something only: there may be very many ids. */
function byDepth(ids: readonly NodeId[], parentOf: (id: NodeId) => NodeId | undefined): NodeId[] {
  const above = new Map<NodeId, number>([[ROOT, 0]])
  const depthAbove = (id: NodeId): number => {
    const known = above.get(id)
    if (known !== undefined) return known
    // Whatever is inside itself for the base is at the top.
    above.set(id, 0)
    const own = depthOf(id)
    above.set(id, own)
    return own
  }
  const depthOf = (id: NodeId): number => {
    const parent = parentOf(id)
    return parent === undefined ? 0 : depthAbove(parent) + 1
  }
  const levels: NodeId[][] = []
  for (const id of ids) {
    const depth = depthOf(id)
    for (let level = levels.length; level <= depth; level++) levels.push([])
    levels[depth]?.push(id)
  }
  return levels.flat()
}

/** What waits to be written into the journal, as far as it can be told without asking anybody. Changes nothing but what a cut has left. */
export async function lookOnly(
  device: Device,
): Promise<readonly { readonly operation: Operation; readonly path: string }[] | undefined> {
  try {
    const { local, isUnsure, work } = await lookAround(device, new Map())
    if (isUnsure) return undefined
    const { base, glances } = device
    const trees = {
      base: base.nodes,
      local: local.nodes,
      remote: work.visible,
      missing: glances.missing,
    }
    const { push, create } = reconcile(trees, device.rules())
    return Array.from(operationsOf({ operations: push, create }, local), (operation) => ({
      operation,
      path: pathOfOperation(operation, local.nodes, base.nodes),
    }))
  } catch (error) {
    if (error instanceof WorldMoved) return undefined
    throw error
  }
}
