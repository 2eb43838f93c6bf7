import type { SyncedFolder } from '../../contract/index.ts'

/** How syncing is going over all folders, in the names that programs read. */
export function syncSummary(folders: readonly SyncedFolder[], offline: boolean) {
  const sum = (of: (folder: SyncedFolder) => number) =>
    folders.reduce((total, folder) => total + of(folder), 0)
  return {
    syncing: folders.some(({ state }) => state === 'syncing'),
    // The one that is longest behind says how current all of them are.
    last_sync: folders.flatMap(({ lastSyncAt }) => lastSyncAt ?? []).sort()[0] ?? null,
    pending_changes: sum(({ pendingChanges }) => pendingChanges),
    conflicts: sum(({ conflicts }) => conflicts),
    total_uploaded: sum(({ totals }) => totals.uploadedBytes),
    total_downloaded: sum(({ totals }) => totals.downloadedBytes),
    offline_mode: offline,
  }
}
