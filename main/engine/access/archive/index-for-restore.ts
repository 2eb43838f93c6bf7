import type { ArchiveEntry } from '../../archive/entry.ts'
import type { ArchiveIndex } from '../../archive/read/read-index.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import type { Places } from '../../delivery/places.ts'
import type { BackupRow } from '../../model/backup.ts'
import { cachedIndexPath, findIndex } from './backup-index.ts'
import { openAtPlace } from './open-archive.ts'

/** More are had faster from the whole index. */
const MOST_PATHS = 50
const GLOB = /[*?[\]{}()!]/

/**
 * The index a restore needs: of a few files out of a large one only what concerns them. Undefined where the archive has to be read from its start, which
 * the restore does itself.
 */
export async function indexForRestore(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ArchiveIndex | undefined> {
  const isHere = (await workspace.env.files.stat(cachedIndexPath(workspace, backup))) !== undefined
  const areFew = paths.length > 0 && paths.length <= MOST_PATHS && !paths.some((path) => GLOB.test(path))
  const part = !isHere && areFew ? await partOfIndex(workspace, places, backup, paths, signal) : undefined
  const index = part ?? (await findIndex(workspace, places, backup, { signal }))
  return index && index.blocks.length > 0 ? index : undefined
}

async function partOfIndex(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ArchiveIndex | undefined> {
  const archive = await openAtPlace({ workspace, places, backup, signal })
  if (!archive) return undefined
  const entries = new Map<string, ArchiveEntry>()
  for (const path of paths) {
    const names = path.replace(/^(?:\.\/)+|\/+$/g, '').split('/')
    const entry = await archive.find(names.join('/'), signal)
    // Of a folder all that is in it is wanted, and of a hard link the file as well.
    if (entry?.kind !== 'file' && entry?.kind !== 'symlink') return undefined
    entries.set(entry.path, entry)
    for (let depth = 1; depth < names.length; depth++) {
      const folder = names.slice(0, depth).join('/')
      const above = entries.get(folder) ?? (await archive.find(folder, signal))
      if (above) entries.set(folder, above)
    }
  }
  const ordered = [...entries.values()].sort((a, b) => (a.tarOffset ?? 0) - (b.tarOffset ?? 0))
  const starts = ordered.map(({ dataOffset = 0 }) => dataOffset)
  const ends = ordered.map(({ dataOffset = 0, sizeBytes }) => dataOffset + sizeBytes)
  const window = await archive.window({ start: Math.min(...starts), end: Math.max(...ends) }, signal)
  if (!window) return undefined
  return {
    ...window,
    archive: backup.filename,
    entries: ordered,
    entryCount: ordered.length,
    gzipBytes: backup.sizeBytes,
  }
}
