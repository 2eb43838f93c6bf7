import type { IsChosen } from '../choice.ts'
import { isLeaf, type LocalNode, type Look, type NodeId, type SyncedNode } from '../nodes.ts'
import { type SyncBase, type SyncDisk, WorldMoved } from '../ports.ts'
import {
  createLocalRows,
  createNodeTexts,
  createSeenContents,
  type NodeTexts,
  type RowsByKey,
  type SeenContent,
} from '../rows/node-rows.ts'
import type { RowMap } from '../rows/row-map.ts'
import { createSightings, type Sighting, type Sightings } from '../rows/sightings.ts'
import { MOVED } from '../stage-names.ts'
import { identify } from './identify.ts'
import { createLocalTree, type LocalTree } from './local-tree.ts'
import { walk } from './walk.ts'

/** What a device knows only while it runs. A crash forgets it, and it is seen again. */
export interface Glances {
  /** In how many scans in a row a node was missing. */
  missing: ReadonlyMap<NodeId, number>
  vanished: ReadonlySet<NodeId>
  /** Keys of folders that the last scan could not look into. */
  closed: ReadonlySet<string>
  /** Contents of things that are no nodes yet, by key. */
  readonly contents: RowMap<SeenContent>
  /** Where each scan writes down what it saw, in place of the one before. */
  readonly sightings: Sightings
  readonly nodes: RowsByKey<LocalNode>
}

/** `texts` may be those of the base and the journal's tree: what is equal is then kept once. */
export const noGlances = (texts: NodeTexts = createNodeTexts()): Glances => ({
  missing: new Map(),
  vanished: new Set(),
  closed: new Set(),
  contents: createSeenContents(texts),
  sightings: createSightings(texts),
  nodes: createLocalRows(texts),
})

export interface Scan {
  readonly local: LocalTree
  readonly isUnsure: boolean
  /** Some contents did not stand still. */
  readonly isUnsettled: boolean
}

/** Looks at the whole folder. The watchers only say when; what is there, this says. */
export async function scan(
  disk: SyncDisk,
  base: SyncBase,
  glances: Glances,
  newId: () => NodeId,
  problems: Map<NodeId, unknown>,
  isChosen?: IsChosen,
): Promise<Scan> {
  const { sightings } = glances
  sightings.clear()
  const seen = await walk(disk, sightings, isChosen)
  const identities = identify(seen, base, glances.vanished, disk.root.key, newId)
  const { folderIds, unseen, placed, vanished, outside, isUnsure } = identities
  for (const id of placed) await disk.drop(MOVED + id)

  const local = createLocalTree(disk, glances.nodes)
  let isUnsettled = false
  /** What cannot be read now is postponed; nothing is concluded from it. */
  const readOrNot = async (id: NodeId, read: () => Promise<string | undefined>) => {
    try {
      const content = await read()
      isUnsettled ||= content === undefined
      return content
    } catch (error) {
      if (error instanceof WorldMoved) isUnsettled = true
      else problems.set(id, error)
      return undefined
    }
  }
  for (let at = 0; at < sightings.count; at++) {
    const id = sightings.idAt(at) as NodeId
    const sighting = sightings.at(at)
    const parent = folderIds.get(sighting.folder.key)
    if (parent === undefined) continue
    const { look, name } = sighting
    const content = isLeaf(look)
      ? await readOrNot(id, () => contentOf(disk, base.nodes.get(id), sighting, glances))
      : undefined
    const { kind } = look
    local.set(
      id,
      content === undefined ? { parent, name, kind, look } : { parent, name, kind, look, content },
    )
  }
  sightings.clear()
  for (const [id, look] of seen.staged) {
    const synced = base.nodes.get(id)
    if (!synced || placed.includes(id)) continue
    const content = isLeaf(look) ? await readOrNot(id, () => disk.readStaged(MOVED + id, look)) : undefined
    local.set(id, { ...stagedNode(synced, look), ...(content !== undefined && { content }) })
  }
  for (const id of unseen) {
    const node = base.nodes.get(id) as SyncedNode
    local.set(id, { ...node, look: lookOf(node), isUnseen: true })
  }

  // It was moved out of what is chosen: it is still on this disk, and no deletion follows from that.
  if (outside.size > 0) base.decide([...outside].map((id) => [id, undefined] as const))
  // A folder that could be looked into before may hold what is missed: this absence does not count.
  const step = [...seen.closed].every((key) => glances.closed.has(key)) ? 1 : 0
  glances.closed = seen.closed
  const missing = new Map<NodeId, number>()
  for (const id of base.nodes.keys())
    if (!local.nodes.has(id)) {
      const before = glances.missing.get(id) ?? 0
      // It may be where this look could not go: two looks in a row have to miss it once more.
      missing.set(id, step > 0 ? before + step : Math.min(before, 1))
    }
  glances.missing = missing
  glances.vanished = step > 0 ? vanished : new Set()
  return { local, isUnsure, isUnsettled }
}

/** What is inside; `undefined` where it did not stand still. */
async function contentOf(
  disk: SyncDisk,
  synced: SyncedNode | undefined,
  { folder, name, look }: Sighting,
  { contents }: Glances,
): Promise<string | undefined> {
  if (synced?.key === look.key && synced.stamp === look.stamp) {
    // The base has it now.
    contents.delete(look.key)
    return synced.content
  }
  const known = contents.get(look.key)
  if (known?.stamp === look.stamp) return known.content
  const content = await disk.read({ folder, name }, look)
  if (content !== undefined) contents.set(look.key, { stamp: look.stamp, content })
  return content
}

/** A staged node counts as being where it was synced. */
function stagedNode({ parent, name }: SyncedNode, look: Look): LocalNode {
  return { parent, name, kind: look.kind, look, isStaged: true }
}

const lookOf = ({ kind, key, stamp }: SyncedNode): Look => ({ kind, key, stamp, mtimeMs: 0, names: 1 })
