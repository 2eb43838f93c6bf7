import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { findBackup, listBackups } from '../../catalogue/backups.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import { goodCopies } from '../../delivery/copy-source.ts'
import { readable } from '../../delivery/snapshot/readable.ts'
import type { Repositories } from '../../delivery/snapshot/repositories.ts'
import type { BackupRow } from '../../model/backup.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { isLive } from '../../repository/log/state-queries.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import type { DataCache } from '../data-cache.ts'
import type { FileFacts } from '../file-facts.ts'
import type { FolderQuery } from '../folder-listing.ts'
import type { FolderSizes } from '../folder-sizes.ts'
import { type FileToRead, factsOf, readFile } from '../read-pieces.ts'
import { diffSnapshots, type SnapshotChange } from './diff-snapshots.ts'
import { openFindDatabase } from './find-database.ts'
import { type FindQuery, findFiles } from './find-files.ts'
import { snapshotSizes } from './folder-totals.ts'
import { indexSnapshots } from './index-snapshots.ts'
import { readFromOthersToo } from './read-from-others.ts'
import {
  contentOf,
  findSnapshotFile,
  linkedNames,
  listSnapshotFiles,
  openSnapshotFile,
} from './snapshot-files.ts'
import type { SnapshotItem } from './snapshot-item.ts'
import { openTotalsDatabase } from './totals-database.ts'

/** A version of a file that was found, and the backups that hold it, newest first. */
export interface FoundVersion {
  readonly path: string
  readonly kind: string
  readonly sizeBytes: number
  readonly mtimeMs: number
  readonly backups: readonly BackupRow[]
}

/** What was found, and where it could not be looked for. */
export interface Found {
  readonly versions: readonly FoundVersion[]
  /** Ids of places that did not answer, or with something that cannot be read. */
  readonly unsearched: readonly string[]
}

/** Reads what lies in snapshots. Repositories stay open between calls, because who looks at one folder looks at the next. */
export interface SnapshotReaders {
  files(backup: BackupRow, query: FolderQuery, signal: AbortSignal): Promise<SnapshotItem[]>
  /** What is known of a file without reading it. */
  facts(backup: BackupRow, path: string, signal: AbortSignal): Promise<FileFacts>
  /** All names of files that have several, each with what says which content it has. */
  linkedNames(backup: BackupRow, signal: AbortSignal): Promise<[path: string, content: string][]>
  /** What a folder takes, and what of it by which entry; without one, the first where there is something to choose from. */
  sizes(backup: BackupRow, folder: string | undefined, signal: AbortSignal): Promise<FolderSizes>
  /** Bytes [offset, offset + length) of a file, as far as it goes, and its whole size. */
  read(
    backup: BackupRow,
    path: string,
    offset: number,
    length: number,
  ): Promise<{ readonly bytes: Buffer; readonly sizeBytes: number }>
  /** Differences in the order of paths. Both backups must be snapshots of one repository. */
  diff(from: BackupRow, to: BackupRow, signal: AbortSignal): AsyncGenerator<SnapshotChange>
  /** Files and folders by name, over the snapshots of every repository this computer has the keys of. */
  find(name: string, limit: number, signal: AbortSignal): Promise<Found>
  /** Versions of one file over the snapshots of its repository, newest first: only those whose content differs. */
  versions(backup: BackupRow, path: string, signal: AbortSignal): Promise<FoundVersion[]>
  /** Versions of one path over the snapshots of every repository that answers: of the backups that are asked for. */
  versionsAnywhere(
    path: string,
    isAsked: (backup: BackupRow) => boolean,
    signal: AbortSignal,
  ): Promise<FoundVersion[]>
  /** Hex SHA-256 of a file's content. */
  digest(backup: BackupRow, path: string, signal: AbortSignal): Promise<string>
  close(): void
}

const EVERYTHING = 1_000_000
/** When the newest backup that holds a version was made. */
export const newestMs = ({ backups }: FoundVersion): number => backups[0]?.createdMs ?? 0

