import type { IsChosen } from './choice.ts'
import { isLeaf, type Look, type NodeId, withTextsOfLook } from './nodes.ts'
import {
  below,
  type Entry,
  type Folder,
  type Spot,
  type SyncBase,
  type SyncDisk,
  WorldMoved,
} from './ports.ts'
import { MOVED } from './stage-names.ts'
import { createTextIndex } from './text-index.ts'

/** Something that was seen in a folder. */
export interface Sighting {
  readonly folder: Folder
  readonly name: string
  readonly look: Look
}

/** What a walk saw. Not of one moment: people move things while it goes on. */
export interface Walk {
  /** Each thing once; hard links once a name. */
  readonly sightings: readonly Sighting[]
  /** Keys of folders that could not be looked into. */
  readonly closed: ReadonlySet<string>
  /** Keys of what lies where nothing is chosen: there on the disk, but not looked at. */
  readonly outside: ReadonlySet<string>
  /** Where something is that is not synced. */
  readonly hidden: readonly Spot[]
  readonly staged: ReadonlyMap<NodeId, Look>
}

/** Walks the folder and what is staged of it. */
export async function walk(
  disk: SyncDisk,
  base: Pick<SyncBase, 'nodes' | 'idsOf'>,
  isChosen: IsChosen | undefined,
): Promise<Walk> {
  const staged = await stagedNodes(disk)
  const seen: Sighting[] = []
  const closed = new Set<string>()
  const outside = new Set<string>()
  const hidden: Spot[] = []
  const entered = new Set([disk.root.key])
  const folders: Visit[] = [{ folder: disk.root, isOutside: false, isStaged: false }]
  for (const [id, { kind, key }] of staged)
    if (kind === 'directory') {
      entered.add(key)
      folders.push({ folder: disk.stagedFolder(MOVED + id, key), isOutside: false, isStaged: true })
    }
  for (let visit = folders.pop(); visit; visit = folders.pop()) {
    const { folder, isStaged } = visit
    const entries = await listOrClosed(disk, folder, closed)
    for (const name of disk.hidden?.(folder) ?? []) hidden.push({ folder, name })
    for (const { name, look } of entries) {
      const place = below(folder, name, look.key)
      const isOutside = visit.isOutside || (!isStaged && isChosen?.(place.path, look.kind) === false)
      if (isOutside) outside.add(look.key)
      else seen.push(sightingOf(base, folder, name, look))
      if (look.kind !== 'directory' || entered.has(look.key)) continue
      entered.add(look.key)
      folders.push({ folder: place, isOutside, isStaged })
    }
  }
  return { sightings: lastOfEach(seen), closed, outside, hidden, staged }
}

/** Most of what is seen is known: its texts are there already. */
function sightingOf(
  { nodes, idsOf }: Pick<SyncBase, 'nodes' | 'idsOf'>,
  folder: Folder,
  name: string,
  look: Look,
): Sighting {
  const known = nodes.get(idsOf(look.key)[0] ?? '')
  if (!known) return { folder, name, look }
  return { folder, name: known.name === name ? known.name : name, look: withTextsOfLook(known, look) }
}

interface Visit {
  readonly folder: Folder
  readonly isOutside: boolean
  readonly isStaged: boolean
}

async function stagedNodes(disk: SyncDisk): Promise<Map<NodeId, Look>> {
  const staged = new Map<NodeId, Look>()
  for (const { name, look } of await disk.staged())
    if (name.startsWith(MOVED)) staged.set(name.slice(MOVED.length), look)
  return staged
}

async function listOrClosed(disk: SyncDisk, folder: Folder, closed: Set<string>): Promise<readonly Entry[]> {
  try {
    return await disk.list(folder)
  } catch (error) {
    // It was moved away before it could be listed: what is in it counts as missed, and one miss is none.
    if (!(error instanceof WorldMoved)) closed.add(folder.key)
    return []
  }
}

/** What moved during the walk may have been seen at both places; where it was seen last is where it is. In place: there may be many. */
function lastOfEach(seen: Sighting[]): Sighting[] {
  const places = createTextIndex((at) => textOf(seen[at] as Sighting))
  let count = 0
  for (const sighting of seen) {
    const text = textOf(sighting)
    const before = places.find(text)
    if (before >= 0) seen[before] = sighting
    else {
      places.add(text, count)
      seen[count++] = sighting
    }
  }
  seen.length = count
  return seen
}

function textOf({ look, folder, name }: Sighting): string {
  return look.names > 1 && isLeaf(look) ? `${look.key}/${folder.key}/${name}` : look.key
}
