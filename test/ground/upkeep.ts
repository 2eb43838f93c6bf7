import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Env } from '../../main/engine/env/env.ts'
import { createFakeEnv } from '../../main/engine/env/fake/create-fake-env.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeFiles } from '../../main/engine/env/node/node-files.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { sealedObjects } from '../../main/engine/repository/read/sealed-cache.ts'
import type { UpkeepPlace } from '../../main/engine/repository/upkeep/open-place.ts'
import { createLocalStore } from '../../main/engine/storage/local/local-store.ts'
import { createMemoryStore } from '../../main/engine/storage/memory/memory-store.ts'
import type { ObjectStore } from '../../main/engine/storage/object-store.ts'
import { addPlace, type GroundPlace, type GroundRepository, openPlace } from './repository-writer.ts'

/** The real outside world, except for secrets and the network. */
export const upkeepEnv: Env = {
  ...createFakeEnv(),
  clock: nodeClock,
  files: nodeFiles,
  random: nodeRandom,
  log: silentLog,
}

/** A place that is a real folder. */
export async function localStore(folder: string): Promise<ObjectStore> {
  mkdirSync(folder, { recursive: true })
  return createLocalStore({ path: folder, create: true }, upkeepEnv)
}

export function memoryStore(): ObjectStore {
  return createMemoryStore({}, upkeepEnv)
}

/** Folders of a test; all of them go when it ends. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'everstow-upkeep-'))
  return {
    folder,
    in: (...names: string[]) => join(folder, ...names),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Writes files below a folder. */
export function writeTree(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

/** Makes the repository at a store and opens it for upkeep. */
export async function upkeepPlace(
  ground: GroundRepository,
  store: ObjectStore,
  id: string,
  cacheFolder: string,
): Promise<UpkeepPlace & { readonly ground: GroundPlace }> {
  const place = await addPlace(ground, store, id)
  return openUpkeep(ground, place, cacheFolder)
}

/** Opens a place for upkeep with what is in the cache folder. */
export async function openUpkeep(
  ground: GroundRepository,
  place: GroundPlace,
  cacheFolder: string,
): Promise<UpkeepPlace & { readonly ground: GroundPlace }> {
  const repository = await openPlace(ground, place, cacheFolder)
  const { keys } = ground
  return {
    ground: place,
    destinationId: place.id,
    name: place.id,
    repository,
    sealed: sealedObjects({ store: place.store, keys, files: nodeFiles, log: silentLog, cacheFolder }),
    cacheFolder,
    scratchFolder: join(cacheFolder, place.id, 'scratch'),
    env: upkeepEnv,
  }
}
