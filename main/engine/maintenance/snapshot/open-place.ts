import { dirname, join } from 'node:path'
import type { Workspace } from '../../catalogue/workspace.ts'
import { readable } from '../../delivery/snapshot/replicate.ts'
import type { OpenRepository } from '../../delivery/snapshot/repositories.ts'
import type { Env } from '../../env/env.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import { type SealedObjects, sealedObjects } from '../../repository/read/sealed-cache.ts'

/** The repository in one destination, with what keeping it small needs. */
export interface UpkeepPlace {
  readonly destinationId: string
  readonly name: string
  readonly repository: Repository
  readonly sealed: SealedObjects
  /** A folder of this computer for packs that are being made; safe to delete between runs. */
  readonly scratchFolder: string
  readonly env: Env
}

/** Makes an open repository ready for upkeep. Whoever opens it closes `repository`. */
export async function openUpkeepPlace(
  workspace: Workspace,
  open: OpenRepository,
  signal?: AbortSignal,
): Promise<UpkeepPlace> {
  const { env, paths } = workspace
  const { store, keys, destination, cacheFolder } = open
  const log = env.log.area('maintenance')
  return {
    destinationId: destination.id,
    name: destination.name,
    repository: await readable(workspace, open, signal),
    sealed: sealedObjects({ store, keys, files: env.files, log, cacheFolder: dirname(cacheFolder) }),
    scratchFolder: join(paths.spool, 'upkeep', destination.id),
    env,
  }
}
