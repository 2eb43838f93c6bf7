import { platform } from 'node:os'
import { join } from 'node:path'
import type { Workspace } from '../../catalogue/workspace.ts'
import type { Places } from '../../delivery/places.ts'
import type { Repositories } from '../../delivery/snapshot/repositories.ts'
import { keepHeapSmall } from '../../env/node/heap.ts'
import { randomHex } from '../../env/random.ts'
import { EverstowError } from '../../model/errors.ts'
import type { SyncedFolder } from '../../model/synced-folder.ts'
import { type OpenSyncBase, openSyncBase } from '../base/open-sync-base.ts'
import { isRunContent } from '../content-text.ts'
import type { Device } from '../cycle.ts'
import { createChooser } from '../disk/choose.ts'
import { createNodeDisk, type NodeDisk } from '../disk/node-disk.ts'
import { compareMarker, prepareMarker, readMarker, writeMarker } from '../disk/root-marker.ts'
import { pathIn } from '../events.ts'
import { createNodeTexts } from '../rows/node-rows.ts'
import { noGlances } from '../scan/scan.ts'
import { openSpace } from '../space/open-space.ts'
import type { OpenSpace } from '../space/space.ts'
import { MOVED, OLD } from '../stage-names.ts'
import { type CloneWatch, watchForClone } from './clone-watch.ts'
import { endsCycle } from './ends-cycle.ts'

export interface SyncDeps {
  readonly workspace: Workspace
  readonly places: Places
  readonly repositories: Repositories
}

/** A synced folder, its base and its space, open. */
export interface OpenFolder {
  readonly folder: SyncedFolder
  readonly disk: NodeDisk
  readonly base: OpenSyncBase
  readonly space: OpenSpace
  /** How the journal names this device: its name, a tilde, and what tells it from others. */
  readonly device: string
  /** What runs cycles, but for what a run adds. */
  readonly parts: Omit<Device, 'rules' | 'tell' | 'conflictName'>
  readonly clones: CloneWatch
  /** The last slot that a sync went by. Whatever else reads the journal knows later ones, of which nothing is in the folder yet. */
  syncedHead: number | undefined
  /** Folder and base get a new common sign: an older image of either is noticed from here on. */
  renewMarker(): Promise<void>
  close(): Promise<void>
}

/** About so much a node takes in the file of a base. */
const BASE_BYTES_A_NODE = 250

/** Where this computer keeps what it knows of a synced folder. */
function syncHome({ paths }: Workspace, folderId: string): string {
  return join(paths.home, 'sync', folderId)
}

/**
 * Opens a synced folder; whoever calls holds its lock. Asks no destination. `sync-root-missing` where the folder, or the sign in it that says that it is this one, is
 * not there; `synced-folder-taken` where it belongs to another space. An older image of the folder or of the base is united with the space, without deletions.
 */
export async function openFolder(deps: SyncDeps, folder: SyncedFolder): Promise<OpenFolder> {
  const { workspace, places } = deps
  const { env } = workspace
  const home = syncHome(workspace, folder.id)
  await env.files.mkdir(home, { mode: 0o700 })
  const { keys, name } = await identityOf(deps, folder)
  const store = await places.open(folder.destinationId)
  // Before the nodes come: what reading them leaves behind would stay.
  const { sizeBytes = 0 } = (await env.files.stat(join(home, 'base.db'))) ?? {}
  keepHeapSmall(sizeBytes / BASE_BYTES_A_NODE)
  const texts = createNodeTexts()
  const base = openSyncBase(join(home, 'base.db'), texts)
  try {
    const firstIntent = base.intents[0]
    const device = await settleMarker(deps, folder, base, name)
    const space = await openSpace({
      store,
      keys,
      spaceId: folder.spaceId,
      device,
      place: folder.destinationId,
      cacheFolder: join(home, 'cache'),
      texts,
      ...(firstIntent && { before: firstIntent.slot }),
      env: { ...env, log: env.log.area('sync') },
    })
    const isChosen = createChooser(folder)
    const disk = await createNodeDisk({
      root: folder.folder,
      contents: space.contents,
      isChosen,
      platform: platform(),
      clock: env.clock,
      log: env.log.area('sync'),
      placeOf: (staged) => placeOf(base, staged),
      runs: (key) => base.idsOf(key).some((id) => isRunContent(base.nodes.get(id)?.content ?? '')),
    })
    const clones = watchForClone(space, base, device)
    return {
      folder,
      disk,
      base,
      space,
      device,
      clones,
      syncedHead: undefined,
      parts: {
        disk,
        base,
        journal: clones.journal,
        replica: clones.replica,
        contents: disk.shared,
        glances: noGlances(texts),
        device,
        nowMs: () => env.clock.now(),
        newRid: () => randomHex(env.random, 12),
        newId: () => randomHex(env.random, 8),
        endsCycle,
        ...(folder.only.length + folder.ignore.length > 0 && { isChosen }),
      },
      renewMarker: () => renewMarker(deps, folder, base, device),
      async close() {
        await space.close()
        base.close()
      },
    }
  } catch (error) {
    base.close()
    throw error
  }
}