/** Readers of the snapshots in a home folder's catalogue. What they read of files is kept in `cache`. */
export function createSnapshotReaders(
  workspace: Workspace,
  repositories: Repositories,
  cache: DataCache,
): SnapshotReaders {
  const opened = new Map<string, Promise<Repository>>()
  let book: Promise<DatabaseSync> | undefined
  let totals: Promise<DatabaseSync> | undefined

  /** The nearest destination that has the snapshot and answers. What it does not have good is read from the others. */
  async function repositoryOf(backup: BackupRow, signal?: AbortSignal): Promise<Repository> {
    const log = workspace.env.log.area('access')
    const places = (await goodCopies(workspace, backup.id)).map(({ copy }) => copy.destinationId)
    let last: EverstowError | undefined
    for (const [at, place] of places.entries()) {
      try {
        const repository = await repositoryWith(backup, place, signal)
        const others = places.slice(at + 1).map((other) => () => repositoryWith(backup, other, signal))
        return readFromOthersToo(repository, others, (what, error) =>
          log.warn('read from another place', { backup: backup.id, place, what, error }),
        )
      } catch (caught) {
        const error = asEverstowError(caught)
        if (error.code === 'cancelled') throw error
        log.warn('place could not be read', { backup: backup.id, place, error })
        last ??= error
      }
    }
    throw last ?? new EverstowError('object-missing', { data: { name: backup.id } })
  }

  async function repositoryWith(
    backup: BackupRow,
    destinationId: string,
    signal?: AbortSignal,
  ): Promise<Repository> {
    const isThere = (repository: Repository) => isLive(repository.log.state.snapshots.get(backup.sha256))
    try {
      const repository = await repositoryAt(destinationId, signal, backup.sha256)
      if (!isThere(repository) || !repository.isCurrent()) await repository.refresh(signal)
      if (isThere(repository)) return repository
    } catch (error) {
      opened.delete(destinationId)
      throw error
    }
    throw new EverstowError('object-missing', { data: { name: backup.id } })
  }

  function repositoryAt(destinationId: string, signal?: AbortSignal, snapshot?: string): Promise<Repository> {
    const known = opened.get(destinationId)
    if (known) return known
    const opening = repositories
      .open(destinationId, signal ? { signal } : {})
      .then((repository) =>
        readable(workspace, repository, signal, { pieces: cache, ...(snapshot && { snapshot }) }),
      )
    opened.set(destinationId, opening)
    opening.catch(() => opened.delete(destinationId))
    return opening
  }

  /** The destinations of each repository, the nearest first: the snapshots of one stand for the others'. */
  async function destinationsToSearch(): Promise<string[][]> {
    const { destinations } = await workspace.configuration.read()
    const chosen = new Map<string, string[]>()
    const near = [...destinations].sort((a, b) => Number(b.type === 'local') - Number(a.type === 'local'))
    for (const { id, repositoryId } of near)
      if (repositoryId !== undefined) chosen.set(repositoryId, [...(chosen.get(repositoryId) ?? []), id])
    return [...chosen.values()]
  }

  /** Looks for something in every repository, of each at the nearest destination that answers. */
  async function search(
    signal: AbortSignal,
    look: (repository: Repository) => Promise<readonly FoundVersion[]>,
  ): Promise<Found> {
    const versions: FoundVersion[] = []
    const unsearched: string[] = []
    for (const places of await destinationsToSearch()) {
      const found = await lookInOneOf(places, signal, look)
      if (found) versions.push(...found)
      else unsearched.push(...places)
    }
    return { versions, unsearched }
  }

  async function lookInOneOf(
    places: readonly string[],
    signal: AbortSignal,
    look: (repository: Repository) => Promise<readonly FoundVersion[]>,
  ): Promise<readonly FoundVersion[] | undefined> {
    for (const place of places) {
      try {
        const repository = await repositoryAt(place, signal)
        await repository.refresh(signal)
        return await look(repository)
      } catch (caught) {
        const error = asEverstowError(caught)
        if (error.code === 'cancelled') throw error
        opened.delete(place)
        workspace.env.log.area('access').warn('place could not be searched', { place, error })
      }
    }
    return undefined
  }

  /** What the book of names finds in one repository, with the backups that this computer knows. */
  async function foundIn(
    repository: Repository,
    query: Omit<FindQuery, 'repoId'>,
    signal: AbortSignal,
  ): Promise<FoundVersion[]> {
    const { env, paths, database } = workspace
    book ??= openFindDatabase(join(paths.home, 'cache', 'find.db'), env.files, env.log.area('access'))
    const known = new Map(
      listBackups(database, { limit: EVERYTHING, offset: 0 }).backups.map((row) => [row.sha256, row.id]),
    )
    await indexSnapshots(await book, repository, env.clock, signal)
    return findFiles(await book, { repoId: repository.repoId, ...query }).flatMap(({ snapIds, ...file }) => {
      const backups = snapIds.flatMap((snapId) => {
        const id = known.get(snapId)
        return (id !== undefined && findBackup(database, id)) || []
      })
      backups.sort((a, b) => b.createdMs - a.createdMs)
      return backups.length > 0 ? [{ ...file, backups }] : []
    })
  }

  async function versionsIn(
    repository: Repository,
    path: string,
    isAsked: (backup: BackupRow) => boolean,
    signal: AbortSignal,
  ): Promise<FoundVersion[]> {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const byContent = new Map<string, FoundVersion>()
    for (const version of await foundIn(repository, { name, path, limit: EVERYTHING, apart: true }, signal)) {
      const asked = version.backups.filter(isAsked)
      const [newest] = asked
      if (version.kind !== 'file' || !newest) continue
      const content = await contentOf(repository, newest.sha256, path)
      const same = byContent.get(content)
      const backups = [...(same?.backups ?? []), ...asked]
      backups.sort((a, b) => b.createdMs - a.createdMs)
      byContent.set(content, { ...(same ?? version), backups })
    }
    return [...byContent.values()].sort((a, b) => newestMs(b) - newestMs(a))
  }

  const fileOf = (backup: BackupRow, path: string, signal?: AbortSignal): FileToRead => ({
    name: ['snapshot', backup.sha256, path.replace(/^\/+|\/+$/g, '')],
    find: async () => findSnapshotFile(await repositoryOf(backup, signal), backup.sha256, path),
  })

  return {
    files: async (backup, query, signal) =>
      listSnapshotFiles(await repositoryOf(backup, signal), backup.sha256, query, signal),

    facts: (backup, path, signal) => factsOf(cache, fileOf(backup, path, signal)),
    read: (backup, path, offset, length) => readFile(cache, fileOf(backup, path), offset, length),

    linkedNames: async (backup, signal) =>
      linkedNames(await repositoryOf(backup, signal), backup.sha256, signal),

    async sizes(backup, folder, signal) {
      const { env, paths } = workspace
      const repository = await repositoryOf(backup, signal)
      totals ??= openTotalsDatabase(join(paths.home, 'cache', 'sizes.db'), env.files, env.log.area('access'))
      const order = { snapId: backup.sha256, signal, ...(folder === undefined ? {} : { folder }) }
      return snapshotSizes(await totals, repository, env.clock, order)
    },

    async *diff(from, to, signal) {
      if (from.repositoryId !== to.repositoryId || from.format !== 'snapshot' || to.format !== 'snapshot')
        throw new EverstowError('not-supported', { data: { what: `diff ${from.id} ${to.id}` } })
      const repository = await repositoryOf(from, signal)
      if (!isLive(repository.log.state.snapshots.get(to.sha256))) await repository.refresh(signal)
      yield* diffSnapshots(repository, from.sha256, to.sha256, signal)
    },

    async find(name, limit, signal) {
      const { versions, unsearched } = await search(signal, (repository) =>
        foundIn(repository, { name, limit }, signal),
      )
      return { versions: versions.slice(0, limit), unsearched }
    },

    async versions(backup, path, signal) {
      return versionsIn(await repositoryOf(backup, signal), path, () => true, signal)
    },

    async versionsAnywhere(path, isAsked, signal) {
      return [
        ...(await search(signal, (repository) => versionsIn(repository, path, isAsked, signal))).versions,
      ]
    },

    async digest(backup, path, signal) {
      const repository = await repositoryOf(backup, signal)
      const { content } = await openSnapshotFile(repository, backup.sha256, path)
      const hash = createHash('sha256')
      for await (const piece of content as AsyncIterable<Uint8Array>) hash.update(piece)
      return hash.digest('hex')
    },

    close() {
      for (const repository of opened.values()) repository.then((one) => one.close()).catch(() => {})
      for (const database of [book, totals]) database?.then((one) => one.close()).catch(() => {})
    },
  }
}
