import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { ArchiveEntry } from '../../archive/entry.ts'
import { copiesOf, findBackup, listBackups } from '../../catalogue/backups.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import type { Places } from '../../delivery/places.ts'
import type { BackupRow } from '../../model/backup.ts'
import { EverstowError } from '../../model/errors.ts'
import { createMemoryCache, type DataCache } from '../data-cache.ts'
import type { FileFacts } from '../file-facts.ts'
import { type FolderQuery, listFolder } from '../folder-listing.ts'
import { type FileToRead, factsOf, readFile } from '../read-pieces.ts'
import type { SnapshotChange } from '../snapshot/diff-snapshots.ts'
import { type FindQuery, findFiles } from '../snapshot/find-files.ts'
import type { Found, FoundVersion } from '../snapshot/readers.ts'
import type { SnapshotItem } from '../snapshot/snapshot-item.ts'
import { findIndex, findOrMakeIndex } from './backup-index.ts'
import {
  ARCHIVES,
  type BookEntry,
  backupsInBook,
  dropFromBook,
  enterArchive,
  entriesIn,
  entryAt,
  openArchiveBook,
  topOf,
} from './book.ts'
import { diffArchives } from './diff-archives.ts'
import { treeOf } from './entry-tree.ts'
import { findFile, type OpenArchive, openArchive } from './open-archive.ts'
import { createTarStream } from './tar-stream.ts'

/** A version of a file of archives; equal contents are one version. */
export interface ArchiveVersion extends FoundVersion {
  /** Hex SHA-256 of the content; absent where nobody took it. */
  readonly sha256?: string
}

/** Reads what lies in archives, as `SnapshotReaders` does for snapshots. */
export interface ArchiveReaders {
  files(backup: BackupRow, query: FolderQuery, signal: AbortSignal): Promise<FileItem[]>
  /** What is known of a file without reading it. */
  facts(backup: BackupRow, path: string, signal: AbortSignal): Promise<FileFacts>
  /** Bytes [offset, offset + length) of a file, as far as it goes, and its whole size. */
  read(
    backup: BackupRow,
    path: string,
    offset: number,
    length: number,
  ): Promise<{ readonly bytes: Buffer; readonly sizeBytes: number }>
  diff(from: BackupRow, to: BackupRow, signal: AbortSignal): AsyncGenerator<SnapshotChange>
  find(name: string, limit: number, signal: AbortSignal): Promise<Found>
  /** Versions of one file over the archives of its source: only those whose content differs. An archive that is asked is among them even if it has to be read through. */
  versions(
    asked: BackupRow,
    path: string,
    isAsked: (backup: BackupRow) => boolean,
    signal: AbortSignal,
  ): Promise<ArchiveVersion[]>
  close(): Promise<void>
}

/** An entry of an archive or a snapshot. */
export type FileItem = Omit<SnapshotItem, 'kind'> & { readonly kind: SnapshotItem['kind'] | 'hardlink' }

/** Entries of one folder out of all; a hard link is shown as the file it is a name of. */
function foldersFirst(entries: readonly ArchiveEntry[], folder: string): FileItem[] {
  const items = listFolder(entries, { folder, recursive: false })
  const isFolder = ({ path, kind }: ArchiveEntry) => path === folder && kind === 'directory'
  if (items.length === 0 && folder !== '' && !entries.some(isFolder)) {
    const reason = entries.some(({ path }) => path === folder) ? 'not-a-folder' : 'not-there'
    throw new EverstowError('invalid-input', { data: { field: 'path', value: folder, reason } })
  }
  const targets = new Set(items.flatMap(({ kind, linkTarget }) => (kind === 'hardlink' ? [linkTarget] : [])))
  if (targets.size === 0) return items
  const files = new Map(entries.flatMap((entry) => (targets.has(entry.path) ? [[entry.path, entry]] : [])))
  return items.map((item) => {
    const file = item.kind === 'hardlink' ? files.get(item.linkTarget ?? '') : undefined
    return file ? { ...file, path: item.path } : item
  })
}

const EVERYTHING = 1_000_000
/** Archives whose index stays open: who looks at one file looks at the next. */
const KEPT_OPEN = 8

/** Blocks of archives that stay in memory, of 1 MiB each. */
const BLOCKS_BYTES = 16 * 1024 * 1024

