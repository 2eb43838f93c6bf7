import * as z from 'zod'
import { asEverstowError, hasCode } from '../model/errors.ts'
import {
  DEFAULT_BASE_SCHEDULE,
  DEFAULT_KEEP_DAYS,
  type ProtectedDatabase,
} from '../model/protected-database.ts'
import { parseSchedule } from '../model/schedule/schedule.ts'
import { parseBoundedJson } from '../repository/format/json-fields.ts'
import { ABOUT_PREFIX } from '../repository/format/wal-object.ts'
import { listAll } from '../repository/upkeep/list-all.ts'
import type { DatabaseDeps } from './deps.ts'
import { findDatabase } from './edit-databases.ts'
import { readWal } from './wal-store.ts'

const About = z.object({
  version: z.literal(1),
  id: z.string().min(1),
  name: z.string().min(1),
  url: z.string(),
})
const LARGEST_ABOUT_BYTES = 64 * 1024

/** A database of this computer, else one that only its destinations know of: on a new computer after a disaster. */
export async function findAnywhere(
  deps: DatabaseDeps,
  idOrName: string,
  signal: AbortSignal,
): Promise<ProtectedDatabase> {
  try {
    return await findDatabase(deps.workspace, idOrName)
  } catch (error) {
    if (!hasCode(error, 'unknown-database')) throw error
    const found = await archivedDatabases(deps, signal)
    const wanted = idOrName.toLocaleLowerCase()
    const match = found.find(({ id, name }) => id === idOrName || name.toLocaleLowerCase() === wanted)
    if (!match) throw error
    return match
  }
}

/** The databases that destinations know of. */
async function archivedDatabases(
  { workspace, places, repositories }: DatabaseDeps,
  signal: AbortSignal,
): Promise<ProtectedDatabase[]> {
  const found = new Map<string, ProtectedDatabase>()
  for (const { id: destinationId, repositoryId } of (await workspace.configuration.read()).destinations) {
    if (repositoryId === undefined) continue
    try {
      const { keys } = await repositories.identity(repositoryId)
      const store = await places.open(destinationId)
      for await (const { key } of listAll(store, ABOUT_PREFIX, signal)) {
        const content = await readWal({ store, keys, signal }, key)
        const about = About.safeParse(content && parseBoundedJson(content, LARGEST_ABOUT_BYTES))
        if (!about.success) continue
        const { id, name, url } = about.data
        const destinationIds = [...(found.get(id)?.destinationIds ?? []), destinationId]
        const rest = { baseSchedule: parseSchedule(DEFAULT_BASE_SCHEDULE), keepDays: DEFAULT_KEEP_DAYS }
        found.set(id, { id, name, url, destinationIds, ...rest })
      }
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      workspace.env.log.area('databases').warn('place not asked for databases', { destinationId, error })
    }
  }
  return [...found.values()]
}
