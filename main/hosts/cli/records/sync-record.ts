import type {
  FileVersion,
  SpaceEntry,
  SyncConflict,
  SyncedFolder,
  SyncOperation,
  SyncReport,
} from '../../../contract/index.ts'
import { explainer } from '../explain.ts'
import type { Invocation } from '../invocation.ts'

/** A synced folder as JSON documents show it. */
export function syncRecord(folder: SyncedFolder, invocation: Invocation) {
  const explain = explainer(invocation)
  const { totals, held } = folder
  return {
    id: folder.id,
    name: folder.name,
    folder: folder.folder,
    place: folder.placeName,
    strategy: folder.strategy,
    only: folder.only,
    ignore: folder.ignore,
    auto: folder.auto,
    state: folder.state,
    last_sync: folder.lastSyncAt ?? null,
    files: folder.files,
    bytes: folder.bytes,
    pending_changes: folder.pendingChanges,
    conflicts: folder.conflicts,
    held: held
      ? { direction: held.direction, files: held.files, of: held.of, examples: held.examples }
      : null,
    problems: folder.problems.map(({ path, error }) => ({ path, error: explain(error, folder.placeName) })),
    left_out: { count: folder.leftOut?.count ?? 0, first: folder.leftOut?.first ?? [] },
    total_uploaded: totals.uploadedBytes,
    total_downloaded: totals.downloadedBytes,
    syncs: totals.syncs,
    sync_success_rate: totals.syncs === 0 ? null : 1 - totals.failures / totals.syncs,
    avg_sync_time_ms: totals.averageMs,
    error: folder.error ? explain(folder.error, folder.placeName) : null,
  }
}

export function syncReportRecord(report: SyncReport, invocation: Invocation) {
  const explain = explainer(invocation)
  return {
    folders: report.folders.map((folder) => ({
      name: folder.name,
      uploaded: folder.uploaded,
      downloaded: folder.downloaded,
      moved: folder.moved,
      deleted: folder.deleted,
      conflicts: folder.conflicts,
      uploaded_bytes: folder.uploadedBytes,
      downloaded_bytes: folder.downloadedBytes,
      problems: folder.problems.map(({ path, error }) => ({ path, error: explain(error) })),
      unfinished: folder.unfinished,
      held: folder.held ?? null,
      error: folder.error ? explain(folder.error) : null,
    })),
  }
}

export function conflictRecord(conflict: SyncConflict) {
  return {
    id: conflict.id,
    space: conflict.folderName,
    path: conflict.path,
    timestamp: conflict.at,
    kind: conflict.kind,
    local_bytes: conflict.here.sizeBytes,
    remote_bytes: conflict.there.sizeBytes,
    local_modified: conflict.here.modifiedAt ?? null,
    remote_modified: conflict.there.modifiedAt ?? null,
    local_device: conflict.here.device ?? null,
    remote_device: conflict.there.device ?? null,
    copy_path: conflict.copyPath ?? null,
    state: conflict.state,
    kept: conflict.kept ?? null,
  }
}

export function operationRecord(operation: SyncOperation) {
  return {
    key: operation.key,
    operation: operation.do,
    direction: operation.direction,
    path: operation.path,
    from: operation.from ?? null,
    size_bytes: operation.sizeBytes ?? null,
    status: operation.status,
    timestamp: operation.at ?? null,
  }
}

export function versionRecord(version: FileVersion) {
  return {
    version: version.slot,
    timestamp: version.at,
    device: version.device,
    change: version.change,
    path: version.path,
    size_bytes: version.sizeBytes ?? null,
    current: version.isCurrent,
  }
}

export function spaceEntryRecord(entry: SpaceEntry) {
  return {
    name: entry.name,
    path: entry.path,
    kind: entry.kind,
    size_bytes: entry.sizeBytes,
    modified: entry.modifiedAt ?? null,
    deleted: entry.isDeleted,
    deleted_at: entry.deletedAt ?? null,
  }
}
