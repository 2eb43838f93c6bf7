import { pathOf } from './events.ts'
import { makeRoom } from './make-room.ts'
import { isLeaf, type LocalNode, type Look, type NodeId, type RemoteNode, type SyncedNode } from './nodes.ts'
import { below, type Spot, WorldMoved } from './ports.ts'
import { displace } from './pull-removals.ts'
import type { Pull } from './reconcile.ts'
import { NEW, OLD } from './stage-names.ts'
import { becomeSynced, placeAside, stillThere, syncedFolder, type Work } from './work.ts'

/** Makes a node that is new here. Something equal that is there already is adopted. */
export async function pullNew(work: Work, id: NodeId): Promise<void> {
  const { disk, visible } = work
  const there = visible.get(id) as RemoteNode
  const folder = syncedFolder(work, there.parent)
  if (!folder) return
  // Its folder was moved here to where it is not chosen: it waits until the journal knows.
  if (work.isChosen?.(below(folder, there.name, '').path, there.kind) === false) return
  const spot = { folder, name: there.name }
  const adopted = await roomOrAdopted(work, spot, there)
  if (adopted === 'occupied') return
  if (adopted) {
    const look = isLeaf(there) ? await lookIfEqual(work, spot, adopted, there.content) : adopted
    const stranger = work.local.idAt(adopted.key, there.parent, there.name)
    if (!look) return
    if (stranger !== undefined) work.local.forget(stranger)
    return becomeSynced(work, id, there, look)
  }
  if (there.kind === 'directory') {
    becomeSynced(work, id, there, await disk.makeDirectory(spot))
    return work.tell({ kind: 'made', id, path: pathOf(spot) })
  }
  const fetched = await disk.fetch(there.content as string, there.kind, NEW + id, there.mtimeMs)
  await disk.place(NEW + id, spot)
  // The look is of before it was placed: an edit since then must not pass for what was brought.
  becomeSynced(work, id, there, fetched)
  work.tell({ kind: 'made', id, path: pathOf(spot), content: there.content as string })
}

async function roomOrAdopted(
  work: Work,
  spot: Spot,
  there: RemoteNode,
): Promise<Look | undefined | 'occupied'> {
  try {
    return await makeRoom(work, spot, there.parent, there)
  } catch (error) {
    if (error instanceof WorldMoved) return 'occupied'
    throw error
  }
}

/** A look at the thing while it had this content. */
async function lookIfEqual(
  { disk }: Work,
  spot: Spot,
  { key }: Look,
  content: string | undefined,
): Promise<Look | undefined> {
  const look = await disk.look(spot)
  return look?.key === key && (await disk.read(spot, look)) === content ? look : undefined
}

/** Brings the shared content of a file; with `part` the local one is kept under a conflict name. */
export async function pullContent(work: Work, id: NodeId, how: Pull[1]): Promise<void> {
  const { disk, base, local, visible } = work
  const there = visible.get(id) as RemoteNode
  const here = local.nodes.get(id) as LocalNode
  const synced = base.nodes.get(id) as SyncedNode
  if (here.isStaged) return
  const { spot } = await stillThere(work, id)
  const fetched = await disk.fetch(
    there.content as string,
    there.kind as 'file' | 'symlink',
    NEW + id,
    there.mtimeMs,
  )
  const old = await displace(work, id)
  const aside =
    how === 'part' ? await placeAside(work, OLD + id, { ...spot, parent: here.parent }) : undefined
  if (how !== 'part' && old !== (how === 'yield' ? synced.side : synced.content)) {
    await disk.place(OLD + id, spot)
    throw new WorldMoved('it was edited while another content came')
  }
  await disk.place(NEW + id, spot)
  const { side: _, ...rest } = synced
  base.change([[id, { ...rest, content: there.content as string, key: fetched.key, stamp: fetched.stamp }]])
  if (how !== 'part') await disk.retire(OLD + id)
  work.hasActed = true
  const { content: before } = synced
  work.tell({
    kind: 'changed',
    id,
    path: pathOf(spot),
    content: there.content as string,
    ...(before !== undefined && { base: before }),
    ...(aside !== undefined && { aside }),
    ...(aside !== undefined && old !== undefined && { own: old, ownMtimeMs: here.look.mtimeMs }),
  })
}
