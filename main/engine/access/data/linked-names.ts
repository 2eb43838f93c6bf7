import type { BackupRow } from '../../model/backup.ts'
import type { Asker, DataDeps } from './asked.ts'
import { OPEN_GATE } from './gate.ts'
import type { ListedFile } from './listings.ts'
import { remembered } from './remembered.ts'

/**
 * Names in a snapshot that may not be seen because another name of the same file may not: a link must not bring out what a scope keeps in. Which names belong together
 * is told by their content, so that a file of equal bytes may be kept in, too. In an archive a link says what it is a name of.
 */
export async function hiddenByLinks(
  deps: DataDeps,
  { gate, signal }: Asker,
  backup: BackupRow,
): Promise<ReadonlySet<string>> {
  if (gate === OPEN_GATE || backup.format !== 'snapshot') return new Set()
  const names = await remembered(deps, ['links', backup.id, backup.sha256], () =>
    deps.readers.snapshots.linkedNames(backup, signal),
  )
  const keptIn = new Set(names.flatMap(([path, content]) => (gate.admitsFile(backup, path) ? [] : [content])))
  return new Set(names.flatMap(([path, content]) => (keptIn.has(content) ? [path] : [])))
}

/** Decides about files of a listing: both names of a link, and all names that a snapshot links together, have to be admitted. */
export async function visibleIn(
  deps: DataDeps,
  asker: Asker,
  backup: BackupRow,
): Promise<(file: Pick<ListedFile, 'path' | 'linkTo'>) => boolean> {
  const hidden = await hiddenByLinks(deps, asker, backup)
  const isAdmitted = (path: string): boolean => asker.gate.admitsFile(backup, path)
  return ({ path, linkTo }) =>
    !hidden.has(path) && isAdmitted(path) && (linkTo === undefined || isAdmitted(linkTo))
}
