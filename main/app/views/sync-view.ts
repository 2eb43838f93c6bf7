import type {
  FileVersion,
  SpaceEntry,
  SyncConflict,
  SyncedFolder,
  SyncOperation,
} from '../../contract/index.ts'
import type {
  Configuration,
  Engine,
  FolderStatus,
  SyncActivityRow,
  SyncConflictRow,
  SyncFileVersion,
  SyncSpaceEntry,
  SyncWaiting,
} from '../../engine/engine.ts'
import { deviceLabel, sizeOfContent } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import type { SyncedFolder as Known } from '../../engine/model/synced-folder.ts'
import { guardOver } from '../kept/guard-state.ts'
import { pausedUntil } from '../kept/paused.ts'
import { isoTime } from '../wire/backup-view.ts'
import { storedToWire, wireErrorOf } from '../wire/wire-error.ts'

/** A synced folder as clients see it. */
export function syncedFolderView(
  engine: Engine,
  { destinations, plans }: Pick<Configuration, 'destinations' | 'plans'>,
  { destinationId, only, ignore, ...folder }: Known,
): SyncedFolder {
  const status = engine.syncs.status(folder.id)
  const guard = guardOver(engine, { plans }, folder.folder)
  return {
    ...folder,
    placeId: destinationId,
    placeName: destinations.find(({ id }) => id === destinationId)?.name ?? destinationId,
    only: [...only],
    ignore: [...ignore],
    ...statusView(status),
    state: guard ? 'held' : stateOf(engine, status, folder.auto),
    ...(guard && { error: wireErrorOf(new EverstowError('sync-guarded', { data: { plan: guard.name } })) }),
    conflicts: engine.syncs.conflicts('open', folder.id).length,
  }
}

function stateOf(engine: Engine, { state }: FolderStatus, auto: boolean): SyncedFolder['state'] {
  if (state === 'syncing' || state === 'held' || state === 'failed') return state
  if (auto && pausedUntil(engine) !== undefined) return 'paused'
  return engine.outbox.isOffline() ? 'waiting' : state
}

function statusView({ lastSyncMs, held, problems, leftOut, totals, ...status }: FolderStatus) {
  const { error, files, bytes, pending } = status
  return {
    ...(lastSyncMs !== undefined && { lastSyncAt: isoTime(lastSyncMs) }),
    files,
    bytes,
    pendingChanges: pending,
    ...(held && { held: { ...held, examples: [...held.examples] } }),
    problems: problems.map((problem) => ({ path: problem.path, error: storedToWire(problem.error) })),
    ...(leftOut && { leftOut: { count: leftOut.count, first: [...leftOut.first] } }),
    totals: {
      uploadedBytes: totals.uploadedBytes,
      downloadedBytes: totals.downloadedBytes,
      syncs: totals.syncs,
      failures: totals.failures,
      averageMs: totals.syncs === 0 ? 0 : Math.round(totals.workedMs / totals.syncs),
      conflicts: totals.conflicts,
    },
    ...(error && { error: storedToWire(error) }),
  }
}

export function waitingView({ isDropped, ...waiting }: SyncWaiting): SyncOperation {
  return { ...waiting, direction: 'out', status: isDropped ? 'dropped' : 'pending' }
}

export function activityView({ seq, atMs, from, sizeBytes, ...row }: SyncActivityRow): SyncOperation {
  return {
    ...row,
    key: String(seq),
    ...(from !== undefined && { from }),
    ...(sizeBytes !== undefined && { sizeBytes }),
    status: 'completed',
    at: isoTime(atMs),
  }
}

/** `ownDevice`: what the others call this computer. */
export function conflictView(
  row: SyncConflictRow,
  folderName: string,
  ownDevice: string | undefined,
): SyncConflict {
  const side = (content: string, changedMs?: number, device?: string) => ({
    sizeBytes: sizeOfContent(content),
    ...(changedMs !== undefined && { modifiedAt: isoTime(changedMs) }),
    ...(device !== undefined && { device: deviceLabel(device) }),
  })
  const { id, folderId, path, atMs, kind, base, here, there, copyPath, state, kept, resolvedMs } = row
  return {
    id,
    folderId,
    folderName,
    path,
    at: isoTime(atMs),
    kind,
    ...(base !== undefined && { base: side(base) }),
    here: { ...side(here, row.hereMs), ...(ownDevice !== undefined && { device: ownDevice }) },
    there: side(there, row.thereMs, row.thereDevice),
    ...(copyPath !== undefined && { copyPath }),
    state,
    ...(kept !== undefined && { kept }),
    ...(resolvedMs !== undefined && { resolvedAt: isoTime(resolvedMs) }),
  }
}

export function versionView({ atMs, device, sizeBytes, ...version }: SyncFileVersion): FileVersion {
  return {
    ...version,
    at: isoTime(atMs),
    device: deviceLabel(device),
    ...(sizeBytes !== undefined && { sizeBytes }),
  }
}

export function spaceEntryView({ mtimeMs, deletedMs, ...entry }: SyncSpaceEntry): SpaceEntry {
  return {
    ...entry,
    ...(mtimeMs !== undefined && { modifiedAt: isoTime(mtimeMs) }),
    isDeleted: deletedMs !== undefined,
    ...(deletedMs !== undefined && { deletedAt: isoTime(deletedMs) }),
  }
}
