import { DEEPEST, type Look, type NodeId, ROOT, type SyncedNode } from './nodes.ts'
import type { Batch } from './operations.ts'
import {
  type BaseChange,
  batchesFrom,
  below,
  type Folder,
  type Intent,
  type Journal,
  type Spot,
  type SyncBase,
  type SyncDisk,
} from './ports.ts'
import { ASIDE, MOVED, NEW, OLD } from './stage-names.ts'
import { placeAside, type Work } from './work.ts'

/** What became of the batches this device was about to write: exactly one that is in its slot counts as written, and is applied to the base. `heard` is what came in the slot of the first. */
export async function settleIntents(
  base: SyncBase,
  head: number,
  heard: Batch | undefined,
  journal: Pick<Journal, 'read'>,
): Promise<void> {
  const first = base.intents[0]
  // As long as its slot is empty a slow answer may still fill it.
  if (!first || first.slot > head) return
  // A replica that was kept over a restart does not give what it had read before.
  const written = heard ?? (await batchesFrom(journal, first.slot))[0]
  const intent = base.intents.find(({ batch }) => batch.rid === written?.rid)
  base.settle(intent ? baseAfter(base, intent) : [])
}

/** What the base is after a batch of this device is in its slot. */
export function baseAfter({ nodes }: SyncBase, { batch, looks }: Intent): BaseChange[] {
  const lookOf = new Map(looks)
  const after = new Map<NodeId, SyncedNode | undefined>()
  for (const operation of batch.operations) {
    const { id } = operation
    const look = lookOf.get(id)
    const synced = after.get(id) ?? nodes.get(id)
    if (operation.do === 'delete') after.set(id, undefined)
    else if (operation.do === 'create' && look) {
      const { parent, name, kind, content } = operation
      after.set(id, { parent, name, kind, ...(content === undefined ? {} : { content }), ...look })
    } else if (operation.do === 'move' && synced)
      after.set(id, { ...synced, parent: operation.parent, name: operation.name })
    else if (operation.do === 'update' && synced && look)
      after.set(id, { ...synced, content: operation.content, ...look })
    else if (operation.do === 'keep' && synced) after.set(id, { ...synced, side: operation.content })
  }
  return [...after]
}

/** Ends what was cut off: downloads are dropped, what was displaced and not replaced goes back. Nothing is dropped that only this device has. */
export async function recoverStage(work: Work): Promise<void> {
  const { disk, base } = work
  for (const { name, look } of await disk.staged())
    if (name.startsWith(NEW)) await disk.drop(name)
    else if (name.startsWith(OLD)) await recoverOld(work, name, look)
    else if (name.startsWith(ASIDE) || (name.startsWith(MOVED) && !base.nodes.has(name.slice(MOVED.length))))
      await placeAside(work, name, recovered(disk))
}

/** Nobody knows its name any more. */
const recovered = ({ root }: SyncDisk) => ({ folder: root, parent: ROOT, name: 'recovered' })

async function recoverOld(work: Work, name: string, look: Look): Promise<void> {
  const { disk, base, replica } = work
  const id = name.slice(OLD.length)
  const synced = base.nodes.get(id)
  const content = await disk.readStaged(name, look)
  const isKept = content !== undefined && replica.isInHistory(content)
  // Somebody gave its name to another file at that very moment: nobody wants that one gone.
  const isAnother = synced?.key !== look.key && base.idsOf(look.key).length > 0
  // It was replaced or removed, and only the tidying was cut off.
  if (isKept && !isAnother && synced?.content !== content) return disk.retire(name)
  if (!synced) {
    await placeAside(work, name, recovered(disk))
    return
  }
  const spot = syncedSpot(base, disk, synced)
  const there = spot ? await lookOrUnknown(disk, spot) : 'unknown'
  if (!spot || there === 'unknown') return disk.restage(name, MOVED + id)
  if (!there) return disk.place(name, spot)
  if (there.key === look.key) return disk.drop(name)
  if (isKept && !isAnother) return disk.retire(name)
  await placeAside(work, name, { ...spot, parent: synced.parent })
}

/** Where a node should be by what was synced; `undefined` where its folders are being moved into each other. */
function syncedSpot({ nodes }: SyncBase, disk: SyncDisk, { parent, name }: SyncedNode): Spot | undefined {
  const folderOf = (id: NodeId, depth = 0): Folder | undefined => {
    const node = nodes.get(id)
    if (id === ROOT || !node) return disk.root
    const above = depth < DEEPEST ? folderOf(node.parent, depth + 1) : undefined
    return above && below(above, node.name, node.key)
  }
  const folder = folderOf(parent)
  return folder && { folder, name }
}

async function lookOrUnknown(disk: SyncDisk, spot: Spot): Promise<Look | undefined | 'unknown'> {
  try {
    return await disk.look(spot)
  } catch {
    return 'unknown'
  }
}
