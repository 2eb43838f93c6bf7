import { EverstowError } from '../../model/errors.ts'
import { type Look, ROOT } from '../nodes.ts'
import { below, type Folder, type Spot, type SyncDisk, WorldMoved } from '../ports.ts'
import { ASIDE, NEW } from '../stage-names.ts'

/** What a person's decision changes in the folder, with the same care as a sync: nothing is replaced, and what goes is kept among the versions. */

/** A name in the folder by its path. `make`: folders on the way are made. */
export async function spotAt(disk: SyncDisk, path: string, make = false): Promise<Spot> {
  const names = path.split('/')
  const name = names.pop()
  if (!name || names.some((each) => each === '' || each === '.' || each === '..') || name === '..')
    throw new EverstowError('invalid-input', { data: { field: 'path', value: path } })
  let folder: Folder = disk.root
  for (const each of names) {
    const spot = { folder, name: each }
    const look = (await disk.look(spot)) ?? (make ? await disk.makeDirectory(spot) : undefined)
    if (look?.kind !== 'directory') throw new EverstowError('object-missing', { data: { key: path } })
    folder = below(folder, each, look.key)
  }
  return { folder, name }
}

/** Takes a file away, into the versions, if it is what was expected; `changed-since` where it is not. */
export async function retireFile(disk: SyncDisk, spot: Spot, expected: string): Promise<void> {
  const look = await disk.look(spot)
  if (!look) throw changedSince(spot)
  const name = ASIDE + look.key
  await disk.stage(spot, name)
  const staged = await disk.lookStaged(name)
  const content = staged && (await disk.readStaged(name, staged))
  if (content !== expected) {
    await disk.place(name, spot)
    throw changedSince(spot)
  }
  await disk.retire(name)
}

/** Brings a content under a name that is free. */
export async function bringContent(
  disk: SyncDisk,
  spot: Spot,
  content: string,
  kind: 'file' | 'symlink',
  mtimeMs: number,
): Promise<Look> {
  if (await disk.look(spot)) throw new EverstowError('object-exists', { data: { key: spot.name } })
  const name = `${NEW}${ROOT}-${spot.name}`.slice(0, 60)
  const look = await disk.fetch(content, kind, name, mtimeMs)
  try {
    await disk.place(name, spot)
  } catch (error) {
    await disk.drop(name)
    if (error instanceof WorldMoved) throw changedSince(spot)
    throw error
  }
  return look
}

/** Gives a file another name that is free. */
export async function moveFile(disk: SyncDisk, from: Spot, to: Spot): Promise<void> {
  const look = await disk.look(from)
  if (!look) throw changedSince(from)
  const name = ASIDE + look.key
  await disk.stage(from, name)
  await disk.place(name, to)
}

function changedSince({ folder, name }: Spot): EverstowError {
  return new EverstowError('changed-since', { data: { path: folder.path ? `${folder.path}/${name}` : name } })
}
