import type { CallInput, CallOutput, DataBackup, DataFile } from '../../contract/index.ts'
import type { Caller, Cancellable } from './caller.ts'
import type { FilesQuery } from './queries.ts'

/** Little enough that the first backup comes soon. */
const PAGE = 500
/** All that one call gives: each page goes through the whole listing. */
const FILES_PAGE = 10_000

type BackupFilter = Omit<CallInput<'data.backups'>, 'limit' | 'offset'>
type FileFilter = Omit<CallInput<'data.files'>, 'limit' | 'offset'>

/**
 * Backups, newest first. The next page begins at the time where the last one ended, so that backups that come or go meanwhile neither hide others nor show them
 * twice.
 */
export async function* pagesOfBackups(
  call: Caller,
  { limit = Infinity, signal, ...filter }: BackupFilter & Cancellable & { readonly limit?: number },
): AsyncGenerator<DataBackup> {
  let { to } = filter
  let offset = 0
  let left = limit
  let atEdge = new Set<string>()
  while (left > 0) {
    const page = Math.min(PAGE, left + atEdge.size)
    const query = { ...filter, ...(to !== undefined && { to }), offset, limit: page }
    const { backups }: CallOutput<'data.backups'> = await call('data.backups', query, signal)
    for (const backup of backups.filter(({ id }) => !atEdge.has(id)).slice(0, left)) {
      left--
      yield backup
    }
    const edge = backups.at(-1)?.createdAt
    if (edge === undefined || backups.length < page) return
    // More of one moment than a page holds.
    offset = edge === to ? offset + backups.length : 0
    to = edge
    atEdge = new Set(backups.filter(({ createdAt }) => createdAt === edge).map(({ id }) => id))
  }
}

/** Files by path. */
export async function* pagesOfFiles(
  call: Caller,
  {
    limit = Infinity,
    signal,
    onUnsearched,
    ...filter
  }: FileFilter & Pick<FilesQuery, 'limit' | 'onUnsearched'> & Cancellable,
): AsyncGenerator<DataFile> {
  for (let offset = 0; offset < limit; ) {
    const page = Math.min(FILES_PAGE, limit - offset)
    const { files, truncated, unsearched } = await call(
      'data.files',
      { ...filter, offset, limit: page },
      signal,
    )
    if (offset === 0 && unsearched !== undefined) onUnsearched?.(unsearched)
    yield* files
    offset += files.length
    if (!truncated || files.length === 0) return
  }
}
