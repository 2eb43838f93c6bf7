import type { Destination } from '../model/destination.ts'
import { asEverstowError, EverstowError } from '../model/errors.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import { walKey } from '../repository/format/wal-object.ts'
import { parseWalName } from '../sources/postgres/wal/wal-name.ts'
import { placesOf } from './database-places.ts'
import type { DatabaseDeps } from './deps.ts'
import { readWal } from './wal-store.ts'

/** A file of the log, from the nearest destination that has it whole. Throws `wal-missing`, else what went wrong. */
export async function readWalFile(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  name: string,
  signal: AbortSignal,
  destinationId?: string,
): Promise<Uint8Array> {
  if (!parseWalName(name)) throw new EverstowError('invalid-input', { data: { field: 'file', value: name } })
  const { keys, destinations } = await placesOf(deps, database)
  const wanted =
    destinationId === undefined ? destinations : destinations.filter(({ id }) => id === destinationId)
  const key = walKey(database.id, name.slice(0, 8), name)
  let failure: EverstowError | undefined
  for (const { id } of near(wanted)) {
    try {
      const content = await readWal({ store: await deps.places.open(id), keys, signal }, key)
      if (content) return content
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      failure ??= error
    }
  }
  throw failure ?? new EverstowError('wal-missing', { data: { name } })
}

/** Writes a file of the log where PostgreSQL's `restore_command` wants it: whole or not at all. */
export async function fetchWal(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  name: string,
  into: string,
  signal: AbortSignal,
): Promise<void> {
  const content = await readWalFile(deps, database, name, signal)
  await deps.workspace.env.files.writeAtomic(into, content, { mode: 0o600 })
}

/** Folders of this computer first. */
export function near(destinations: readonly Destination[]): Destination[] {
  return [...destinations].sort((a, b) => Number(b.type === 'local') - Number(a.type === 'local'))
}
