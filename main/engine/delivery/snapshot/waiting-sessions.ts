import { copiesOf } from '../../catalogue/backups.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import type { BackupRow } from '../../model/backup.ts'
import { listSessions, readSealed, type SealedSession } from './session-folder.ts'
import { isDoubtful } from './stranded.ts'

/**
 * The sealed sessions of a repository that wait here to be brought to each of these destinations, or lie there already. A backup to all of them may
 * lean on what is in these, since delivery brings them there before it.
 */
export async function waitingSessions(
  workspace: Workspace,
  repositoryId: string,
  destinationIds: readonly string[],
): Promise<SealedSession[]> {
  const found: SealedSession[] = []
  for (const backupId of await listSessions(workspace)) {
    const copies = copiesOf(workspace.database, backupId)
    const goesTo = (id: string) => copies.some(({ destinationId }) => destinationId === id)
    if (!destinationIds.every(goesTo)) continue
    const sealed = await readSealed(workspace, backupId).catch(() => undefined)
    if (sealed?.repositoryId === repositoryId) found.push(sealed)
  }
  return found
}

/** The backups that have to be at a destination before this one can be: those that wait here and that it leans on, and so on. */
export async function waitingBelow(
  workspace: Workspace,
  { id, repositoryId }: BackupRow,
  destinationId: string,
): Promise<ReadonlySet<string>> {
  if (repositoryId === undefined) return new Set()
  const others = (await waitingSessions(workspace, repositoryId, [destinationId])).filter(
    ({ backupId }) => backupId !== id,
  )
  const sealed = await readSealed(workspace, id)
  // While it is made it may lean on any of them that is not in doubt.
  if (!sealed) {
    const ids = others.map(({ backupId }) => backupId)
    return new Set(ids.filter((backupId) => !isDoubtful(workspace, backupId)))
  }

  const below = new Set<string>()
  const add = ({ uses }: SealedSession): void => {
    const used = new Set(uses.packs)
    for (const other of others) {
      if (below.has(other.backupId) || !other.packs.some(({ packId }) => used.has(packId))) continue
      below.add(other.backupId)
      add(other)
    }
  }
  add(sealed)
  return below
}
