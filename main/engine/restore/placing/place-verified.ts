import { currentProcess } from '../../env/node/process-identity.ts'
import type { PlacingOrder } from '../restore-options.ts'
import type { Tally } from '../tally.ts'
import type { PathKey } from '../target/path-key.ts'
import type { EntryMetadata } from '../target/set-metadata.ts'
import type { SyncFiles } from '../target/sync-files.ts'
import type { Target } from '../target/target.ts'
import { placeTree } from './place.ts'
import { planPlacing } from './plan-placing.ts'
import { beginRecord } from './record.ts'
import { type Staging, writeJournal } from './staging.ts'

/**
 * Moves a private tree into the target. From here on a crash is finished by the next restore: the plan is on the disk before the first thing moves,
 * and where it is asked for, each move is written down before it is done.
 */
export function placeVerified(
  job: PlacingOrder,
  files: SyncFiles,
  { into }: Target,
  staging: Staging,
  metadata: ReadonlyMap<PathKey, EntryMetadata>,
  tally: Tally,
): void {
  const plan = {
    ...planPlacing(job, files, into, staging, metadata),
    ...(job.record && { recordPath: job.record.path }),
  }
  const record =
    job.record &&
    beginRecord(files, job.record, staging, { atMs: job.nowMs, into, replacedName: plan.replacedName })
  writeJournal(files, staging, { format: 1, owner: currentProcess(), into, state: 'placing', ...plan })
  placeTree({ files, staging, into, plan, tally, resumed: false, record })
  tally.recorded = record?.end() ?? false
}
