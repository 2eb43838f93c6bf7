import { dirname } from 'node:path'
import type { Workspace } from '../../catalogue/workspace.ts'
import type { KeptPieces } from '../../repository/read/open-pieces.ts'
import { openRepository, type Repository } from '../../repository/read/open-repository.ts'
import type { OpenRepository } from './repositories.ts'

/** The repository of a destination, ready to be read: with `pieces`, for single files. Whoever opens it closes it. */
export function readable(
  workspace: Workspace,
  { store, keys, log, cacheFolder, destination }: OpenRepository,
  signal?: AbortSignal,
  pieces?: KeptPieces,
): Promise<Repository> {
  return openRepository({
    store,
    keys,
    log,
    cacheFolder: dirname(cacheFolder),
    destinationId: destination.id,
    env: workspace.env,
    ...(pieces ? { pieces } : {}),
    ...(signal ? { signal } : {}),
  })
}
