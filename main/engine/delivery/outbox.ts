import { join } from 'node:path'
import { copiesIn, copiesOf, dropCopy, findBackup } from '../catalogue/backups.ts'
import { getFact, setFact } from '../catalogue/journal.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import type { Files } from '../env/files.ts'
import type { BackupRow, CopyRow, CopyState } from '../model/backup.ts'
import { EverstowError } from '../model/errors.ts'
import { removeSession } from './snapshot/session-folder.ts'
import { removeFromSpool } from './spool.ts'

/** Every state that is not yet a good copy and not on its way out. */
export const UNDELIVERED: readonly CopyState[] = [
  'pending',
  'syncing',
  'waiting',
  'failed',
  'damaged',
  'missing',
]

/** A copy on its way. */
export interface OutboxItem {
  readonly backup: BackupRow
  readonly copy: CopyRow
  /** Another destination has this backup. */
  readonly isSavedElsewhere: boolean
}

/** What waits, and how much of this computer it takes. */
export interface Outbox {
  readonly offline: boolean
  readonly items: readonly OutboxItem[]
  readonly spoolBytes: number
  readonly spoolLimitBytes: number
}

const OFFLINE_FACT = 'offline'

/** Whether a person set Everstow to work offline: nothing is delivered until they end it. */
export function isOffline({ database }: Pick<Workspace, 'database'>): boolean {
  return getFact(database, OFFLINE_FACT) !== undefined
}

/** Begins or ends working offline. Lasts over restarts. */
export function setOffline({ database }: Pick<Workspace, 'database'>, on: boolean): void {
  setFact(database, OFFLINE_FACT, on ? 'on' : undefined)
}

/** Everything on its way, the oldest backup first. */
export async function readOutbox(workspace: Workspace): Promise<Outbox> {
  const { database } = workspace
  const items = copiesIn(database, UNDELIVERED).flatMap((copy) => {
    const backup = findBackup(database, copy.backupId)
    return backup && backup.state !== 'creating'
      ? [{ backup, copy, isSavedElsewhere: isSaved(workspace, copy.backupId) }]
      : []
  })
  return {
    offline: isOffline(workspace),
    items,
    spoolBytes: await folderBytes(workspace.env.files, workspace.paths.spool),
    spoolLimitBytes: await spoolLimitBytes(workspace),
  }
}

/**
 * Gives up bringing a backup to a destination, or to all it has not reached. A backup that no destination has is gone then: that wants `evenUnsaved`,
 * else `confirmation-needed`. Returns how many copies were given up.
 */
export async function removeFromOutbox(
  workspace: Workspace,
  backupId: string,
  destinationId: string | undefined,
  evenUnsaved: boolean,
): Promise<number> {
  const { database } = workspace
  const backup = findBackup(database, backupId)
  if (!backup) throw new EverstowError('unknown-backup', { data: { id: backupId } })
  const waiting = copiesIn(database, UNDELIVERED, {
    backupId,
    ...(destinationId === undefined ? {} : { destinationId }),
  })
  const copies = copiesOf(database, backupId)
  const wouldBeGone = waiting.length === copies.length
  if (wouldBeGone && waiting.length > 0 && !evenUnsaved)
    throw new EverstowError('confirmation-needed', { data: { count: 1, total: 1, reason: 'unsaved' } })
  // A delivery that is under way ends first: what it brings is a copy.
  for (const copy of waiting) await dropWaiting(workspace, copy)
  if (!findBackup(database, backupId)) await dropParts(workspace, backup)
  return waiting.length
}

/** Gives up everything that waits. Backups no destination has are kept unless `evenUnsaved`. */
export async function clearOutbox(
  workspace: Workspace,
  evenUnsaved: boolean,
): Promise<{ removed: number; kept: number }> {
  let removed = 0
  let kept = 0
  for (const backupId of new Set(copiesIn(workspace.database, UNDELIVERED).map((copy) => copy.backupId))) {
    const waiting = copiesIn(workspace.database, UNDELIVERED, { backupId }).length
    if (!evenUnsaved && !isSaved(workspace, backupId)) kept += waiting
    else removed += await removeFromOutbox(workspace, backupId, undefined, evenUnsaved)
  }
  return { removed, kept }
}

async function dropWaiting(workspace: Workspace, copy: CopyRow): Promise<void> {
  const lock = await workspace.lock(`place-${copy.destinationId}`, 'changing the outbox')
  try {
    const now = copiesOf(workspace.database, copy.backupId).find(
      ({ destinationId }) => destinationId === copy.destinationId,
    )
    if (now && now.state !== 'synced') dropCopy(workspace.database, copy.backupId, copy.destinationId)
  } finally {
    await lock.release()
  }
}

async function dropParts(workspace: Workspace, backup: BackupRow): Promise<void> {
  if (backup.format === 'snapshot') await removeSession(workspace, backup.id)
  else await removeFromSpool(workspace, backup.filename)
}

function isSaved({ database }: Workspace, backupId: string): boolean {
  return copiesOf(database, backupId).some(({ state }) => state === 'synced')
}

/** Bytes of the files below a folder of ours. */
async function folderBytes(files: Files, folder: string): Promise<number> {
  let bytes = 0
  for (const name of (await files.stat(folder)) ? await files.list(folder) : []) {
    const path = join(folder, name)
    const stat = await files.lstat(path)
    bytes += stat?.kind === 'directory' ? await folderBytes(files, path) : (stat?.sizeBytes ?? 0)
  }
  return bytes
}

const SPOOL_LIMIT_BYTES = 20 * 1024 ** 3

/** What may wait on this computer: what a person chose, else 20 GiB or half of what the disk has left, whichever is less. */
export async function spoolLimitBytes({ configuration, env, paths }: Workspace): Promise<number> {
  const { spoolLimitBytes: chosen } = await configuration.read()
  if (chosen !== undefined) return chosen
  const { freeBytes } = await env.files.space(paths.spool)
  return Math.min(SPOOL_LIMIT_BYTES, Math.floor(freeBytes / 2))
}
