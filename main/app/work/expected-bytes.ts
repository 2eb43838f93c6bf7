import { type Engine, estimateSources, excludePatternsOf } from '../../engine/engine.ts'
import { isPostgresSource } from '../../engine/model/postgres-source.ts'
import type { BackupOrder } from './backup-order.ts'

/** So many files are walked over in a moment; for more, the backup before says about as much for nothing. */
const FEW_FILES = 50_000

/**
 * What a backup is going to read, for its progress: measured while it has begun already, or as much as last time. Undefined where nobody can tell, as of a
 * database that is yet to be dumped.
 */
export async function expectedBytes(
  engine: Engine,
  { plan, sources, exclude, excludePresets, stage }: BackupOrder,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (stage || sources.some(isPostgresSource)) return undefined
  const [last] = plan ? engine.backups.list({ planId: plan.id, limit: 1, offset: 0 }).backups : []
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
