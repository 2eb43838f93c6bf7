import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { findBackup } from '../../../catalogue/backups.ts'
import type { Workspace } from '../../../catalogue/workspace.ts'
import {
  listSessions,
  removeSession,
  sessionPaths,
  sessionsFolder,
} from '../../../delivery/snapshot/session-folder.ts'
import type { Files } from '../../../env/files.ts'

/** What two runs must have in common for the second to go on where the first was stopped. */
export interface SessionRequest {
  readonly repositoryId: string
  readonly lockName: string
  readonly sources: readonly string[]
}

const REQUEST_FILE = 'request'

/** Makes the folder of a session, or takes over what an interrupted run of the same request left. The caller holds the request's lock. */
export async function startSession(
  workspace: Workspace,
  backupId: string,
  request: SessionRequest,
): Promise<string> {
  const { files } = workspace.env
  const { folder } = sessionPaths(workspace, backupId)
  const wanted = fingerprint(request)
  await files.mkdir(sessionsFolder(workspace), { mode: 0o700 })
  for (const name of await listSessions(workspace)) {
    const paths = sessionPaths(workspace, name)
    const path = join(paths.folder, REQUEST_FILE)
    if ((await files.stat(paths.sealed)) || !(await files.stat(path))) continue
    if ((await files.readText(path)) !== wanted) continue
    await files.rename(paths.folder, folder)
    workspace.env.log.area('backup').info('going on where a backup was stopped', { backup: backupId })
    return folder
  }
  await files.mkdir(folder, { mode: 0o700 })
  await files.writeAtomic(join(folder, REQUEST_FILE), wanted, { mode: 0o600 })
  return folder
}

/** After this long nobody goes on with an interrupted session: what it holds is mostly old by then. */
const KEPT_MS = 14 * 86_400_000

/** Removes what nobody goes on with: sessions that were interrupted long ago, before they said what they are for, or while they were removed. */
export async function removeStaleSessions(workspace: Workspace): Promise<void> {
  const { env, database } = workspace
  for (const name of await listSessions(workspace)) {
    const { folder, sealed } = sessionPaths(workspace, name)
    // A backup is in the catalogue before its session is here, and as long as somebody makes it.
    if (findBackup(database, name)?.state === 'creating' || (await env.files.stat(sealed))) continue
    const isNamed = (await env.files.stat(join(folder, REQUEST_FILE))) !== undefined
    if (isNamed && env.clock.now() - (await lastWorkedOnMs(env.files, folder)) <= KEPT_MS) continue
    await removeSession(workspace, name)
    env.log.area('backup').info('interrupted session removed', { backup: name })
  }
}

/** Each run begins journals in the folder, and each pack that it finishes comes into the folder of packs. */
async function lastWorkedOnMs(files: Files, folder: string): Promise<number> {
  const stats = [await files.stat(folder), await files.stat(join(folder, 'packs'))]
  return Math.max(...stats.map((stat) => stat?.mtimeMs ?? 0))
}

function fingerprint(request: SessionRequest): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex')
}
