import { EverstowError } from '../../model/errors.ts'
import { createPreview } from '../preview.ts'
import type { RestoreReport } from '../restore-options.ts'
import { type Selection, selectPaths } from '../select-paths.ts'
import { emptyTally, reportOf } from '../tally.ts'
import type { Target } from '../target/target.ts'
import { systemNameRules } from '../target/target-name.ts'
import { chosenFrom, isFetchable, planStretches } from './fetch-entries.ts'
import { readWholeArchive } from './read-archive.ts'
import type { RestoreJob, RunContext } from './restore-job.ts'

/** The dry run: from the index alone where there is one, else by reading the archive. Nothing is written. */
export async function previewRestore(
  job: RestoreJob,
  context: RunContext,
  { into }: Target,
  selection: Selection,
): Promise<RestoreReport> {
  const { files, signal, onProgress } = context
  const { existing, index } = job
  const tally = emptyTally()
  const preview = createPreview({ files, into, existing, rules: systemNameRules, selection, tally })
  let verified: RestoreReport['verified'] = 'sha256-of-files'
  try {
    if (index?.entries.every(isFetchable)) {
      for (const entry of index.entries) {
        if (signal?.aborted) throw new EverstowError('cancelled')
        preview.judge(entry)
      }
      tally.bytesRead = bytesToFetch(job, index)
    } else {
      const bytesToRead = job.archive.sizeBytes
      const onRead = (count: number) => {
        tally.bytesRead += count
        const { bytesRead, bytes } = tally
        onProgress?.({ phase: 'reading', bytesRead, bytesToRead, files: tally.restored, bytes, path: '' })
      }
      verified = await readWholeArchive({ job, open: context.open, signal, onRead }, preview)
    }
  } finally {
    preview.abandon()
  }
  return reportOf(tally, { dryRun: true, into, missing: selection.missing(), verified })
}

function bytesToFetch(job: RestoreJob, index: NonNullable<RestoreJob['index']>): number {
  if (!job.paths) return job.archive.sizeBytes
  const chosen = chosenFrom(index, selectPaths(job.paths))
  return planStretches(index, chosen, job.archive.sizeBytes).reduce(
    (sum, { gzipBytes }) => sum + gzipBytes,
    0,
  )
}
