import type { IsChosen } from './choice.ts'
import { pathOf, type SyncEvent } from './events.ts'
import { foldKey } from './fold-key.ts'
import {
  DEEPEST,
  type LocalNode,
  type Look,
  type NodeId,
  plainNode,
  type RemoteNode,
  ROOT,
  type SyncedNode,
} from './nodes.ts'
import { type Folder, type Spot, type SyncBase, type SyncDisk, WorldMoved } from './ports.ts'
import type { Replica } from './replica.ts'
import type { LocalTree } from './scan/local-tree.ts'
import { ASIDE, MOVED } from './stage-names.ts'

/** What the steps of one cycle work with. */
export interface Work {
  readonly disk: SyncDisk
  readonly base: SyncBase
  readonly replica: Replica
  /** The shared nodes that this device has chosen; all of them where it chose nothing. */
  readonly visible: ReadonlyMap<NodeId, RemoteNode>
  readonly local: LocalTree
  readonly isChosen?: IsChosen | undefined
  /** A name for the version that lost; another one for each `attempt`. */
  readonly conflictName: (name: string, attempt: number) => string
  /** Hears what was done. */
  readonly tell: (event: SyncEvent) => void
  /** Whether an error is about more than one node (the place is away, the disk is full): then the cycle ends with it. */
  readonly endsCycle: (error: unknown) => boolean
  /** Between two parts of something long: whoever runs it may write down what was told, and end it by throwing. */
  readonly pause: () => Promise<void>
  /** Nodes that could not be dealt with, and why: the disk is full, nobody may write there. */
  readonly problems: Map<NodeId, unknown>
  /** Something changed: what the plan was made for is not there any more. */
  hasActed: boolean
}

/** A synced folder as it is now; `undefined` where it is not synced yet, or gone. */
export function syncedFolder({ base, disk, local }: Work, id: NodeId): Folder | undefined {
  if (id === ROOT) return disk.root
  if (base.nodes.get(id)?.kind !== 'directory' || local.nodes.get(id)?.kind !== 'directory') return undefined
  return local.folder(id)
}

/** Whether a folder lies, on this disk, inside another or is it. What is staged lies in nothing. */
export function isInside({ local }: Work, folder: NodeId, ancestor: NodeId): boolean {
  for (let at = folder, depth = 0; at !== ROOT; depth++) {
    if (at === ancestor) return true
    if (depth > DEEPEST) throw new WorldMoved('folders were moved into each other while they were looked at')
    const here = local.nodes.get(at)
    if (!here || here.isStaged) return false
    at = here.parent
  }
  return false
}

/** A thing on the disk that is a node of the journal. */
export interface Found {
  readonly id: NodeId
  readonly there: RemoteNode
  readonly look: Look
}

/** Notes that these things on the disk are the nodes, as the journal has them. */
export function becomeSynced(work: Work, found: readonly Found[]): void {
  if (found.some(({ there, look }) => look.kind !== there.kind))
    throw new WorldMoved('it became another kind of thing')
  work.base.change(
    found.map(({ id, there, look }) => [id, { ...plainNode(there), key: look.key, stamp: look.stamp }]),
  )
  for (const { id, there, look } of found) work.local.set(id, { ...plainNode(there), look })
  if (found.length > 0) work.hasActed = true
}

/** Makes sure that a node is still where the scan saw it. */
export async function stillThere(work: Work, id: NodeId): Promise<{ spot: Spot; node: LocalNode }> {
  const node = work.local.nodes.get(id) as LocalNode
  const spot = work.local.spot(id)
  const look = await work.disk.look(spot)
  if (look?.key !== node.look.key) throw new WorldMoved('it is not where it was seen')
  return { spot, node }
}

/** Takes a node out of the folder, to make room or to let a folder go; it is placed again in a later cycle. */
export async function stageNode(work: Work, id: NodeId): Promise<void> {
  const { disk, base, local } = work
  const { spot, node } = await stillThere(work, id)
  const synced = base.nodes.get(id) as SyncedNode
  // By its key a staged thing is known again; a stale stamp only has it read again.
  if (synced.key !== node.look.key) base.change([[id, { ...synced, key: node.look.key, stamp: '' }]])
  await disk.stage(spot, MOVED + id)
  await expectStaged(work, MOVED + id, node.look, spot)
  local.set(id, { ...node, isStaged: true })
  work.hasActed = true
}

/** What was staged must be what was meant; somebody else's file goes back. */
export async function expectStaged({ disk }: Work, name: string, look: Look, spot: Spot): Promise<Look> {
  const staged = await disk.lookStaged(name)
  if (staged?.key === look.key) return staged
  if (staged) await disk.place(name, spot)
  throw new WorldMoved('another thing came into its place')
}

/** Where something that loses its name belongs. */
export interface Loser {
  readonly folder: Folder
  /** The node of the folder. */
  readonly parent: NodeId
  readonly name: string
}

/**
 * A name in a folder that says that what gets it lost. It is free here and in the journal, and another one than it had, case and normalization aside: else it would have to go
 * again, and might come back to the same.
 */
async function asideOf(
  { disk, replica, conflictName }: Work,
  { folder, parent, name }: Loser,
): Promise<Spot> {
  for (let attempt = 1; ; attempt++) {
    const aside = { folder, name: conflictName(name, attempt) }
    const isTaken = foldKey(aside.name) === foldKey(name) || replica.tree.childNamed(parent, aside.name)
    if (!isTaken && !(await disk.look(aside))) return aside
  }
}

/** Places something staged under a name that says it lost; gives its path. */
export async function placeAside(work: Work, staged: string, loser: Loser): Promise<string> {
  const aside = await asideOf(work, loser)
  await work.disk.place(staged, aside)
  work.hasActed = true
  return pathOf(aside)
}

/** What the one that gets another name holds, and what the one whose name it was holds. */
export interface AsideContents {
  readonly own?: string | undefined
  readonly there?: string | undefined
}

/** Gives something in the folder that is not synced a name that says it lost. */
export async function renameAside(
  work: Work,
  loser: Loser,
  look: Look,
  { own, there }: AsideContents = {},
): Promise<void> {
  const { disk } = work
  const spot = { folder: loser.folder, name: loser.name }
  if (look.kind === 'directory') {
    const aside = await asideOf(work, loser)
    await disk.rename(spot, aside)
    work.hasActed = true
    return work.tell({ kind: 'aside', path: pathOf(spot), aside: pathOf(aside) })
  }
  // Not by a second name in the folder: whoever deletes one of two names must not lose both.
  const staged = ASIDE + look.key
  await disk.stage(spot, staged)
  await expectStaged(work, staged, look, spot)
  const aside = await placeAside(work, staged, loser)
  const contents = own !== undefined && there !== undefined ? { own, there } : {}
  work.tell({ kind: 'aside', path: pathOf(spot), aside, ...contents })
}

/** Brings a synced node that is in the folder to another place in it. */
export async function relocate(work: Work, id: NodeId, to: Spot): Promise<void> {
  const { disk, local } = work
  if (local.nodes.get(id)?.kind === 'directory') return disk.rename(local.spot(id), to)
  await stageNode(work, id)
  await disk.place(MOVED + id, to)
}

/** One node that cannot be dealt with does not keep the others waiting; a world that moved does. */
export async function attempt(
  { problems, endsCycle }: Work,
  id: NodeId,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (error instanceof WorldMoved || endsCycle(error)) throw error
    problems.set(id, error)
  }
}
