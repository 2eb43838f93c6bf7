import { dirname, join } from 'node:path'
import type { Env } from '../../env/env.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import type { CommitLog } from '../log/commit-log.ts'
import { openRepository, type Repository } from '../read/open-repository.ts'
import { type SealedObjects, sealedObjects } from '../read/sealed-cache.ts'

/** The repository in one destination, with what collecting, checking and healing in it need. */
export interface UpkeepPlace {
  readonly destinationId: string
  readonly name: string
  readonly repository: Repository
  readonly sealed: SealedObjects
  /** `<home>/cache/repositories/<repoId>`: sealed objects as they are stored anywhere. */
  readonly cacheFolder: string
  /** A folder of this computer for packs that are being made; safe to delete between runs. */
  readonly scratchFolder: string
  readonly env: Env
}

/** An open repository, as delivery keeps them. */
export interface OpenPlace {
  readonly destination: { readonly id: string; readonly name: string }
  readonly store: ObjectStore
  readonly keys: RepoKeys
  readonly log: CommitLog
  /** Of this destination, in the folder of the repository. */
  readonly cacheFolder: string
}

/** Makes an open repository ready for upkeep. Whoever opens it closes `repository`. */
export async function openUpkeepPlace(
  { destination, store, keys, log, cacheFolder: ownFolder }: OpenPlace,
  env: Env,
  signal?: AbortSignal,
): Promise<UpkeepPlace> {
  const cacheFolder = dirname(ownFolder)
  const destinationId = destination.id
  const options = { store, keys, log, cacheFolder, destinationId, env }
  return {
    destinationId,
    name: destination.name,
    repository: await openRepository({ ...options, ...(signal && { signal }) }),
    sealed: sealedObjects({ store, keys, files: env.files, log: env.log.area('repository'), cacheFolder }),
    cacheFolder,
    scratchFolder: join(ownFolder, 'scratch'),
    env,
  }
}
