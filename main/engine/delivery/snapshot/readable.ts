import { dirname } from 'node:path'
import type { Workspace } from '../../catalogue/workspace.ts'
import {
  type OpenRepositoryOptions,
  openRepository,
  type Repository,
} from '../../repository/read/open-repository.ts'
import type { OpenRepository } from './repositories.ts'

/** The repository of a destination, ready to be read; `forFiles`, where single files of a snapshot are wanted. Whoever opens it closes it. */
export function readable(
  workspace: Workspace,
  { store, keys, log, cacheFolder, destination }: OpenRepository,
  signal?: AbortSignal,
  forFiles: Pick<OpenRepositoryOptions, 'pieces' | 'snapshot'> = {},
): Promise<Repository> {
  return openRepository({
    store,
    keys,
    log,
    cacheFolder: dirname(cacheFolder),
    destinationId: destination.id,
    env: workspace.env,
    ...forFiles,
    ...(signal ? { signal } : {}),
  })
}
