import { join } from 'node:path'
import type { Workspace } from '../catalogue/workspace.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'

/**
 * Sealed objects on their way: a folder for each destination of a database, a file for each object, under the name that PostgreSQL gave it. The files of one
 * object are one file with several names where the file system can do that.
 */
function queueFolder({ paths }: Pick<Workspace, 'paths'>, databaseId: string): string {
  return join(paths.home, 'wal', databaseId)
}

export function queuedPath(
  workspace: Pick<Workspace, 'paths'>,
  databaseId: string,
  destinationId: string,
  name: string,
): string {
  return join(queueFolder(workspace, databaseId), destinationId, name)
}

/** An object that waits for some destination, or undefined. `isEverywhere`: for all of them, so none has it for sure. */
export async function findQueued(
  workspace: Workspace,
  { id, destinationIds }: ProtectedDatabase,
  name: string,
): Promise<{ readonly bytes: Uint8Array; readonly isEverywhere: boolean } | undefined> {
  const { files } = workspace.env
  const paths: string[] = []
  for (const destinationId of destinationIds) {
    const path = queuedPath(workspace, id, destinationId, name)
    if (await files.stat(path)) paths.push(path)
  }
  const [path] = paths
  if (path === undefined) return undefined
  return { bytes: await files.readFile(path), isEverywhere: paths.length === destinationIds.length }
}

/** Takes an object out of all queues. */
export async function withdraw(
  workspace: Workspace,
  { id, destinationIds }: ProtectedDatabase,
  name: string,
): Promise<void> {
  for (const destinationId of destinationIds) await dequeue(workspace, id, destinationId, name)
}

/** Puts an object into the queues of all destinations, durably. What is queued under its name already stays. */
export async function enqueue(
  workspace: Workspace,
  { id, destinationIds }: ProtectedDatabase,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const { files } = workspace.env
  let first: string | undefined
  for (const destinationId of destinationIds) {
    const path = queuedPath(workspace, id, destinationId, name)
    await files.mkdir(join(path, '..'), { mode: 0o700 })
    if (!(await files.stat(path))) await place(first, path)
    first ??= path
  }

  async function place(existing: string | undefined, path: string): Promise<void> {
    if (existing !== undefined) {
      try {
        await files.link(existing, path)
        await files.syncDir(join(path, '..'))
        return
      } catch (error) {
        // No second names on this file system: it is written once more.
        workspace.env.log.area('databases').debug('queued by copying', { path, error })
      }
    }
    await files.writeAtomic(path, bytes, { mode: 0o600 })
  }
}

/** Names of what waits for a destination, oldest first. */
export async function listQueued(
  workspace: Workspace,
  databaseId: string,
  destinationId: string,
): Promise<string[]> {
  const folder = join(queueFolder(workspace, databaseId), destinationId)
  if (!(await workspace.env.files.stat(folder))) return []
  return (await workspace.env.files.list(folder)).filter((name) => !name.startsWith('.'))
}

/** How many files of a log wait for a destination. */
export interface WaitingWal {
  readonly database: ProtectedDatabase
  readonly destinationId: string
  readonly files: number
}

/** What waits of the logs of all databases, for every destination that lacks something; asks none of them. */
export async function waitingWal(workspace: Workspace): Promise<WaitingWal[]> {
  const waiting: WaitingWal[] = []
  for (const database of (await workspace.configuration.read()).databases)
    for (const destinationId of database.destinationIds) {
      const files = (await listQueued(workspace, database.id, destinationId)).length
      if (files > 0) waiting.push({ database, destinationId, files })
    }
  return waiting
}

/** It is there for good. */
export async function dequeue(
  workspace: Workspace,
  databaseId: string,
  destinationId: string,
  name: string,
): Promise<void> {
  await workspace.env.files.remove(queuedPath(workspace, databaseId, destinationId, name))
}

/** Gives up all that waits for a database's destinations. */
export async function dropQueue(workspace: Workspace, databaseId: string): Promise<void> {
  await workspace.env.files.removeTree(queueFolder(workspace, databaseId))
}

/** How much waits is added up once in so many files. */
const TIDIED_EACH = 64

/** Keeps the queues under a limit: what one destination has may be left out of the queue of another, oldest first; it is brought from there later. */
export async function tidyQueue(
  workspace: Workspace,
  { id, destinationIds }: ProtectedDatabase,
  limitBytes: number,
): Promise<void> {
  const { files } = workspace.env
  const waiting = new Map<string, string[]>()
  for (const destinationId of destinationIds)
    for (const name of await listQueued(workspace, id, destinationId))
      waiting.set(name, [...(waiting.get(name) ?? []), destinationId])
  if (waiting.size < TIDIED_EACH || waiting.size % TIDIED_EACH > 0) return
  const sizes = new Map<string, number>()
  for (const [name, [first = '']] of waiting)
    sizes.set(name, (await files.stat(queuedPath(workspace, id, first, name)))?.sizeBytes ?? 0)
  let total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  for (const [name, at] of [...waiting].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (total <= limitBytes) return
    if (at.length === destinationIds.length) continue
    for (const destinationId of at) await dequeue(workspace, id, destinationId, name)
    total -= sizes.get(name) ?? 0
  }
}
