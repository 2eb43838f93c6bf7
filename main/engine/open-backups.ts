import { listEntries } from './access/archive/backup-index.ts'
import type { ArchiveReaders } from './access/archive/readers.ts'
import type { FolderQuery } from './access/folder-listing.ts'
import { archiveSizes, type FolderSizes } from './access/folder-sizes.ts'
import type { createSnapshotReaders } from './access/snapshot/readers.ts'
import { findAnywhere, versionsAnywhere } from './access/versions.ts'
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
  archives,
}: {
  readonly workspace: Workspace
  readonly places: Places
  readonly repositories: Repositories
  readonly readers: ReturnType<typeof createSnapshotReaders>
  readonly archives: ArchiveReaders
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

  const readersOf = ({ format }: BackupRow) => (format === 'snapshot' ? readers : archives)

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
    files(id: string, query: FolderQuery, signal: AbortSignal) {
      const backup = backupById(id)
      return readersOf(backup).files(backup, query, signal)
    },
    /** A piece of a file of a backup. */
    read(id: string, path: string, offset: number, length: number) {
      const backup = backupById(id)
      return readersOf(backup).read(backup, path, offset, length)
    },
    /** What changed from one backup to another: two archives, or two snapshots of one repository. */
    diff(fromId: string, toId: string, signal: AbortSignal) {
      const [from, to] = [backupById(fromId), backupById(toId)]
      if (from.format !== to.format)
        throw new EverstowError('not-supported', { data: { what: `diff ${from.id} ${to.id}` } })
      return readersOf(from).diff(from, to, signal)
    },
    /** Files and folders by name, over all backups. */
    find: findAnywhere.bind(undefined, { snapshots: readers, archives }),
    /** Versions of one file whose content differs, newest first, over archives and snapshots. */
    versions: (id: string, path: string, signal: AbortSignal) =>
      versionsAnywhere({ snapshots: readers, archives }, backupById(id), path, signal),
    /** Days with backups. */
    days: (filter: backups.BackupFilter) => backups.backupDays(database, filter),
  }
}
