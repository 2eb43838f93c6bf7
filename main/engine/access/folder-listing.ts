import type { ArchiveEntry } from '../archive/entry.ts'

/** What is asked of a listing. */
export interface FolderQuery {
  /** `''` is the top. */
  readonly folder: string
  /** Everything below, not only the direct children. */
  readonly recursive: boolean
  /** Only paths that contain this text, whatever its case, at any depth. */
  readonly search?: string
}

/** Entries of one folder, folders first, then by name. Folders that only exist as part of a path are made up, so that a tree can be walked. */
export function listFolder(entries: readonly ArchiveEntry[], query: FolderQuery): ArchiveEntry[] {
  const prefix = query.folder === '' ? '' : `${query.folder.replace(/\/+$/, '')}/`
  const term = query.search?.toLowerCase()
  const deep = query.recursive || term !== undefined
  const found = new Map<string, ArchiveEntry>()
  for (const entry of entries) {
    if (!entry.path.startsWith(prefix) || entry.path.length === prefix.length) continue
    if (term !== undefined && !entry.path.toLowerCase().includes(term)) continue
    const rest = entry.path.slice(prefix.length)
    const slash = rest.indexOf('/')
    if (deep || slash < 0) found.set(entry.path, entry)
    else {
      const path = prefix + rest.slice(0, slash)
      if (!found.has(path)) found.set(path, impliedFolder(path))
    }
  }
  const sorted = [...found.values()]
  const isFolder = (entry: ArchiveEntry) => Number(entry.kind === 'directory')
  if (deep) return sorted.sort((a, b) => compare(a.path, b.path))
  return sorted.sort((a, b) => isFolder(b) - isFolder(a) || compare(a.path, b.path))
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function impliedFolder(path: string): ArchiveEntry {
  return { path, kind: 'directory', sizeBytes: 0, mode: 0o755, mtimeNs: 0n }
}
