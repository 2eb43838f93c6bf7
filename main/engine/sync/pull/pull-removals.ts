import { pathOf } from '../events.ts'
import { isSamePlace, type LocalNode, type Look, type NodeId, ROOT, type SyncedNode } from '../nodes.ts'
import { WorldMoved } from '../ports.ts'
import { MOVED, OLD } from '../stage-names.ts'
import { expectStaged, placeAside, stillThere, type Work } from '../work.ts'

/** Removes a file that was deleted elsewhere; it stays among the versions of this device. */
export async function pullRemoval(work: Work, id: NodeId): Promise<void> {
  const { disk, base, local } = work
  const synced = base.nodes.get(id) as SyncedNode
  const here = local.nodes.get(id) as LocalNode
  const path = here.isStaged ? here.name : pathOf(local.spot(id))
  if (here.isStaged) {
    const look = await disk.lookStaged(MOVED + id)
    if (look && (await disk.readStaged(MOVED + id, look)) === synced.content) await disk.retire(MOVED + id)
    else await placeAside(work, MOVED + id, { folder: disk.root, parent: ROOT, name: synced.name })
    base.change([[id, undefined]])
  } else {
    const old = await displace(work, id)
    if (old !== synced.content) {
      await disk.place(OLD + id, local.spot(id))
      throw new WorldMoved('it was edited while it was to be removed')
    }
    base.change([[id, undefined]])
    await disk.retire(OLD + id)
  }
  local.forget(id)
  work.hasActed = true
  work.tell({ kind: 'removed', id, path, of: here.kind })
}

/** Takes a file out of the way and gives its content as it was then. */
export async function displace(work: Work, id: NodeId): Promise<string | undefined> {
  const { spot, node } = await stillThere(work, id)
  await work.disk.stage(spot, OLD + id)
  const look = await expectStaged(work, OLD + id, node.look, spot)
  return work.disk.readStaged(OLD + id, look)
}

/** Removes a folder that was deleted elsewhere, when it is empty. With something new in it, it lives on as a new folder. */
export async function pullDirectoryRemoval(work: Work, id: NodeId): Promise<void> {
  const { disk, base, local } = work
  const here = local.nodes.get(id) as LocalNode
  if (here.isStaged) {
    const folder = disk.stagedFolder(MOVED + id, here.look.key)
    const inside = await disk.list(folder)
    if (inside.length === 0 && !disk.hidden?.(folder).length) await disk.drop(MOVED + id)
    // Something in it has to go first.
    else if (!inside.every(({ name, look }) => staysHere(work, id, name, look))) return
    else await placeAside(work, MOVED + id, { folder: disk.root, parent: ROOT, name: here.name })
    local.forget(id)
  } else {
    const { spot } = await stillThere(work, id)
    const folder = local.folder(id)
    const inside = await disk.list(folder)
    const isBare = !disk.hidden?.(folder).length
    if (inside.length === 0 && isBare) {
      await disk.removeDirectory(spot)
      local.forget(id)
      work.tell({ kind: 'removed', id, path: pathOf(spot), of: 'directory' })
    }
    // Something in it has to go first.
    else if (!inside.every(({ name, look }) => staysHere(work, id, name, look))) return
  }
  base.change([[id, undefined]])
  work.hasActed = true
}

/** Not synced, or moved in by somebody here: it needs the folder. */
function staysHere({ base, local, visible }: Work, folder: NodeId, name: string, { key }: Look): boolean {
  const id = local.idAt(key, folder, name)
  const here = id && local.nodes.get(id)
  const synced = id && base.nodes.get(id)
  return !here || !synced || (visible.has(id) && !isSamePlace(here, synced))
}