/** The keys of the repository whose space it is, and what this computer is called there. Asks no destination. */
export async function identityOf({ places, repositories }: SyncDeps, { destinationId }: SyncedFolder) {
  const { repositoryId } = await places.find(destinationId)
  if (repositoryId === undefined) throw new EverstowError('repository-missing')
  const { keys, repository } = await repositories.identity(repositoryId)
  return { keys, name: repository.deviceName }
}

/** Says which device this is, having made sure that folder and base are of one time. */
async function settleMarker(
  deps: SyncDeps,
  folder: SyncedFolder,
  base: OpenSyncBase,
  deviceName: string,
): Promise<string> {
  const { env } = deps.workspace
  const { facts } = base
  const known = facts.get('device')
  const marker = await readMarker(folder.folder, env.files)
  if (known === undefined) {
    if (marker && marker.spaceId !== folder.spaceId) throw taken(folder)
    return beNew(deps, folder, base, deviceName)
  }
  const next = facts.get('next')
  const finding = compareMarker(marker, {
    spaceId: folder.spaceId,
    deviceId: known,
    generation: facts.get('generation') ?? '',
    ...(next !== undefined && { next }),
  })
  if (finding === 'missing')
    throw new EverstowError('sync-root-missing', { data: { path: folder.folder, reason: 'marker' } })
  if (finding === 'other-space') throw taken(folder)
  if (finding === 'same') {
    await prepareMarker(folder.folder, env.files)
    await renewMarker(deps, folder, base, known)
    return known
  }
  env.log.area('sync').warn('folder or base is an older image; both are united', { folder: folder.folder })
  return beNew(deps, folder, base, deviceName)
}

/** A device that nobody was before: it knows nothing, so it deletes nothing. */
export async function beNew(
  deps: SyncDeps,
  folder: SyncedFolder,
  base: OpenSyncBase,
  deviceName: string,
): Promise<string> {
  const device = `${deviceName.slice(0, 60)}~${randomHex(deps.workspace.env.random, 6)}`
  const { random, files } = deps.workspace.env
  const generation = randomHex(random, 12)
  base.forgetAll()
  await prepareMarker(folder.folder, files)
  // The marker first: a cut between leaves a device that is not known yet, never one that misses its marker.
  await writeMarker(folder.folder, { spaceId: folder.spaceId, deviceId: device, generation }, files)
  base.facts.set({ device, generation, next: undefined, lastOwn: undefined })
  return device
}

async function renewMarker(
  { workspace }: SyncDeps,
  { folder, spaceId }: SyncedFolder,
  { facts }: OpenSyncBase,
  deviceId: string,
): Promise<void> {
  const generation = randomHex(workspace.env.random, 12)
  facts.set({ next: generation })
  await writeMarker(folder, { spaceId, deviceId, generation }, workspace.env.files)
  facts.set({ generation, next: undefined })
}

const taken = ({ folder }: SyncedFolder): EverstowError =>
  new EverstowError('synced-folder-taken', { data: { path: folder } })

/** Where something staged was: the base knows synced nodes. */
function placeOf({ nodes }: OpenSyncBase, staged: string): string | undefined {
  for (const kind of [MOVED, OLD])
    if (staged.startsWith(kind) && nodes.has(staged.slice(kind.length)))
      return pathIn(nodes, staged.slice(kind.length))
  return undefined
}
