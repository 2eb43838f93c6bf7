import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { listBackups } from '../../../catalogue/backups.ts'
import type { Workspace } from '../../../catalogue/workspace.ts'
import { asEverstowError } from '../../../model/errors.ts'
import { isLive } from '../../../repository/log/state-queries.ts'
import type { Repository } from '../../../repository/read/open-repository.ts'
import type { BackupRequest } from '../../run-backup.ts'
import { rebuildTreeFile } from './rebuild-tree-file.ts'

const FactsSchema = z.object({
  snapId: z.string(),
  rootTreeId: z.string().regex(/^[0-9a-f]{64}$/),
})

/** What the last backup of the same thing saw, kept beside the directories themselves. */
export type BaseFacts = z.infer<typeof FactsSchema>

/** Where the directories that the last backup of a plan (or set of paths) saw are kept; safe to delete. */
export function basePaths(workspace: Workspace, repositoryId: string, lockName: string) {
  const name = createHash('sha256').update(lockName).digest('hex').slice(0, 24)
  const folder = join(workspace.paths.home, 'cache', 'repositories', repositoryId, 'trees')
  return { folder, tree: join(folder, name), facts: join(folder, `${name}.json`) }
}

/** What is kept of the last backup, if anything that can be used. */
export async function readBase(
  workspace: Workspace,
  repositoryId: string,
  lockName: string,
): Promise<BaseFacts | undefined> {
  const { tree, facts } = basePaths(workspace, repositoryId, lockName)
  const { files } = workspace.env
  if (!(await files.stat(facts)) || !(await files.stat(tree))) return undefined
  try {
    return FactsSchema.parse(JSON.parse(await files.readText(facts)))
  } catch {
    // A cache: without it every file is read again.
    return undefined
  }
}

/**
 * Keeps what a backup saw for the next one. `treeFile`: where it is now; undefined when what is kept still says it all. It is a cache: where it
 * cannot be kept (it lies on a volume of its own, or on a full one), the backup is whole all the same, and the next one looks for more.
 */
export async function keepBase(
  workspace: Workspace,
  repositoryId: string,
  lockName: string,
  treeFile: string | undefined,
  facts: BaseFacts,
): Promise<void> {
  const paths = basePaths(workspace, repositoryId, lockName)
  const { files, log } = workspace.env
  try {
    await files.mkdir(paths.folder, { mode: 0o700 })
    // The file names its own root: facts of another root make it unused, never wrong.
    if (treeFile !== undefined) await files.rename(treeFile, paths.tree)
    await files.writeAtomic(paths.facts, JSON.stringify(facts), { mode: 0o600 })
  } catch (error) {
    log.area('backup').warn('what a backup saw could not be kept for the next one', { error })
  }
}

/** So many of the newest backups are looked at for one of the same thing. */
const LOOKED_AT = 200

/**
 * What the last backup of the same thing saw, read back from a repository: where the cache was deleted, or on a new computer. Without it every file would be
 * read again. Undefined where there is none, or none that can be read.
 */
export async function rebuildBase(
  workspace: Workspace,
  repository: Repository,
  lockName: string,
  request: Pick<BackupRequest, 'plan' | 'sources'>,
  signal: AbortSignal,
): Promise<BaseFacts | undefined> {
  const wanted = JSON.stringify(request.sources)
  const last = listBackups(workspace.database, { limit: LOOKED_AT, offset: 0 }).backups.find(
    ({ format, planId, sources, sha256 }) =>
      format === 'snapshot' &&
      planId === request.plan?.id &&
      JSON.stringify(sources) === wanted &&
      isLive(repository.log.state.snapshots.get(sha256)),
  )
  if (!last) return undefined
  try {
    const root = await repository.root(last.sha256, signal)
    const paths = basePaths(workspace, repository.repoId, lockName)
    await workspace.env.files.mkdir(paths.folder, { mode: 0o700 })
    await rebuildTreeFile({
      rootTreeId: root.tree,
      scanStartMs: Date.parse(root.time),
      hasXattrs: root.xattrs,
      path: paths.tree,
      loadTree: (id) => repository.fetcher.tree(id),
      signal,
    })
    const facts = { snapId: last.sha256, rootTreeId: root.tree }
    await keepBase(workspace, repository.repoId, lockName, undefined, facts)
    return facts
  } catch (caught) {
    const error = asEverstowError(caught)
    if (error.code === 'cancelled') throw error
    workspace.env.log
      .area('backup')
      .warn('last backup could not be read; every file is read again', { error })
    return undefined
  }
}
