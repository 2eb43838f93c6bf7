import { userInfo } from 'node:os'
import { join } from 'node:path'
import { removeUnheldFolders } from '../../catalogue/unheld-folders.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import { EverstowError } from '../../model/errors.ts'

const BEGIN = 'prove-'
const scratchOf = ({ paths }: Pick<Workspace, 'paths'>): string => join(paths.home, 'scratch')

/** Tries a restore of something in a folder of its own, for its owner alone, of which nothing is left. One trial of the same at a time. */
export async function inTrialFolder<T>(
  workspace: Workspace,
  { id, name }: { readonly id: string; readonly name: string },
  work: (scratch: string) => Promise<T>,
): Promise<T> {
  const { files } = workspace.env
  if (userInfo().uid === 0)
    throw new EverstowError('not-supported', { data: { what: 'a PostgreSQL server run by root' } })
  const lock = await workspace.tryLock(`${BEGIN}${id}`, `trying a restore of ${name}`)
  if ('holder' in lock) throw new EverstowError('already-running', { data: { name, pid: lock.holder.pid } })
  const scratch = join(scratchOf(workspace), `${BEGIN}${id}`)
  try {
    await files.removeTree(scratch)
    await files.mkdir(scratch, { mode: 0o700 })
    return await work(scratch)
  } finally {
    await files.removeTree(scratch)
    await lock.release()
  }
}

/** Removes what trials left that were killed before their server ran. */
export function removeStaleTrials(workspace: Workspace): Promise<void> {
  return removeUnheldFolders(workspace, scratchOf(workspace), BEGIN)
}
