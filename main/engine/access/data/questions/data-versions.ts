import type { BackupRow } from '../../../model/backup.ts'
import { versionsAnywhere } from '../../versions.ts'
import { type Asker, type DataDeps, isShownPath, notThere, type Which } from '../asked.ts'
import { visibleBackups, whichBackup } from '../which-backups.ts'

/** A version of a file, and the backups with it that may be seen. */
export interface DataVersion {
  /** The newest that holds it. */
  readonly newest: BackupRow
  readonly oldest: BackupRow
  readonly backups: number
  readonly sizeBytes: number
  readonly mtimeMs: number
}

/** Versions of a file whose content differs, newest first. `invalid-input` where no backup that may be seen has it. */
export async function dataVersions(
  deps: DataDeps,
  asker: Asker,
  { path, limit, ...which }: Which & { readonly path: string; readonly limit: number },
): Promise<{ readonly versions: DataVersion[]; readonly truncated: boolean }> {
  const asked = await whichBackup(deps, asker, which)
  if (!isShownPath(path)) throw notThere(path)
  const visible = new Set<string>()
  for await (const backup of visibleBackups(deps, asker))
    if (asker.gate.admitsFile(backup, path)) visible.add(backup.id)
  if (visible.size === 0) throw notThere(path)
  const versions = (await versionsAnywhere(deps.readers, asked, path, asker.signal)).flatMap((version) => {
    const holding = version.backups.filter(({ id }) => visible.has(id))
    const [newest, oldest] = [holding[0], holding.at(-1)]
    if (!newest || !oldest) return []
    const { sizeBytes, mtimeMs } = version
    return [{ newest, oldest, backups: holding.length, sizeBytes, mtimeMs }]
  })
  if (versions.length === 0) throw notThere(path)
  versions.sort((a, b) => b.newest.createdMs - a.newest.createdMs)
  return { versions: versions.slice(0, limit), truncated: versions.length > limit }
}
