import { foldKey } from '../fold-key.ts'
import { DEEPEST, isLeaf, type NodeId, ROOT, type SyncedNode } from '../nodes.ts'
import type { SyncBase } from '../ports.ts'
import type { Sightings } from '../rows/sightings.ts'
import type { Walk } from './walk.ts'

/** What is known when each sighting has its node. */
export interface Identities {
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
 * Gives each sighting its node. First by the thing itself (device, inode, birth). Then by path, for editors that save by replacing; but only
 * where the old thing was missing in two scans, because a walk can miss what is being moved.
 */
export function identify(
  { sightings, staged, closed, outside: outsideKeys, hidden }: Walk,
  base: SyncBase,
  vanishedBefore: ReadonlySet<NodeId>,
  rootKey: string,
  newId: () => NodeId,
): Identities {
  const folderIds = new Map<string, NodeId>([[rootKey, ROOT]])
  const isTaken = (id: NodeId): boolean => staged.has(id) || sightings.isGiven(id)
  for (const [id, look] of staged) if (!isLeaf(look)) folderIds.set(look.key, id)

  const give = (at: number, id: NodeId): void => {
    sightings.giveId(at, id)
    if (sightings.kindAt(at) === 'directory') folderIds.set(sightings.keyAt(at), id)
  }
  const fits = (at: number, id: NodeId): boolean =>
    !isTaken(id) && base.nodes.get(id)?.kind === sightings.kindAt(at)
  const isWhereItWas = (at: number, id: NodeId): boolean => {
    const node = base.nodes.get(id)
    return node?.name === sightings.nameAt(at) && folderIds.get(sightings.folderAt(at).key) === node.parent
  }
  const giveFirst = (at: number, when: (id: NodeId) => boolean): boolean => {
    const id = base.idsOf(sightings.keyAt(at)).find((each) => fits(at, each) && when(each))
    if (id !== undefined) give(at, id)
    return id !== undefined
  }

  // Folders first: whether a file is where it was depends on them. Of several names of one file, those that are where they were keep their nodes.
  for (let at = 0; at < sightings.count; at++)
    if (sightings.kindAt(at) === 'directory') giveFirst(at, () => true)
  const last: number[] = []
  for (let at = 0; at < sightings.count; at++)
    if (sightings.kindAt(at) !== 'directory' && !giveFirst(at, (id) => isWhereItWas(at, id))) last.push(at)
  for (const at of last) giveFirst(at, () => true)

  const placed: NodeId[] = []
  for (const [id, { key }] of staged) {
    const at = last.find((each) => sightings.keyAt(each) === key && sightings.idAt(each) === undefined)
    if (at === undefined) continue
    placed.push(id)
    give(at, id)
  }

  const closedIds = new Set([...closed].map((key) => folderIds.get(key)))
  const hiddenNames = new Set(
    hidden.map(({ folder, name }) => `${folderIds.get(folder.key)}/${foldKey(name)}`),
  )
  const unseen = unseenNodes(base.nodes, isTaken, closedIds, hiddenNames)
  const vanished = new Set<NodeId>()
  const outside = new Set<NodeId>()
  for (const [id, { key }] of base.nodes)
    if (!isTaken(id) && !unseen.has(id)) (outsideKeys.has(key) ? outside : vanished).add(id)

  let isUnsure = false
  const successors = vanished.size > 0 ? strangersByPath(sightings, folderIds) : undefined
  for (const id of vanished) {
    const node = base.nodes.get(id) as SyncedNode
    if (node.kind !== 'file') continue
    if (!vanishedBefore.has(id)) {
      isUnsure = true
      continue
    }
    const successor = successors?.get(`${node.parent}/${node.name}`)
    if (successor === undefined || sightings.idAt(successor) !== undefined) continue
    if (fits(successor, id)) give(successor, id)
  }
  for (let at = 0; at < sightings.count; at++) if (sightings.idAt(at) === undefined) give(at, newId())
  return { folderIds, isUnsure, vanished, unseen, placed, outside }
}

/** What is under a folder that could not be listed, or behind something that is not synced, as far as it was not seen elsewhere. */
function unseenNodes(
  nodes: ReadonlyMap<NodeId, SyncedNode>,
  isTaken: (id: NodeId) => boolean,
  closedIds: ReadonlySet<NodeId | undefined>,
  hiddenNames: ReadonlySet<string>,
): Set<NodeId> {
  const unseen = new Set<NodeId>()
  if (closedIds.size === 0 && hiddenNames.size === 0) return unseen
  const isHidden = (id: NodeId, depth = 0): boolean => {
    const node = nodes.get(id)
    if (!node || isTaken(id) || depth > DEEPEST) return false
    const isBehind = hiddenNames.size > 0 && hiddenNames.has(`${node.parent}/${foldKey(node.name)}`)
    return unseen.has(id) || isBehind || closedIds.has(node.parent) || isHidden(node.parent, depth + 1)
  }
  for (const id of nodes.keys()) if (isHidden(id)) unseen.add(id)
  return unseen
}

/** Sightings that are no node yet, by the node of their folder and their name. */
function strangersByPath(sightings: Sightings, folderIds: ReadonlyMap<string, NodeId>): Map<string, number> {
  const strangers = new Map<string, number>()
  for (let at = 0; at < sightings.count; at++) {
    if (sightings.idAt(at) !== undefined) continue
    const parent = folderIds.get(sightings.folderAt(at).key)
    if (parent !== undefined) strangers.set(`${parent}/${sightings.nameAt(at)}`, at)
  }
  return strangers
}
