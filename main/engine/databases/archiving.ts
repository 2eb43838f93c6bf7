import * as z from 'zod'
import { getFact, setFact } from '../catalogue/journal.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { asEverstowError } from '../model/errors.ts'

/** How it has been going with a database's log, as far as this computer knows without asking its server. Times are milliseconds since 1970. */
export interface Archiving {
  /** When a file of the log was last stored for good. */
  readonly lastMs?: number | undefined
  /** Since when every file that was handed over has been refused. */
  readonly failingSinceMs?: number | undefined
}

const Kept = z.object({ lastMs: z.number().optional(), failingSinceMs: z.number().optional() })
const archivingFact = (databaseId: string): string => `wal-archiving/${databaseId}`

/** What is known of archiving a database's log. */
export function archivingOf({ database }: Pick<Workspace, 'database'>, databaseId: string): Archiving {
  const kept = Kept.safeParse(JSON.parse(getFact(database, archivingFact(databaseId)) ?? '{}'))
  return kept.success ? kept.data : {}
}

/** Archives, and keeps how it went. */
export async function noteArchiving<T>(
  workspace: Pick<Workspace, 'database' | 'env'>,
  databaseId: string,
  signal: AbortSignal,
  archive: () => Promise<T>,
): Promise<T> {
  try {
    const archived = await archive()
    keep({ lastMs: workspace.env.clock.now() })
    return archived
  } catch (error) {
    const { code } = asEverstowError(error)
    const before = archivingOf(workspace, databaseId)
    // A path that leads nowhere was typed by a person; a server hands over what it has.
    if (!signal.aborted && code !== 'source-missing' && before.failingSinceMs === undefined)
      keep({ ...before, failingSinceMs: workspace.env.clock.now() })
    throw error
  }

  function keep(archiving: Archiving): void {
    setFact(workspace.database, archivingFact(databaseId), JSON.stringify(archiving))
  }
}

/** Nothing is known any more: the database is no longer protected. */
export function forgetArchiving({ database }: Pick<Workspace, 'database'>, databaseId: string): void {
  setFact(database, archivingFact(databaseId), undefined)
}
