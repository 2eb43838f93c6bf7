import { pathIn, type SyncEvent } from './events.ts'
import { foldKey } from './fold-key.ts'
import { largestBatch } from './largest-batch.ts'
import { type LocalNode, type NodeId, type RemoteNode, ROOT, type SyncedNode } from './nodes.ts'
import type { Batch, Operation } from './operations.ts'
import { type Intent, type Journal, type SharedContents, WorldMoved } from './ports.ts'
import { creationOf } from './reconcile.ts'
import { baseAfter } from './recover.ts'
import type { LocalTree } from './scan/local-tree.ts'
import { MOVED } from './stage-names.ts'
import {
  attempt,
  isInside,
  type Loser,
  placeAside,
  relocate,
  renameAside,
  stageNode,
  stillThere,
  syncedFolder,
  type Work,
} from './work.ts'

export interface Pushing {
  readonly journal: Journal
  readonly contents: SharedContents
  readonly device: string
  readonly newRid: () => string
  readonly nowMs: () => number
}

/** What is to be written into the journal, in this order. */
export interface ToPush {
  readonly operations: readonly Operation[]
  /** New files and links of the scan, after all others. */
  readonly create: readonly NodeId[]
}

export const isNothing = ({ operations, create }: ToPush): boolean => operations.length + create.length === 0

/** One after another. */
export function* operationsOf({ operations, create }: ToPush, local: LocalTree): Generator<Operation> {
  yield* operations
  for (const id of create) yield creationIn(local, id)
}

function creationIn({ nodes }: LocalTree, id: NodeId): Operation {
  const here = nodes.get(id)
  if (!here) throw new WorldMoved('it is not where it was seen')
  return creationOf(id, here)
}

/**
 * Writes what changed here into the journal, in batches: contents first, then one batch that holds as much as fits the shared tree. As long as nobody else's
 * batch comes between and all of it fits, the next one follows at once: nothing has to be looked at again for it.
 */
export async function push(work: Work, all: ToPush, by: Pushing): Promise<void> {
  for (let rest = all; !isNothing(rest); ) {
    rest = await pushBatch(work, rest, by)
    if (!isNothing(rest)) await work.pause()
  }
}

const NOTHING: ToPush = { operations: [], create: [] }

/** Writes one batch; gives what may be written after it. */
async function pushBatch(work: Work, all: ToPush, by: Pushing): Promise<ToPush> {
  const { base, replica, local } = work
  const { ready, later } = await readyOf(work, all, by)
  const slot = replica.head + 1
  const { fitting, unfit } = largestBatch(replica.tree, ready, slot)
  for (const operation of unfit) await attempt(work, operation.id, () => undoHere(work, operation, fitting))
  if (fitting.length === 0) return NOTHING
  const stored = await by.contents.finish()
  const head = { rid: by.newRid(), device: by.device, atMs: by.nowMs() }
  const batch: Batch = { ...head, operations: fitting, ...(stored && { stored }) }
  const looks = fitting.flatMap(({ id }): Intent['looks'] => {
    const look = local.nodes.get(id)?.look
    return look ? [[id, { key: look.key, stamp: look.stamp }]] : []
  })
  const intent: Intent = { slot, batch, looks }
  base.intend(intent)
  const sent = fitting.map((operation) => sentOf(work, operation))
  if (!(await by.journal.append(slot, batch))) return NOTHING
  base.settle(baseAfter(base, intent))
  for (const event of sent) work.tell(event)
  if (isNothing(later) || unfit.length > 0) return NOTHING
  let last: string | undefined
  const came = await replica.follow(({ rid }) => {
    last = rid
  })
  if (came !== 1 || last !== batch.rid) return NOTHING
  // A second change of a node was made from a rev that is not its last one any more.
  const touched = new Set(fitting.map(({ id }) => id))
  return { ...later, operations: later.operations.filter(({ id }) => !touched.has(id)) }
}

function sentOf({ base, local, replica }: Work, operation: Operation): SyncEvent {
  const { id } = operation
  const before = base.nodes.get(id)?.content
  const shared = replica.tree.nodes.get(id)
  const there = shared?.content
  const isOver = operation.do === 'update' && there !== undefined && there !== before
  return {
    kind: 'sent',
    operation,
    path: pathIn(local.nodes.has(id) ? local.nodes : replica.tree.nodes, id),
    ...(before !== undefined && { base: before }),
    ...(isOver && { over: there, overMs: shared?.mtimeMs, overRev: shared?.rev }),
  }
}

