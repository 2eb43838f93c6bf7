import { type Engine, estimateSources, excludePatternsOf } from '../../engine/engine.ts'
import { isPostgresSource } from '../../engine/model/postgres-source.ts'
import type { BackupOrder } from './backup-order.ts'

/** So many files are walked over in a moment; for more, the backup before says about as much for nothing. */
const FEW_FILES = 50_000
/** Among so many of a plan's last backups there is one that was not cut off. */
const LAST = 5

/**
 * What a backup is going to read, for its progress: measured while it has begun already, or as much as last time. Undefined where nobody can tell, as of a
 * database that is yet to be dumped. `backupId`: of the one that has begun.
 */
export async function expectedBytes(
  engine: Engine,
  { plan, sources, exclude, excludePresets, stage }: BackupOrder,
  backupId: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (stage || sources.some(isPostgresSource)) return undefined
  const { backups } = plan
    ? engine.backups.list({ planId: plan.id, limit: LAST, offset: 0 })
    : { backups: [] }
  const last = backups.find(({ id, files }) => id !== backupId && files > 0)
  if (last && last.files > FEW_FILES) return last.sourceBytes
  const { bytes } = await estimateSources(
    {
      sources,
      exclude: [...exclude, ...excludePatternsOf(excludePresets)],
      neverInclude: [engine.home],
    },
    signal,
  )
  return bytes
}
