import type { BackupRow } from '../../model/backup.ts'
import { type DataDeps, notThere, readerOf } from './asked.ts'
import type { ListedFile } from './listings.ts'

/** All files below a folder of a backup, by path. `invalid-input` where there is no such folder. */
export function listFiles(
  deps: DataDeps,
  backup: BackupRow,
  folder: string,
  signal: AbortSignal,
): Promise<readonly ListedFile[]> {
  return deps.listings.of(backup, folder, () => listAnew(deps, backup, folder, signal))
}

async function listAnew(
  deps: DataDeps,
  backup: BackupRow,
  folder: string,
  signal: AbortSignal,
): Promise<ListedFile[]> {
  // Of an archive the whole index is read anyway, and a link may lead anywhere in it.
  const from = backup.format === 'archive' ? '' : folder
  const items = await readerOf(deps, backup).files(backup, { folder: from, recursive: true }, signal)
  const below = items.filter(({ path }) => folder === '' || path.startsWith(`${folder}/`))
  const isFolder = folder === '' || items.some(({ path, kind }) => path === folder && kind === 'directory')
  if (below.length === 0 && from !== folder && !isFolder) throw notThere(folder)
  const linked = new Set(items.flatMap(({ kind, linkTarget }) => (kind === 'hardlink' ? [linkTarget] : [])))
  const files = new Map(items.flatMap((item) => (linked.has(item.path) ? [[item.path, item] as const] : [])))
  return below.flatMap(({ kind, linkTarget, ...item }) => {
    const file = kind === 'hardlink' ? files.get(linkTarget ?? '') : item
    if ((kind !== 'file' && kind !== 'hardlink') || !file) return []
    const mtimeMs = Number(file.mtimeNs / 1_000_000n)
    const { path } = item
    return [{ path, sizeBytes: file.sizeBytes, mtimeMs, ...(file.path !== path && { linkTo: file.path }) }]
  })
}
