import type { IsChosen } from '../choice.ts'
import type { Look, NodeId } from '../nodes.ts'
import { below, type Entry, type Folder, type Spot, type SyncDisk, WorldMoved } from '../ports.ts'
import type { Sightings } from '../rows/sightings.ts'
import { MOVED } from '../stage-names.ts'

/** What a walk saw. Not of one moment: people move things while it goes on. */
export interface Walk {
  readonly sightings: Sightings
  /** Keys of folders that could not be looked into. */
  readonly closed: ReadonlySet<string>
  /** Keys of what lies where nothing is chosen: there on the disk, but not looked at. */
  readonly outside: ReadonlySet<string>
  /** Where something is that is not synced. */
  readonly hidden: readonly Spot[]
  readonly staged: ReadonlyMap<NodeId, Look>
}

/** Walks the folder and what is staged of it; adds what it sees to the `sightings`. */
export async function walk(
  disk: SyncDisk,
  sightings: Sightings,
  isChosen: IsChosen | undefined,
): Promise<Walk> {
  const staged = await stagedNodes(disk)
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
      else sightings.add({ folder, name, look })
      if (look.kind !== 'directory' || entered.has(look.key)) continue
      entered.add(look.key)
      folders.push({ folder: place, isOutside, isStaged })
    }
  }
  return { sightings, closed, outside, hidden, staged }
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