/** What of it still holds, its contents stored, and what comes after it. What cannot be read or stored now waits; where the world moved, all of it is thought over again. */
async function readyOf(work: Work, { operations, create }: ToPush, by: Pushing) {
  const ready: Operation[] = []
  const later: Operation[] = []
  const prepare = (operation: Operation): Promise<void> =>
    attempt(work, operation.id, async () => {
      await expectStill(work, operation, by)
      ready.push(operation)
    })
  for (const operation of operations) {
    // Its content is given away when it is back in the folder; and not all in one batch, so that what is stored is soon told of. Nothing else depends on a content.
    const isContent = 'content' in operation && operation.content !== undefined
    if (isContent && work.local.nodes.get(operation.id)?.isStaged) continue
    if (isContent && by.contents.isEnough()) later.push(operation)
    else await prepare(operation)
  }
  let created = 0
  for (; created < create.length && !by.contents.isEnough(); created++) {
    await prepare(creationIn(work.local, create[created] as NodeId))
  }
  return { ready, later: { operations: later, create: create.slice(created) } }
}

/** Stores a content, or looks once more at what is said to be gone. */
async function expectStill(work: Work, operation: Operation, by: Pushing): Promise<void> {
  if (operation.do === 'delete') {
    if (await isThereAgain(work, operation.id)) throw new WorldMoved('it is there again')
  } else if ('content' in operation && operation.content !== undefined) {
    const { spot, node } = await stillThere(work, operation.id)
    if ((await by.contents.store(spot, node.look)) !== operation.content)
      throw new WorldMoved('it changed before it was stored')
  }
}

async function isThereAgain(work: Work, id: NodeId): Promise<boolean> {
  const synced = work.base.nodes.get(id) as SyncedNode
  const folder = syncedFolder(work, synced.parent)
  const look = folder && (await work.disk.look({ folder, name: synced.name }))
  return look?.key === synced.key
}

/** What cannot be said in the shared tree is taken back here: the shared one wins, under its name; nothing is lost. */
async function undoHere(work: Work, operation: Operation, fitting: readonly Operation[]): Promise<void> {
  const { base, replica } = work
  if (operation.do === 'delete') {
    // Somebody put something into the folder: it comes back.
    base.change([[operation.id, undefined]])
    work.hasActed = true
  } else if (operation.do === 'create' || operation.do === 'move') {
    const { id, parent, name } = operation
    const clashes =
      (replica.tree.childNamed(parent, name) ?? id) !== id ||
      fitting.some(
        (other) =>
          'parent' in other &&
          other.parent === parent &&
          foldKey(other.name) === foldKey(name) &&
          other.id !== id,
      )
    if (clashes) {
      const { spot, node } = await stillThere(work, id)
      await (base.nodes.has(id) && node.kind !== 'directory'
        ? stageAside(work, id, { ...spot, parent })
        : renameAside(work, { ...spot, parent }, node.look, {
            own: node.content,
            there: replica.tree.nodes.get(replica.tree.childNamed(parent, name) ?? ROOT)?.content,
          }))
    } else if (operation.do === 'move') await moveBack(work, id)
    work.hasActed = true
  }
}

/** A synced file on its way to a conflict name is known again after a crash. */
async function stageAside(work: Work, id: NodeId, loser: Loser): Promise<void> {
  await stageNode(work, id)
  await placeAside(work, MOVED + id, loser)
}

async function moveBack(work: Work, id: NodeId): Promise<void> {
  const { disk, local, visible } = work
  const there = visible.get(id) as RemoteNode
  const folder = syncedFolder(work, there.parent)
  if (!folder) return
  const { node } = await stillThere(work, id)
  const target = { folder, name: there.name }
  if ((await disk.look(target)) || isInside(work, there.parent, id)) return stageNode(work, id)
  await relocate(work, id, target)
  const moved: LocalNode = { ...node, parent: there.parent, name: there.name }
  local.set(id, moved)
}
