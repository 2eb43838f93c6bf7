import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { Workspace } from '../../catalogue/workspace.ts'

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

/** Keeps what a backup saw for the next one. `treeFile`: where it is now; undefined when what is kept still says it all. */
export async function keepBase(
  workspace: Workspace,
  repositoryId: string,
  lockName: string,
  treeFile: string | undefined,
  facts: BaseFacts,
): Promise<void> {
  const paths = basePaths(workspace, repositoryId, lockName)
  const { files } = workspace.env
  await files.mkdir(paths.folder, { mode: 0o700 })
  // The file names its own root: facts of another root make it unused, never wrong.
  if (treeFile !== undefined) await files.rename(treeFile, paths.tree)
  await files.writeAtomic(paths.facts, JSON.stringify(facts), { mode: 0o600 })
}
