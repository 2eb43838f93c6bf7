import type { ArchiveEntry } from '../archive/entry.ts'
import { EverstowError } from '../model/errors.ts'

/** What an entry of a folder takes, with all that is below it, before it was compressed. */
export interface SizedEntry {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'symlink' | 'special'
  readonly bytes: number
  /** Whatever is not a directory counts. */
  readonly files: number
}

/** What a folder of a backup takes, and what of it by which entry, largest first. */
export interface FolderSizes {
  /** `''` is the top. */
  readonly folder: string
  readonly bytes: number
  readonly files: number
  readonly entries: readonly SizedEntry[]
}

/** Puts a folder's sizes together from those of its entries. */
export function folderSizes(folder: string, entries: readonly SizedEntry[]): FolderSizes {
  return {
    folder,
    bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    files: entries.reduce((sum, { files }) => sum + files, 0),
    entries: entries.toSorted((a, b) => b.bytes - a.bytes || b.files - a.files || compare(a.path, b.path)),
  }
}

/** The one folder that is all there is in a folder: nobody has to choose it. */
export function onlyFolder(entries: readonly Pick<SizedEntry, 'kind' | 'path'>[]): string | undefined {
  const [only] = entries
  return entries.length === 1 && only?.kind === 'directory' ? only.path : undefined
}

/** Sizes in one folder of an archive; without one, in the first where there is something to choose from. `invalid-input` where the path is no folder. */
export function archiveSizes(entries: readonly ArchiveEntry[], folder?: string): FolderSizes {
  let at = (folder ?? '').replace(/^\/+|\/+$/g, '')
  let sizes = childrenOf(entries, at)
  if (
    sizes.length === 0 &&
    at !== '' &&
    !entries.some(({ path, kind }) => path === at && kind === 'directory')
  )
    throw new EverstowError('invalid-input', { data: { field: 'path', value: at, reason: 'not-a-folder' } })
  for (
    let below = onlyFolder(sizes);
    folder === undefined && below !== undefined;
    below = onlyFolder(sizes)
  ) {
    at = below
    sizes = childrenOf(entries, at)
  }
  return folderSizes(at, sizes)
}

function childrenOf(entries: readonly ArchiveEntry[], folder: string): SizedEntry[] {
  const prefix = folder === '' ? '' : `${folder}/`
  const found = new Map<string, SizedEntry>()
  for (const { path, kind, sizeBytes } of entries) {
    if (!path.startsWith(prefix) || path.length === prefix.length) continue
    const slash = path.indexOf('/', prefix.length)
    const child = slash < 0 ? path : path.slice(0, slash)
    const before = found.get(child)
    const isFolder = kind === 'directory'
    found.set(child, {
      path: child,
      kind: slash >= 0 || isFolder ? 'directory' : kind === 'hardlink' ? 'file' : kind,
      bytes: (before?.bytes ?? 0) + sizeBytes,
      files: (before?.files ?? 0) + Number(!isFolder),
    })
  }
  return [...found.values()]
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
