import { listEntries } from './access/backup-index.ts'
import { listFolder } from './access/folder-listing.ts'
import { archiveSizes, type FolderSizes } from './access/folder-sizes.ts'
import type { createSnapshotReaders } from './access/snapshot/readers.ts'
import * as backups from './catalogue/backups.ts'
import { heldData, holdings, isNewestOfRepository, totals } from './catalogue/totals.ts'
import type { Workspace } from './catalogue/workspace.ts'
import type { Places } from './delivery/places.ts'
import type { Repositories } from './delivery/snapshot/repositories.ts'
import { pinBackup } from './maintenance/pin-backup.ts'
import type { BackupRow } from './model/backup.ts'
import { EverstowError } from './model/errors.ts'

/** The backups of a home folder and what is in them. */
export function openBackups({
  workspace,
  places,
  repositories,
  readers,
}: {
  readonly workspace: Workspace
  readonly places: Places
  readonly repositories: Repositories
  readonly readers: ReturnType<typeof createSnapshotReaders>
}) {
  const { database } = workspace

  function backupById(id: string): BackupRow {
    const backup = id === 'latest' ? latestGood() : backups.findBackup(database, id)
    if (!backup) throw new EverstowError('unknown-backup', { data: { id } })
    return backup
  }

  function latestGood(): BackupRow | undefined {
    const { backups: newest } = backups.listBackups(database, { limit: 100, offset: 0 })
    return newest.find(({ state }) => state === 'complete' || state === 'incomplete')
  }

  return {
    get: backupById,
    list: (query: backups.BackupQuery) => backups.listBackups(database, query),
    copies: (id: string) => backups.copiesOf(database, id),
    holdings: () => holdings(database),
    totals: () => totals(database),
    /** What the backups in each destination would take one by one, and how well their data is compressed. */
    heldData: () => heldData(database),
    /**
     * Bytes that at least this backup alone needs in a place, where that is known without looking: an archive shares nothing, and what the newest snapshot
     * of a repository brought no later one can use.
     */
    ownBytes(id: string): number | undefined {
      const backup = backupById(id)
      const isAlone = backup.format === 'archive' || isNewestOfRepository(database, backup)
      return isAlone ? backup.sizeBytes : undefined
    },
    /** Sizes of the entries of a folder of a backup, largest first. */
    async sizes(id: string, folder: string | undefined, signal: AbortSignal): Promise<FolderSizes> {
      const backup = backupById(id)
      if (backup.format === 'snapshot') return readers.sizes(backup, folder, signal)
      return archiveSizes(await listEntries(workspace, places, backup, signal), folder)
    },
    skipped: (id: string) => backups.skippedOf(database, id),
    pin: pinBackup.bind(undefined, workspace, repositories),
    /** Entries of one folder of a backup. */
    async files(id: string, query: Parameters<typeof listFolder>[1], signal: AbortSignal) {
      const backup = backupById(id)
      if (backup.format === 'snapshot') return readers.files(backup, query, signal)
      return listFolder(await listEntries(workspace, places, backup, signal), query)
    },
    /** A piece of a file of a snapshot. */
    async read(id: string, path: string, offset: number, length: number) {
      const backup = backupById(id)
      if (backup.format === 'snapshot') return readers.read(backup, path, offset, length)
      throw new EverstowError('not-supported', { data: { what: `read ${backup.format}` } })
    },
    diff: (from: string, to: string, signal: AbortSignal) =>
      readers.diff(backupById(from), backupById(to), signal),
    find: readers.find,
    /** Versions of one file of a snapshot whose content differs, newest first. */
    versions: (id: string, path: string, signal: AbortSignal) =>
      readers.versions(backupById(id), path, signal),
    /** Days with backups. */
    days: (filter: backups.BackupFilter) => backups.backupDays(database, filter),
  }
}
