import { join } from 'node:path'
import { z } from 'zod'
import type { Workspace } from '../../catalogue/workspace.ts'
import { EverstowError } from '../../model/errors.ts'

/** A finished pack in a session's folder. */
export interface FinishedPack {
  readonly packId: string
  readonly sizeBytes: number
}

const hex32 = z.string().regex(/^[0-9a-f]{32}$/)
const hex64 = z.string().regex(/^[0-9a-f]{64}$/)

const SealedSchema = z.object({
  version: z.literal(1),
  backupId: z.string().min(1),
  repositoryId: hex32,
  snapId: hex64,
  segments: z.array(hex64),
  packs: z.array(z.object({ packId: hex64, sizeBytes: z.number().int().nonnegative() })),
  /** What its dedup leans on, and the destination whose index decided (its own id in the repository, not the settings' one). */
  uses: z.object({ packs: z.array(hex64), snaps: z.array(hex64) }),
  referenceId: z.string().optional(),
})

/** A session whose snapshot is complete: everything a destination needs beyond what it leans on lies in its folder. */
export type SealedSession = z.infer<typeof SealedSchema>

/** Where the sessions of this computer wait for their places. */
export function sessionsFolder(workspace: Workspace): string {
  return join(workspace.paths.spool, 'sessions')
}

/** Where the parts of one session lie. */
export function sessionPaths(workspace: Workspace, backupId: string) {
  const folder = join(sessionsFolder(workspace), backupId)
  return {
    folder,
    pack: (packId: string) => join(folder, 'packs', packId),
    segment: (segId: string) => join(folder, 'index', segId),
    /** Beside a large segment. */
    finder: (segId: string) => join(folder, 'find', segId),
    snap: (snapId: string) => join(folder, 'snap', snapId),
    sealed: join(folder, 'sealed.json'),
    /** The `b` this session has in a destination, kept so that a restart goes on under it. */
    began: (destinationId: string) => join(folder, `began-${destinationId}`),
  }
}

/** Says, durably, that a session is complete. */
export async function writeSealed(workspace: Workspace, session: SealedSession): Promise<void> {
  const { sealed } = sessionPaths(workspace, session.backupId)
  await workspace.env.files.writeAtomic(sealed, JSON.stringify(session), { mode: 0o600 })
}

/** A complete session, or undefined: there is none, or it is still being made. */
export async function readSealed(workspace: Workspace, backupId: string): Promise<SealedSession | undefined> {
  const { sealed } = sessionPaths(workspace, backupId)
  const { files } = workspace.env
  if (!(await files.stat(sealed))) return undefined
  try {
    return SealedSchema.parse(JSON.parse(await files.readText(sealed)))
  } catch (error) {
    throw new EverstowError('data-damaged', { data: { name: sealed }, cause: error })
  }
}

/** The session's number in a destination, where it has begun there. */
export async function readBegan(
  workspace: Workspace,
  backupId: string,
  destinationId: string,
): Promise<number | undefined> {
  const path = sessionPaths(workspace, backupId).began(destinationId)
  if (!(await workspace.env.files.stat(path))) return undefined
  const b = Number(await workspace.env.files.readText(path))
  return Number.isSafeInteger(b) && b > 0 ? b : undefined
}

/** Keeps the session's number in a destination. */
export async function writeBegan(
  workspace: Workspace,
  backupId: string,
  destinationId: string,
  b: number,
): Promise<void> {
  await workspace.env.files.writeAtomic(sessionPaths(workspace, backupId).began(destinationId), String(b), {
    mode: 0o600,
  })
}

/** Ids of the backups whose sessions lie here, complete or not. */
export async function listSessions(workspace: Workspace): Promise<string[]> {
  const folder = sessionsFolder(workspace)
  if (!(await workspace.env.files.stat(folder))) return []
  return workspace.env.files.list(folder)
}

/** Removes a session: everybody has it, or nobody wants it. */
export async function removeSession(workspace: Workspace, backupId: string): Promise<void> {
  await workspace.env.files.removeTree(sessionPaths(workspace, backupId).folder)
}
