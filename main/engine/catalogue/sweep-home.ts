import { join } from 'node:path'
import { asEverstowError } from '../model/errors.ts'
import { getFact, setFact } from './journal.ts'
import type { Workspace } from './workspace.ts'

/** What a process leaves that is killed while it replaces a file. */
const TEMPORARY = /^\..*\.tmp-[0-9a-f]+$/
const DAY_MS = 86_400_000
const SWEPT_FACT = 'swept'

/** Removes, once a day, the files of the data folder that somebody began to write a day ago or more and never ended. */
export async function sweepHome({ database, env, paths }: Workspace): Promise<void> {
  const now = env.clock.now()
  const last = Number(getFact(database, SWEPT_FACT) ?? 0)
  // A clock that was set back does not put it off.
  if (now >= last && now - last < DAY_MS) return
  const sweep = async (folder: string): Promise<void> => {
    for (const name of await env.files.list(folder)) {
      const path = join(folder, name)
      const stat = await env.files.lstat(path)
      if (stat?.kind === 'directory') await sweep(path)
      else if (stat && TEMPORARY.test(name) && now - stat.mtimeMs > DAY_MS) {
        await env.files.remove(path)
        env.log.area('catalogue').info('unfinished file removed', { path })
      }
    }
  }
  try {
    setFact(database, SWEPT_FACT, String(now))
    await sweep(paths.home)
  } catch (error) {
    // A folder went meanwhile, or the disk is full: nobody is kept from their files for that.
    env.log.area('catalogue').warn('data folder not swept', { error: asEverstowError(error) })
  }
}
