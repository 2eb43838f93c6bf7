import type { BackupRow } from '../../model/backup.ts'
import type { BackupsAsked } from './asked.ts'
import type { DataGate } from './gate.ts'

/** Sources of a backup of which somebody may see something. */
export function visibleSources(gate: DataGate, backup: BackupRow): string[] {
  const { roots, sources } = backup
  if (roots.length === 0) return gate.isNarrow ? [] : [...sources]
  const isHidden = ({ prefix }: (typeof roots)[number]) =>
    !gate.leadsOn(backup, prefix) && !gate.admitsFile(backup, prefix)
  const hidden = new Set(roots.filter(isHidden).map(({ source }) => source))
  return sources.filter((source) => !hidden.has(source))
}

/** Whether a backup is still meant when only what may be seen of its sources counts: asking for words must not tell what is hidden. */
export function isMeantAsSeen(gate: DataGate, backup: BackupRow, { source, search }: BackupsAsked): boolean {
  if (source === undefined && search === undefined) return true
  const sources = visibleSources(gate, backup)
  const words = [backup.id, backup.planName ?? '', backup.tag ?? '', ...sources]
  const wanted = search?.toLowerCase()
  return (
    (source === undefined || sources.some((each) => each.includes(source))) &&
    (wanted === undefined || words.some((each) => each.toLowerCase().includes(wanted)))
  )
}
