import { isAbsolute, join, resolve } from 'node:path'
import type { Workspace } from '../catalogue/workspace.ts'
import { newId } from '../delivery/edit-places.ts'
import type { Places } from '../delivery/places.ts'
import { EverstowError } from '../model/errors.ts'
import { isInside } from '../model/inside-folder.ts'
import type { Mirror } from '../model/mirror.ts'
import { followsEvents } from '../model/schedule/schedule.ts'
import { checkPrefix } from '../storage/keys.ts'
import { faultOfPath, segmentOf } from './names.ts'

export interface MirrorDeps {
  readonly workspace: Workspace
  readonly places: Places
}

/** A mirror as a person describes it. */
export type MirrorDescription = Omit<Mirror, 'id' | 'prefix'> & { readonly prefix?: string }

/** What of a mirror can be changed. Folder, place and prefix make another mirror. */
export type MirrorChange = Partial<Pick<Mirror, 'name' | 'ignore' | 'keepDays' | 'schedule'>>

/** What Everstow itself keeps at the top of a destination. */
const TAKEN = new Set([
  'archives',
  'ckpt',
  'data',
  'index',
  'invites',
  'keys',
  'list',
  'log',
  'probe',
  'repo.json',
  'snap',
  'sync',
  'wal',
])

/** Keeps a new mirror. Nothing is transferred yet; a folder to pull into is made. */
export async function addMirror(
  { workspace, places }: MirrorDeps,
  description: MirrorDescription,
): Promise<Mirror> {
  const { configuration, env } = workspace
  if (!isAbsolute(description.folder))
    throw new EverstowError('invalid-input', { data: { field: 'folder', value: description.folder } })
  const name = description.name.trim()
  const mirror: Mirror = {
    ...description,
    id: newId('mi', workspace),
    name,
    folder: resolve(description.folder),
    prefix: prefixOf(name, description.prefix),
  }
  refuseEvents(mirror.schedule)
  refuseClash((await configuration.read()).mirrors, mirror)
  await refuseInside(places, mirror)
  if (mirror.direction === 'pull') await env.files.mkdir(mirror.folder)
  else if ((await env.files.stat(mirror.folder))?.kind !== 'directory')
    throw new EverstowError('source-missing', { data: { path: mirror.folder } })
  await configuration.update((current) => {
    refuseClash(current.mirrors, mirror)
    return { ...current, mirrors: [...current.mirrors, mirror] }
  })
  return mirror
}

/** Changes how a folder is mirrored. */
export async function updateMirror(
  { workspace }: Pick<MirrorDeps, 'workspace'>,
  id: string,
  change: MirrorChange,
): Promise<Mirror> {
  if (change.schedule) refuseEvents(change.schedule)
  const { mirrors } = await workspace.configuration.update((current) => {
    const changed = current.mirrors.map((each) => (each.id === id ? { ...each, ...change } : each))
    for (const each of changed) if (each.id === id) refuseName(changed, each)
    return { ...current, mirrors: changed }
  })
  return known(mirrors, id)
}

/** Forgets a mirror. Its files stay, and so do its objects. */
export async function removeMirror({ workspace }: Pick<MirrorDeps, 'workspace'>, id: string): Promise<void> {
  await workspace.configuration.update((current) => ({
    ...current,
    mirrors: current.mirrors.filter((each) => each.id !== id),
  }))
  const path = statePath(workspace, id)
  for (const suffix of ['', '-wal', '-shm']) await workspace.env.files.remove(path + suffix)
}

/** A mirror by id, or by name whatever its case. */
export async function findMirror(
  { workspace }: Pick<MirrorDeps, 'workspace'>,
  idOrName: string,
): Promise<Mirror> {
  return known((await workspace.configuration.read()).mirrors, idOrName)
}

/** Where the memory of a mirror lies; safe to delete. */
export const statePath = ({ paths }: Pick<Workspace, 'paths'>, id: string): string =>
  join(paths.home, 'mirrors', `${id}.db`)

function known(mirrors: readonly Mirror[], idOrName: string): Mirror {
  const wanted = idOrName.toLocaleLowerCase()
  const mirror =
    mirrors.find(({ id }) => id === idOrName) ??
    mirrors.find(({ name }) => name.toLocaleLowerCase() === wanted)
  if (!mirror) throw new EverstowError('unknown-mirror', { data: { name: idOrName } })
  return mirror
}

function prefixOf(name: string, typed: string | undefined): string {
  const prefix = checkPrefix(typed ?? `mirror/${segmentOf(name.replaceAll('/', '-'))}`)
  const isFree = prefix !== '' && !TAKEN.has(prefix.split('/')[0] ?? '')
  if (!isFree || faultOfPath(prefix, 'x'))
    throw new EverstowError('invalid-input', { data: { field: 'prefix', value: typed ?? name } })
  return prefix
}

/** A mirror goes by the clock. */
function refuseEvents(schedule: Mirror['schedule']): void {
  if (followsEvents(schedule))
    throw new EverstowError('invalid-input', { data: { field: 'schedule', value: schedule } })
}

function refuseName(mirrors: readonly Mirror[], { id, name }: Mirror): void {
  const isSame = (other: Mirror) => other.name.toLocaleLowerCase() === name.toLocaleLowerCase()
  if (mirrors.some((other) => other.id !== id && isSame(other)))
    throw new EverstowError('name-taken', { data: { name } })
}

/** Neither two of one name, nor two that write to the same keys or into the same folder. */
function refuseClash(mirrors: readonly Mirror[], mirror: Mirror): void {
  refuseName(mirrors, mirror)
  const overlap = (one: string, other: string) =>
    one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`)
  const isTaken = (other: Mirror) => {
    if (other.direction !== mirror.direction) return false
    if (mirror.direction === 'push')
      return other.destinationId === mirror.destinationId && overlap(other.prefix, mirror.prefix)
    return isInside(other.folder, mirror.folder) || isInside(mirror.folder, other.folder)
  }
  const other = mirrors.find(isTaken)
  if (other) throw new EverstowError('mirror-taken', { data: { name: other.name } })
}

/** A place inside its own folder would mirror itself, and the other way round. */
async function refuseInside(places: Places, { destinationId, folder }: Mirror): Promise<void> {
  const destination = await places.find(destinationId)
  if (destination.type !== 'local' || destination.path === undefined) return
  const place = resolve(destination.path)
  if (isInside(place, folder) || isInside(folder, place))
    throw new EverstowError('source-inside-place', { data: { path: folder, place: destination.name } })
}
