import { currentProcess } from '../../env/node/process-identity.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { cleanUpLeftovers } from '../placing/clean-up-leftovers.ts'
import { placeVerified } from '../placing/place-verified.ts'
import { createStaging, type Staging } from '../placing/staging.ts'
import type { RestoreReport } from '../restore-options.ts'
import { type Selection, selectPaths } from '../select-paths.ts'
import { addFailed, addRefused, emptyTally, reportOf, type Tally } from '../tally.ts'
import { onDisk, type PathKey, shown } from '../target/path-key.ts'
import type { EntryMetadata } from '../target/set-metadata.ts'
import { lookAt, removeTree } from '../target/sync-files.ts'
import { findTarget, freeBytesFor, refuseIfTooSmall, type Target } from '../target/target.ts'
import { systemNameRules } from '../target/target-name.ts'
import { adoptLeftover, claim, leaveBehind } from './adopt-leftover.ts'
import { bytesBelow, bytesToWrite } from './bytes-to-write.ts'
import { createLeadsTo } from './leads-to.ts'
import { previewSnapshot } from './preview-snapshot.ts'
import type { SnapshotRunContext } from './run-context.ts'
import type { SnapshotJob } from './snapshot-messages.ts'
import { fillTree } from './tree/fill-tree.ts'
import { finishTree } from './tree/finish-tree.ts'
import { createLateEntries } from './tree/late-entries.ts'
import { creationFacts } from './windows/set-fast.ts'

/** Windows that are being written while the next one is planned. */
const WINDOWS_AHEAD = 2

/**
 * Restores a snapshot: makes the folders and plans on the calling thread, while the writers fill files; see the README for the steps and what
 * holds after each.
 */
export async function runSnapshotRestore(
  job: SnapshotJob,
  context: SnapshotRunContext,
): Promise<RestoreReport> {
  const { files } = context
  const target = findTarget(files, job.into)
  const selection = selectPaths(job.paths)
  if (job.dryRun) return previewSnapshot(job, context, target, selection)

  let staging = createStaging(files, target.base, job.id, target.into)
  try {
    const leftover = adoptLeftover(files, target, staging, job.content, job.nowMs)
    if (leftover) staging = leftover
    else claim(files, staging, target, job.content, currentProcess())
    cleanUpLeftovers(files, target, staging, job.nowMs)
    // What an interrupted restore wrote takes no room twice.
    const budgetBytes = freeBytesFor(files, target) + (leftover ? bytesBelow(files, staging.tree) : 0)
    if (job.contentBytes > budgetBytes)
      refuseIfTooSmall(target, await bytesToWrite(job, context, target), budgetBytes)
    const tally = emptyTally()
    const noted = new Map<PathKey, EntryMetadata>()
    await fill(job, context, target, {
      staging,
      isResumed: leftover !== undefined,
      selection,
      tally,
      noted,
      budgetBytes,
    })
    if (context.counters.isStopped) throw new EverstowError('cancelled')
    context.onPlacing()
    if (job.paths === undefined || tally.restored + tally.directories > 0)
      placeVerified(job, files, target, staging, noted, tally)
    removeTree(files, staging.folder)
    return reportOf(tally, {
      dryRun: false,
      into: target.into,
      missing: selection.missing(),
      verified: 'chunks',
    })
  } catch (caught) {
    const error = asEverstowError(caught)
    const mayGoOn = error.retry !== 'never' && lookAt(files, staging.tree)
    if (mayGoOn) leaveBehind(files, staging, target, job.content)
    else if (lookAt(files, staging.folder)) removeTree(files, staging.folder)
    throw error
  }
}

interface Filling {
  readonly staging: Staging
  readonly isResumed: boolean
  readonly selection: Selection
  readonly tally: Tally
  readonly noted: Map<PathKey, EntryMetadata>
  readonly budgetBytes: number
}

/** Fills the private tree completely. Nobody writes into it any more when this resolves or rejects. */
async function fill(
  job: SnapshotJob,
  context: SnapshotRunContext,
  { into }: Target,
  { staging, isResumed, selection, tally, noted, budgetBytes }: Filling,
): Promise<void> {
  const { files, index, fetcher, writers, counters } = context
  const { owner, existing } = job
  const { tree } = staging
  const created = creationFacts(files, staging)
  const late = createLateEntries(files, staging)
  const underWay: Promise<void>[] = []
  try {
    await fillTree(
      {
        files,
        tree,
        into,
        owner,
        isResumed,
        late,
        tally,
        noted,
        index,
        fetcher,
        selection,
        leadsTo: createLeadsTo(job.paths),
        rules: systemNameRules,
        existing,
        counters,
        async hand(window, paths) {
          const written = writers
            .write({ window: window.handles, tree, owner, created, budgetBytes })
            .then(({ lost, problems }) => {
              for (const { file, code } of lost) giveUp(paths[file]!, window.sizes[file]!, code)
              for (const { file, code } of problems) giveUp(paths[file]!, window.sizes[file]!, code)
            })
          written.catch(() => counters.stop())
          underWay.push(written)
          if (underWay.length >= WINDOWS_AHEAD) await underWay.shift()
        },
      },
      job.tree,
    )
    await Promise.all(underWay)
    finishTree({ files, tree, owner, late, tally, attributesPath: `${staging.folder}/attributes` })
  } catch (error) {
    counters.stop()
    // Removing the tree must not meet a writer.
    const outcomes = await Promise.allSettled(underWay)
    const cause = outcomes.find((each) => each.status === 'rejected')
    throw asEverstowError(error).code === 'cancelled' && cause ? cause.reason : error
  } finally {
    late.close()
  }

  /** A file whose content or name cannot be had: out of the tree and the counts, into the report. */
  function giveUp(key: PathKey, sizeBytes: number, code: string): void {
    tally.restored--
    tally.bytes -= sizeBytes
    // The name belongs to the other file.
    if (code === 'EEXIST') {
      addRefused(tally, { path: shown(key), reason: 'name-collision' })
      return
    }
    const path = onDisk(tree, key)
    if (lookAt(files, path)?.isFile()) files.unlinkSync(path)
    addFailed(tally, { path: shown(key), code })
  }
}
