import { isAbsolute, resolve, sep } from 'node:path'
import { newId } from '../../delivery/edit-places.ts'
import { EverstowError } from '../../model/errors.ts'
import { isInside } from '../../model/inside-folder.ts'
import type { SyncedFolder } from '../../model/synced-folder.ts'
import { ROOT_MARKER } from '../disk/places.ts'
import { readMarker } from '../disk/root-marker.ts'
import { createSpace, listSpaces } from '../space/spaces.ts'
import type { SyncDeps } from './open-folder.ts'

/** A synced folder as a person describes it. */
export type FolderDescription = Omit<SyncedFolder, 'id' | 'spaceId'>

/**
 * Keeps a new synced folder: its space is made in the destination, or joined where one of that name lies there; then the folder is made where it is missing. The destination must answer, and must be able to
 * settle who was first (`sync-place-unfit`), for several devices write there.
 */
export async function addFolder(
  deps: SyncDeps,
  description: FolderDescription,
  signal: AbortSignal,
): Promise<{ readonly folder: SyncedFolder; readonly joined: boolean }> {
  const { workspace, places, repositories } = deps
  const { env, configuration } = workspace
  const path = resolve(description.folder)
  const name = description.name.trim()
  if (!isAbsolute(description.folder))
    throw new EverstowError('invalid-input', { data: { field: 'folder', value: description.folder } })
  refuseClash((await configuration.read()).syncedFolders, name, path)
  await refusePlace(deps, path)
  const destination = await places.find(description.destinationId)
  const { conditionalWrites } = await places.probe(destination, { signal })
  if (!conditionalWrites) throw new EverstowError('sync-place-unfit', { data: { name: destination.name } })
  const { store, keys, device } = await repositories.open(destination.id, { create: true, signal })
  const there = (await listSpaces(store, keys, env.log.area('sync'))).find(
    (space) => space.name.toLocaleLowerCase() === name.toLocaleLowerCase(),
  )
  const kind = (await env.files.stat(path))?.kind
  // Who joins may want it made; a space that begins with a folder that is not there is a slip of the pen.
  if (kind !== 'directory' && (kind !== undefined || !there))
    throw new EverstowError('invalid-input', { data: { field: 'folder', value: path, reason: 'no-folder' } })
  await env.files.mkdir(path)
  const marker = await readMarker(path, env.files)
  if (marker && marker.spaceId !== there?.spaceId)
    throw new EverstowError('synced-folder-taken', { data: { path } })
  const { spaceId } = there ?? (await createSpace(store, keys, { name, device: device.name }, env))
  const folder: SyncedFolder = { ...description, name, folder: path, id: newId('sy', workspace), spaceId }
  await configuration.update((current) => {
    refuseClash(current.syncedFolders, name, path)
    return { ...current, syncedFolders: [...current.syncedFolders, folder] }
  })
  return { folder, joined: there !== undefined }
}

/** What is synced must not hold what it is synced through, nor the program's own data. */
async function refusePlace({ workspace }: SyncDeps, path: string): Promise<void> {
  const { destinations } = await workspace.configuration.read()
  const taken = [workspace.paths.home, ...destinations.flatMap((each) => each.path ?? [])].map((each) =>
    resolve(each),
  )
  const clash = taken.find((each) => isInside(path, each) || isInside(each, path))
  if (clash) throw new EverstowError('source-inside-place', { data: { path, place: clash } })
}

/** Changes how a folder is synced. */
export async function updateFolder(
  { workspace }: SyncDeps,
  id: string,
  change: Partial<Pick<SyncedFolder, 'strategy' | 'only' | 'ignore' | 'auto'>>,
): Promise<SyncedFolder> {
  await findFolder(workspace, id)
  const { syncedFolders } = await workspace.configuration.update((current) => ({
    ...current,
    syncedFolders: current.syncedFolders.map((each) => (each.id === id ? { ...each, ...change } : each)),
  }))
  return syncedFolders.find((each) => each.id === id) as SyncedFolder
}

/** Forgets a synced folder. Its files stay, and so does its space. */
export async function removeFolder({ workspace }: SyncDeps, id: string): Promise<SyncedFolder> {
  const folder = await findFolder(workspace, id)
  await workspace.configuration.update((current) => ({
    ...current,
    syncedFolders: current.syncedFolders.filter((each) => each.id !== id),
  }))
  // A folder that is away keeps its sign; it says nothing to anybody but this space.
  await workspace.env.files.remove(`${folder.folder}${sep}${ROOT_MARKER}`).catch(() => undefined)
  return folder
}

/** A synced folder by id, by the name of its space whatever its case, or by its path. */
export async function findFolder(
  { configuration }: Pick<SyncDeps['workspace'], 'configuration'>,
  idOrName: string,
): Promise<SyncedFolder> {
  const { syncedFolders } = await configuration.read()
  const wanted = idOrName.toLocaleLowerCase()
  const folder =
    syncedFolders.find(({ id }) => id === idOrName) ??
    syncedFolders.find(({ name }) => name.toLocaleLowerCase() === wanted) ??
    syncedFolders.find((each) => each.folder === resolve(idOrName))
  if (!folder) throw new EverstowError('unknown-synced-folder', { data: { name: idOrName } })
  return folder
}

/** Neither two spaces of one name on one computer, nor a synced folder inside another. */
function refuseClash(folders: readonly SyncedFolder[], name: string, path: string): void {
  if (folders.some((each) => each.name.toLocaleLowerCase() === name.toLocaleLowerCase()))
    throw new EverstowError('name-taken', { data: { name } })
  const clash = folders.find(({ folder }) => isInside(folder, path) || isInside(path, folder))
  if (clash) throw new EverstowError('synced-folder-taken', { data: { path: clash.folder } })
}
