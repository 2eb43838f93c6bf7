import { pathOf } from '../events.ts'
import { isSamePlace, type LocalNode, type NodeId, type RemoteNode, ROOT, type SyncedNode } from '../nodes.ts'
import { type Spot, WorldMoved } from '../ports.ts'
import { MOVED } from '../stage-names.ts'
import { isInside, relocate, stageNode, stillThere, syncedFolder, type Work } from '../work.ts'
import { makeRoom } from './make-room.ts'

/** Brings a node to where the journal has it. */
export async function pullMove(work: Work, id: NodeId): Promise<void> {
  const { disk, local, visible } = work
  const there = visible.get(id) as RemoteNode
  const here = local.nodes.get(id) as LocalNode
  const folder = syncedFolder(work, there.parent)
  if (!folder) {
    // Its new folder is not there yet, and its old one has to go.
    const isCondemned = here.parent !== ROOT && !visible.has(here.parent)
    if (!here.isStaged && isCondemned) await stageNode(work, id)
    return
  }
  const spot = { folder, name: there.name }
  if (!here.isStaged) await stillThere(work, id)
  if (!(await roomFor(work, id, spot, there))) return
  if (here.kind === 'directory' && isInside(work, there.parent, id)) return standAside(work, id, there)
  const from = here.isStaged ? undefined : pathOf(local.spot(id))
  if (here.isStaged) await disk.place(MOVED + id, spot)
  else await relocate(work, id, spot)
  const synced = work.base.nodes.get(id) as SyncedNode
  work.base.change([[id, { ...synced, parent: there.parent, name: there.name }]])
  const { isStaged: _, ...moved } = here
  local.set(id, { ...moved, parent: there.parent, name: there.name })
  work.hasActed = true
  work.tell({ kind: 'moved', id, path: pathOf(spot), ...(from !== undefined && { from }) })
}

/** Frees the name where the node belongs; where another node rightly holds it, this one waits in the stage. */
async function roomFor(work: Work, id: NodeId, spot: Spot, there: RemoteNode): Promise<boolean> {
  const { disk, local } = work
  const here = local.nodes.get(id) as LocalNode
  const occupant = await disk.look(spot)
  // Where case does not count it may stand in its own way.
  if (!occupant || local.idAt(occupant.key, there.parent, there.name) === id) return true
  try {
    await makeRoom(work, spot, there.parent, undefined)
    return true
  } catch (error) {
    if (!(error instanceof WorldMoved)) throw error
    if (!here.isStaged) await stageNode(work, id)
    return false
  }
}

/** The folder would come into itself: two devices moved opposite ways. The part of its target's path that has to leave is staged; else the folder itself. */
async function standAside(work: Work, id: NodeId, there: RemoteNode): Promise<void> {
  const { local, visible } = work
  for (let at = there.parent; at !== ROOT && at !== id; ) {
    const here = local.nodes.get(at)
    if (!here || here.isStaged) break
    const target = visible.get(at)
    if (target && !isSamePlace(here, target)) return stageNode(work, at)
    at = here.parent
  }
  if (!local.nodes.get(id)?.isStaged) await stageNode(work, id)
}
