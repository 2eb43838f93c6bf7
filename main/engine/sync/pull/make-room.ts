import { foldKey } from '../fold-key.ts'
import { isLeaf, type Look, type NodeId, type NodeKind } from '../nodes.ts'
import { below, type Spot, WorldMoved } from '../ports.ts'
import { renameAside, stageNode, type Work } from '../work.ts'

/** What a name is wanted for: something that is just this may stay. */
export interface Wanted {
  readonly kind: NodeKind
  readonly content?: string
}

/** The name is taken by a node that belongs there. */
class Occupied extends WorldMoved {}

/**
 * Makes a name free for another node. What is there and not synced gets a conflict name, unless it is just what is wanted: then it is adopted and its look given.
 * A synced node that belongs elsewhere is staged.
 */
export async function makeRoom(
  work: Work,
  spot: Spot,
  parent: NodeId,
  wanted: Wanted | undefined,
): Promise<Look | undefined> {
  const { disk, base, local, visible } = work
  const look = await disk.look(spot)
  if (!look) return undefined
  const occupant = local.idAt(look.key, parent, spot.name)
  if (occupant === undefined) {
    if (!isOutside(work, spot, look)) throw new WorldMoved('it came after the scan')
    await renameAside(work, { ...spot, parent }, look)
    return undefined
  }
  const known = local.nodes.get(occupant)
  if (base.nodes.has(occupant)) {
    const there = visible.get(occupant)
    const belongsHere = there?.parent === parent && foldKey(there.name) === foldKey(spot.name)
    if (!there || belongsHere) throw new Occupied('a node that belongs there is in the way')
    await stageNode(work, occupant)
    return undefined
  }
  // Where case does not count it may be written otherwise.
  const actual = { ...spot, name: known?.name ?? spot.name }
  if (wanted && look.kind === wanted.kind && (!isLeaf(look) || known?.content === wanted.content)) {
    if (actual.name !== spot.name) await disk.rename(actual, spot)
    return look
  }
  local.forget(occupant)
  await renameAside(work, { ...actual, parent }, look, { own: known?.content, there: wanted?.content })
  return undefined
}

/** Lies where nothing is chosen, so that no scan told of it. */
const isOutside = ({ isChosen }: Work, { folder, name }: Spot, { key, kind }: Look): boolean =>
  isChosen?.(below(folder, name, key).path, kind) === false
