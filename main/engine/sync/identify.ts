import { foldKey } from './fold-key.ts'
import { DEEPEST, isLeaf, type NodeId, ROOT, type SyncedNode } from './nodes.ts'
import type { SyncBase } from './ports.ts'
import type { Sighting, Walk } from './walk.ts'

/** Which node each sighting is. */
export interface Identities {
  readonly idOf: ReadonlyMap<Sighting, NodeId>
  /** By key, for folders: which node a folder is. */
  readonly folderIds: ReadonlyMap<string, NodeId>
  /** A thing vanished since the last scan: its path may have a successor, but it may also turn up elsewhere. Look again before acting. */
  readonly isUnsure: boolean
  /** Nodes whose thing was not seen, though it would have been. */
  readonly vanished: ReadonlySet<NodeId>
  /** Nodes in folders that could not be looked into. */
  readonly unseen: ReadonlySet<NodeId>
  /** Staged nodes that were placed: a crash came before their name in the stage was dropped. */
  readonly placed: readonly NodeId[]
  /** Nodes whose thing lies where nothing is chosen. */
  readonly outside: ReadonlySet<NodeId>
}

/**
 * Finds out what each sighting is. First by the thing itself (device, inode, birth). Then by path, for editors that save by replacing; but only
 * where the old thing was missing in two scans, because a walk can miss what is being moved.
 */
export function identify(
  { sightings, staged, closed, outside: outsideKeys, hidden }: Walk,
  base: SyncBase,
  vanishedBefore: ReadonlySet<NodeId>,
  rootKey: string,
  newId: () => NodeId,
): Identities {
  const idOf = new Map<Sighting, NodeId>()
  const folderIds = new Map<string, NodeId>([[rootKey, ROOT]])
  const taken = new Set<NodeId>(staged.keys())
  for (const [id, look] of staged) if (!isLeaf(look)) folderIds.set(look.key, id)

  const give = (sighting: Sighting, id: NodeId): void => {
    idOf.set(sighting, id)
    taken.add(id)
    if (!isLeaf(sighting.look)) folderIds.set(sighting.look.key, id)
  }
  const fits = ({ look }: Sighting, id: NodeId): boolean =>
    !taken.has(id) && base.nodes.get(id)?.kind === look.kind
  const isWhereItWas = ({ folder, name }: Sighting, id: NodeId): boolean => {
    const node = base.nodes.get(id)
    return node?.name === name && folderIds.get(folder.key) === node.parent
  }

  // Folders first: whether a file is where it was depends on them. Of several names of one file, those that are where they were keep their nodes.
  const later: Sighting[] = []
  for (const sighting of sightings)
    if (isLeaf(sighting.look)) later.push(sighting)
    else giveFirst(sighting, () => true)
  const last: Sighting[] = []
  for (const sighting of later)
    if (!giveFirst(sighting, (id) => isWhereItWas(sighting, id))) last.push(sighting)
  for (const sighting of last) giveFirst(sighting, () => true)
  function giveFirst(sighting: Sighting, when: (id: NodeId) => boolean): boolean {
    const id = base.idsOf(sighting.look.key).find((each) => fits(sighting, each) && when(each))
    if (id !== undefined) give(sighting, id)
    return id !== undefined
  }

  const placed: NodeId[] = []
  for (const [id, { key }] of staged) {
    const sighting = last.find((each) => each.look.key === key && !idOf.has(each))
    if (!sighting) continue
    placed.push(id)
    give(sighting, id)
  }

  const closedIds = new Set([...closed].map((key) => folderIds.get(key)))
  const hiddenNames = new Set(
    hidden.map(({ folder, name }) => `${folderIds.get(folder.key)}/${foldKey(name)}`),
  )
  const unseen = unseenNodes(base.nodes, taken, closedIds, hiddenNames)
  const vanished = new Set<NodeId>()
  const outside = new Set<NodeId>()
  for (const [id, { key }] of base.nodes)
    if (!taken.has(id) && !unseen.has(id)) (outsideKeys.has(key) ? outside : vanished).add(id)

  let isUnsure = false
  const successors = vanished.size > 0 ? strangersByPath(sightings, idOf, folderIds) : undefined
  for (const id of vanished) {
    const node = base.nodes.get(id) as SyncedNode
    if (node.kind !== 'file') continue
    if (!vanishedBefore.has(id)) {
      isUnsure = true
      continue
    }
    const successor = successors?.get(`${node.parent}/${node.name}`)
    if (successor && !idOf.has(successor) && fits(successor, id)) give(successor, id)
  }
  for (const sighting of sightings) if (!idOf.has(sighting)) give(sighting, newId())
  return { idOf, folderIds, isUnsure, vanished, unseen, placed, outside }
}

/** What is under a folder that could not be listed, or behind something that is not synced, as far as it was not seen elsewhere. */
function unseenNodes(
  nodes: ReadonlyMap<NodeId, SyncedNode>,
  taken: ReadonlySet<NodeId>,
  closedIds: ReadonlySet<NodeId | undefined>,
  hiddenNames: ReadonlySet<string>,
): Set<NodeId> {
  const unseen = new Set<NodeId>()
  if (closedIds.size === 0 && hiddenNames.size === 0) return unseen
  const isHidden = (id: NodeId, depth = 0): boolean => {
    const node = nodes.get(id)
    if (!node || taken.has(id) || depth > DEEPEST) return false
    const isBehind = hiddenNames.size > 0 && hiddenNames.has(`${node.parent}/${foldKey(node.name)}`)
    return unseen.has(id) || isBehind || closedIds.has(node.parent) || isHidden(node.parent, depth + 1)
  }
  for (const id of nodes.keys()) if (isHidden(id)) unseen.add(id)
  return unseen
}

/** Sightings that are no node yet, by the node of their folder and their name. */
function strangersByPath(
  sightings: readonly Sighting[],
  idOf: ReadonlyMap<Sighting, NodeId>,
  folderIds: ReadonlyMap<string, NodeId>,
): Map<string, Sighting> {
  const strangers = new Map<string, Sighting>()
  for (const sighting of sightings) {
    const parent = folderIds.get(sighting.folder.key)
    if (!idOf.has(sighting) && parent !== undefined) strangers.set(`${parent}/${sighting.name}`, sighting)
  }
  return strangers
}