/** Readers of the archives in a home folder's catalogue. What they read of files is kept in `cache`. */
export function createArchiveReaders(workspace: Workspace, places: Places, cache: DataCache): ArchiveReaders {
  const { env, paths, database } = workspace
  const opened = new Map<string, Promise<OpenArchive>>()
  const stream = createTarStream()
  const blocks = createMemoryCache(BLOCKS_BYTES)
  const stopping = new AbortController()
  let opening: Promise<DatabaseSync> | undefined
  /** Writing into the book goes one after another. */
  let entering: Promise<unknown> = Promise.resolve()

  const book = (): Promise<DatabaseSync> => {
    opening ??= openArchiveBook(join(paths.home, 'cache', 'archives.db'), env.files, env.log.area('access'))
    return opening
  }

  function archiveOf(backup: BackupRow): Promise<OpenArchive> {
    const known = opened.get(backup.id)
    opened.delete(backup.id)
    const archive = known ?? openArchive(workspace, places, backup)
    opened.set(backup.id, archive)
    archive.catch(() => opened.delete(backup.id))
    const [oldest] = opened.keys()
    if (opened.size > KEPT_OPEN && oldest !== undefined) opened.delete(oldest)
    return archive
  }

  /** Brings an archive into the book. Without `evenUnread` only one that has an index. */
  function enter(
    backup: BackupRow,
    evenUnread: boolean,
    signal: AbortSignal,
    { read, away }: { readonly read?: readonly ArchiveEntry[]; readonly away?: Set<string> } = {},
  ): Promise<number | undefined> {
    const entered = entering.then(async () => {
      const known = topOf(await book(), backup.id)
      if (known !== undefined) return known
      const find = evenUnread ? findOrMakeIndex : findIndex
      const entries =
        read ?? (await find(workspace, places, backup, { signal, ...(away && { away }) }))?.entries
      if (!entries) return undefined
      const tree = await treeOf(entries, env.clock, signal)
      await enterArchive(await book(), { backupId: backup.id, tree, clock: env.clock }, signal)
      return topOf(await book(), backup.id)
    })
    entering = entered.catch(() => {})
    return entered
  }

  async function topFolderOf(backup: BackupRow, signal: AbortSignal): Promise<number> {
    const folder = await enter(backup, true, signal)
    if (folder === undefined) throw new EverstowError('object-missing', { data: { name: backup.id } })
    return folder
  }

  /** Brings the book up to the archives there are. Those that would have to be read through first are left out; the places of others that do not answer are told. */
  async function enterAll(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const query = { format: 'archive', limit: EVERYTHING, offset: 0 } as const
    const archives = listBackups(database, query).backups.filter(
      ({ state }) => state === 'complete' || state === 'incomplete',
    )
    const gone = backupsInBook(await book())
    for (const { id } of archives) gone.delete(id)
    dropFromBook(await book(), gone)
    const away = new Set<string>()
    const unsearched = new Set<string>()
    for (const backup of archives) {
      const isIn = (await enter(backup, false, signal, { away })) !== undefined
      for (const { destinationId } of isIn ? [] : copiesOf(database, backup.id))
        if (away.has(destinationId)) unsearched.add(destinationId)
    }
    return unsearched
  }

  async function folderAt(backup: BackupRow, path: string, signal: AbortSignal): Promise<number> {
    const top = await topFolderOf(backup, signal)
    if (path === '') return top
    const found = entryAt(await book(), backup.id, path)
    if (found?.child !== undefined) return found.child
    const reason = found ? 'not-a-folder' : 'not-there'
    throw new EverstowError('invalid-input', { data: { field: 'path', value: path, reason } })
  }

  function fileOf(backup: BackupRow, path: string): FileToRead {
    const { id, sizeBytes, md5, sha256 } = backup
    // Never by the checksum of the file alone: only the index says that, which anybody at the place may have written.
    const at = path.replace(/^\/+|\/+$/g, '')
    const name = ['archive', id, String(sizeBytes), md5, sha256, at]
    const deps = { workspace, places, stream, blocks }
    return { name, find: async () => findFile(deps, await archiveOf(backup), at, name) }
  }

  return {
    async files(backup, query, signal) {
      const folder = query.folder.replace(/^\/+|\/+$/g, '')
      const isDeep = query.recursive || query.search !== undefined
      if (isDeep || topOf(await book(), backup.id) === undefined) {
        const { entries } = await findOrMakeIndex(workspace, places, backup, { signal })
        if (isDeep) return listFolder(entries, query)
        // Whoever looks at one folder looks at the next: that one is had from the book.
        enter(backup, true, stopping.signal, { read: entries }).catch(() => {})
        return foldersFirst(entries, folder)
      }
      const items = entriesIn(await book(), await folderAt(backup, folder, signal), folder)
      const isFolder = ({ item }: BookEntry) => Number(item.kind === 'directory')
      return items.sort((a, b) => isFolder(b) - isFolder(a)).map(({ item }) => item)
    },

    facts: (backup, path) => factsOf(cache, fileOf(backup, path)),
    read: (backup, path, offset, length) => readFile(cache, fileOf(backup, path), offset, length),

    async *diff(from, to, signal) {
      const [before, after] = [await topFolderOf(from, signal), await topFolderOf(to, signal)]
      yield* diffArchives(await book(), before, after, signal)
    },

    async find(name, limit, signal) {
      const unsearched = await enterAll(signal)
      return { versions: foundIn(await book(), { name, limit }), unsearched: [...unsearched] }
    },

    async versions(asked, path, isAsked, signal) {
      if (asked.format === 'archive') await topFolderOf(asked, signal)
      await enterAll(signal)
      const name = path.slice(path.lastIndexOf('/') + 1)
      const byContent = new Map<string, ArchiveVersion>()
      for (const found of foundIn(await book(), { name, path, limit: EVERYTHING, apart: true })) {
        const holding = found.backups.filter(isAsked)
        const [newest] = holding
        if (found.kind !== 'file' || !newest) continue
        const { sha256 } = entryAt(await book(), newest.id, path) ?? {}
        const content = sha256 ?? `${found.sizeBytes} ${found.mtimeMs}`
        const same = byContent.get(content)
        const backups = [...(same?.backups ?? []), ...holding].sort((a, b) => b.createdMs - a.createdMs)
        byContent.set(content, { ...(same ?? found), ...(sha256 !== undefined && { sha256 }), backups })
      }
      return [...byContent.values()]
    },

    async close() {
      stopping.abort()
      stream.close()
      await entering
      const database = await opening?.catch(() => undefined)
      database?.close()
    },
  }

  function foundIn(names: DatabaseSync, query: Omit<FindQuery, 'repoId'>): FoundVersion[] {
    return findFiles(names, { repoId: ARCHIVES, ...query }).flatMap(({ snapIds, ...file }) => {
      const backups = snapIds.flatMap((id) => findBackup(database, id) ?? [])
      backups.sort((a, b) => b.createdMs - a.createdMs)
      return backups.length > 0 ? [{ ...file, backups }] : []
    })
  }
}
