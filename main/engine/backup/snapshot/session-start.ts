import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Workspace } from '../../catalogue/workspace.ts'
import {
  listSessions,
  removeSession,
  sessionPaths,
  sessionsFolder,
} from '../../delivery/snapshot/session-folder.ts'

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

/** Removes sessions that were interrupted long ago. */
export async function removeStaleSessions(workspace: Workspace): Promise<void> {
  const { files, clock } = workspace.env
  for (const name of await listSessions(workspace)) {
    const paths = sessionPaths(workspace, name)
    if (await files.stat(paths.sealed)) continue
    const stat = await files.stat(paths.folder)
    if (stat && clock.now() - stat.mtimeMs > KEPT_MS) await removeSession(workspace, name)
  }
}

function fingerprint(request: SessionRequest): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex')
}
