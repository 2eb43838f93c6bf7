import type { BackupRow } from '../../model/backup.ts'
import type { Asker, DataDeps } from './asked.ts'
import { OPEN_GATE } from './gate.ts'
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
  const names = await remembered(deps, ['links', backup.sha256], () =>
    deps.readers.snapshots.linkedNames(backup, signal),
  )
  const keptIn = new Set(names.flatMap(([path, content]) => (gate.admitsFile(backup, path) ? [] : [content])))
  return new Set(names.flatMap(([path, content]) => (keptIn.has(content) ? [path] : [])))
}
