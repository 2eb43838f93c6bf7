import { posix } from 'node:path'
import type { CallParsed, FolderSizes } from '../../contract/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import { isoTime } from '../wire/backup-view.ts'

/** Backups that are looked at for one that has ended well. */
const TRIES = 50

/** Sizes in a folder of a backup as clients see them. Throws `unknown-backup` for a plan that has none. */
export async function folderSizesView(
  engine: Engine,
  { plan, backupId, folder, limit }: CallParsed<'storage.folders'>,
  signal: AbortSignal,
): Promise<FolderSizes> {
  const backup = backupId === undefined ? await newestOf(engine, plan ?? '') : engine.backups.get(backupId)
  const sizes = await engine.backups.sizes(backup.id, folder, signal)
  const left = sizes.entries.slice(limit)
  const ownBytes = engine.backups.ownBytes(backup.id)
  return {
    backupId: backup.id,
    ...(backup.planId === undefined ? {} : { planId: backup.planId }),
    ...(backup.planName === undefined ? {} : { planName: backup.planName }),
    createdAt: isoTime(backup.createdMs),
    folder: sizes.folder,
    bytes: sizes.bytes,
    files: sizes.files,
    entries: sizes.entries.slice(0, limit).map(({ path, kind, bytes, files }) => ({
      path,
      name: posix.basename(path),
      kind: kind === 'special' ? 'other' : kind,
      bytes,
      files,
    })),
    rest: {
      entries: left.length,
      bytes: left.reduce((sum, { bytes }) => sum + bytes, 0),
      files: left.reduce((sum, { files }) => sum + files, 0),
    },
    ...(ownBytes === undefined ? {} : { ownBytes }),
  }
}

async function newestOf(engine: Engine, wanted: string): Promise<BackupRow> {
  const { id, name } = await engine.plans.find(wanted)
  const { backups } = engine.backups.list({ planId: id, limit: TRIES, offset: 0 })
  const newest = backups.find(({ state }) => state === 'complete' || state === 'incomplete')
  if (!newest) throw new EverstowError('unknown-backup', { data: { id: name } })
  return newest
}
