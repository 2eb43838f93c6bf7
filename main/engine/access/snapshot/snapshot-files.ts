import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { EverstowError } from '../../model/errors.ts'
import { FLAG_HARD_LINK, NODE } from '../../repository/format/tree.ts'
import { openFile } from '../../repository/read/open-file.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import {
  entryAt,
  findPath,
  listFolder,
  type SnapshotEntry,
  walkTree,
} from '../../repository/read/walk-tree.ts'
import type { ByteRange } from '../../storage/object-store.ts'
import type { FolderQuery } from '../folder-listing.ts'
import type { FoundFile } from '../read-pieces.ts'
import { itemAt, type SnapshotItem } from './snapshot-item.ts'

/**
 * Entries of one folder of a snapshot, folders first, then by name; with `recursive` or `search` everything below it by path. Reads only the
 * directories it needs.
 */
export async function listSnapshotFiles(
  repository: Repository,
  snapId: string,
  query: FolderQuery,
  signal?: AbortSignal,
): Promise<SnapshotItem[]> {
  const folder = query.folder.replace(/^\/+|\/+$/g, '')
  const id = await folderIdOf(repository, snapId, folder, signal)
  if (!query.recursive && query.search === undefined) {
    const items = (await listFolder(repository.fetcher, id)).map((entry) => itemAt(folder, entry))
    const isFolder = ({ kind }: SnapshotItem) => Number(kind === 'directory')
    return items.sort((a, b) => isFolder(b) - isFolder(a) || byPath(a, b))
  }
  const term = query.search?.toLowerCase()
  const items: SnapshotItem[] = []
  await walkTree(
    repository.fetcher,
    id,
    (above, cursor) => {
      const path = above === '' ? cursor.nameText : `${above}/${cursor.nameText}`
      if (term === undefined || path.toLowerCase().includes(term)) items.push(itemAt(above, entryAt(cursor)))
      return true
    },
    { folder, ...(signal && { signal }) },
  )
  return items.sort(byPath)
}

/** The content of a file of a snapshot, or a part of it. `invalid-input` where the path names no file. */
export async function openSnapshotFile(
  repository: Repository,
  snapId: string,
  path: string,
  range?: ByteRange,
): Promise<{ readonly item: SnapshotItem; readonly content: Readable }> {
  const entry = await entryOf(repository, snapId, path)
  const at = path.replace(/^\/+|\/+$/g, '')
  const item = itemAt(at.slice(0, Math.max(at.lastIndexOf('/'), 0)), entry)
  return { item, content: openFile(repository.fetcher, repository.index, entry, range) }
}

/** Says which content a file has: equal texts mean equal bytes. */
export async function contentOf(repository: Repository, snapId: string, path: string): Promise<string> {
  const { sizeBytes, chunkIds } = await entryOf(repository, snapId, path)
  return `${sizeBytes} ${Buffer.from(chunkIds).toString('hex')}`
}

/** Looks up a file of a snapshot. `invalid-input` where the path names none. */
export async function findSnapshotFile(
  repository: Repository,
  snapId: string,
  path: string,
): Promise<FoundFile> {
  const entry = await entryOf(repository, snapId, path)
  const { type, flags, sizeBytes, mtimeNs, chunkIds } = entry
  if (type !== NODE.file) throw notThere(path, 'not-a-file')
  const content = contentText(sizeBytes, chunkIds)
  const isLinked = (flags & FLAG_HARD_LINK) !== 0
  return {
    facts: { sizeBytes, mtimeMs: Number(mtimeNs / 1_000_000n), content, ...(isLinked && { isLinked }) },
    content: {
      name: [repository.repoId, content],
      sizeBytes,
      // Each chunk is, by its id.
      proves: async () => true,
      async read(range) {
        const bytes = openFile(repository.fetcher, repository.index, entry, { ...range, alone: true })
        return Buffer.concat((await Array.fromAsync(bytes)) as Buffer[])
      },
    },
  }
}

/** All names of files that have several, each with what says which content it has. */
export async function linkedNames(
  repository: Repository,
  snapId: string,
  signal: AbortSignal,
): Promise<[path: string, content: string][]> {
  const { tree } = await repository.root(snapId, signal)
  const names: [string, string][] = []
  await walkTree(
    repository.fetcher,
    Buffer.from(tree, 'hex'),
    (above, { type, flags, nameText, size, chunkIds }) => {
      if (type === NODE.file && (flags & FLAG_HARD_LINK) !== 0)
        names.push([above === '' ? nameText : `${above}/${nameText}`, contentText(size, chunkIds)])
      return true
    },
    { signal },
  )
  return names
}

function contentText(sizeBytes: number, chunkIds: Uint8Array): string {
  return `chunks ${createHash('sha256').update(`${sizeBytes} `).update(chunkIds).digest('hex')}`
}

/** The id of a folder of a snapshot. `invalid-input` where there is none. */
export async function folderIdOf(
  repository: Repository,
  snapId: string,
  folder: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { tree } = await repository.root(snapId, signal)
  if (folder === '') return Buffer.from(tree, 'hex')
  const entry = await entryOf(repository, snapId, folder)
  if (entry.type !== NODE.directory) throw notThere(folder, 'not-a-folder')
  return entry.child
}

async function entryOf(repository: Repository, snapId: string, path: string): Promise<SnapshotEntry> {
  const { tree } = await repository.root(snapId)
  const entry = await findPath(repository.fetcher, Buffer.from(tree, 'hex'), path)
  if (!entry) throw notThere(path, 'not-there')
  return entry
}

function notThere(value: string, reason: string): EverstowError {
  return new EverstowError('invalid-input', { data: { field: 'path', value, reason } })
}

const byPath = (a: SnapshotItem, b: SnapshotItem) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)
