import type { DataBackup, DataSource } from '../../contract/index.ts'
import { type DataGate, type DataRead, type Engine, shownKind, visibleSources } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import { isoTime } from '../wire/backup-view.ts'

/** A backup as whoever comes to the gate sees it. Only such as hold data are shown. */
export function dataBackupView(row: BackupRow, gate: DataGate): DataBackup {
  return {
    id: row.id,
    createdAt: isoTime(row.createdMs),
    plan: row.planName,
    format: row.format,
    state: row.state === 'incomplete' ? 'incomplete' : 'complete',
    ...(gate.isNarrow ? {} : { files: row.files, sizeBytes: row.sourceBytes }),
    sources: visibleSources(gate, row),
    tag: row.tag,
  }
}

/** Which backup something is from. */
export function fromBackup(row: BackupRow): { readonly backupId: string; readonly createdAt: string } {
  return { backupId: row.id, createdAt: isoTime(row.createdMs) }
}

/** Where something that was read lies. */
export function readView({ file, kind }: DataRead) {
  const { sizeBytes, mtimeMs } = file.facts
  return { ...fromBackup(file.backup), path: file.path, kind, sizeBytes, modifiedAt: isoTime(mtimeMs) }
}

type Sources = Awaited<ReturnType<Engine['data']['sources']>>['sources']

export function dataSourceView({ name, path, kind, sizeBytes, mtimeMs }: Sources[number]): DataSource {
  return { name, path, kind, sizeBytes, modifiedAt: isoTime(mtimeMs) }
}

type Found = Awaited<ReturnType<Engine['data']['files']>>['files'][number]

/** A file that was found, and the newest backup that holds it so. */
export function dataFileView({ path, sizeBytes, mtimeMs, backup, backups }: Found) {
  const facts = { path, kind: shownKind(path), sizeBytes, modifiedAt: isoTime(mtimeMs) }
  return { ...facts, ...fromBackup(backup), backups }
}
