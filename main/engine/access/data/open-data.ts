import type { Workspace } from '../../catalogue/workspace.ts'
import type { DataCache } from '../data-cache.ts'
import type { Readers } from '../versions.ts'
import type { Asker, BackupRange, DataDeps, Which } from './asked.ts'
import { createDataThreads } from './jobs/threads.ts'
import { createListings } from './listings.ts'
import { dataSeries } from './questions/data-series.ts'
import { dataVersions } from './questions/data-versions.ts'
import { diffData } from './questions/diff-data.ts'
import {
  type FilesAsked,
  type FoundFiles,
  filesAnywhere,
  filesOfBackup,
} from './questions/find-data-files.ts'
import { sourcesOf } from './questions/find-sources.ts'
import { queryData } from './questions/query-data.ts'
import { outlineData, readData } from './questions/read-data.ts'
import { searchData } from './questions/search-data.ts'
import { pageOfBackups, whichBackup } from './which-backups.ts'

/** Backups as data: whoever asks sees of them what their gate admits. */
export function openData({
  workspace,
  readers,
  cache,
}: {
  readonly workspace: Workspace
  readonly readers: Readers
  readonly cache: DataCache
}) {
  const threads = createDataThreads({ clock: workspace.env.clock })
  const listings = createListings(workspace.env.clock)
  const deps: DataDeps = { workspace, readers, cache, threads, listings }

  return {
    backups: pageOfBackups.bind(undefined, deps),
    async sources(asker: Asker, which: Which) {
      const backup = await whichBackup(deps, asker, which)
      return { backup, sources: await sourcesOf(deps, asker, backup) }
    },
    /** Of one backup where one is named, or a time; else over all of them. */
    async files(asker: Asker, asked: FilesAsked & BackupRange & Partial<Which>): Promise<FoundFiles> {
      const { backup, atMs } = asked
      if (backup === undefined && atMs === undefined) return filesAnywhere(deps, asker, asked)
      const which = { backup: backup ?? 'latest', atMs }
      return filesOfBackup(deps, asker, await whichBackup(deps, asker, which, asked), asked)
    },
    outline: outlineData.bind(undefined, deps),
    read: readData.bind(undefined, deps),
    query: queryData.bind(undefined, deps),
    series: dataSeries.bind(undefined, deps),
    versions: dataVersions.bind(undefined, deps),
    diff: diffData.bind(undefined, deps),
    search: searchData.bind(undefined, deps),
    /** What was read once. */
    cache,
    async close() {
      listings.close()
      await threads.close()
    },
  }
}
