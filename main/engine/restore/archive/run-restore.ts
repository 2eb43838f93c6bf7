import type { ArchiveEntry } from '../../archive/entry.ts'
import { asEverstowError, EverstowError, hasCode } from '../../model/errors.ts'
import { cleanUpLeftovers } from '../placing/clean-up-leftovers.ts'
import { placeVerified } from '../placing/place-verified.ts'
import { createStaging, type Staging } from '../placing/staging.ts'
import type { RestoreReport } from '../restore-options.ts'
import { selectPaths } from '../select-paths.ts'
import { emptyTally, reportOf, type Tally } from '../tally.ts'
import { keyOf } from '../target/path-key.ts'
import { lookAt, removeTree, type SyncFiles } from '../target/sync-files.ts'
import { findTarget, freeBytesFor, refuseIfTooSmall, type Target } from '../target/target.ts'
import { systemNameRules } from '../target/target-name.ts'
import { archiveBytesToWrite } from './archive-bytes.ts'
import { createExtractor, type Extracted, type Extractor } from './extract.ts'
import { chosenFrom, fetchEntries, isFetchable, planStretches } from './fetch-entries.ts'
import { previewRestore } from './preview-restore.ts'
import { type ReadArchiveContext, readWholeArchive } from './read-archive.ts'
import type { OpenArchive, RestoreJob, RunContext } from './restore-job.ts'

/**
 * Does a restore on the calling thread, blocking it while files are written; see the README for the steps and what holds after each.
 * An index only helps: where the archive does not bear it out, the archive is read as if there were none.
 */
export async function runRestore(job: RestoreJob, context: RunContext): Promise<RestoreReport> {
  try {
    return await attempt(job, context)
  } catch (error) {
    const misled = job.paths ? hasCode(error, 'archive-damaged') : hasCode(error, 'archive-too-large')
    if (!job.index || !misled) throw error
    const { index: _, ...alone } = job
    return attempt(alone, context)
  }
}

async function attempt(job: RestoreJob, context: RunContext): Promise<RestoreReport> {
  const { files } = context
  const target = findTarget(files, job.into)
  const selection = selectPaths(job.paths)
  if (job.dryRun) return previewRestore(job, context, target, selection)

  const budgetBytes = freeBytesFor(files, target)
  refuseIfTooSmall(target, archiveBytesToWrite(job, files, target), budgetBytes)
  const staging = createStaging(files, target.base, job.id, target.into)
  let extractor: Extractor | undefined
  try {
    cleanUpLeftovers(files, target, staging, job.nowMs)
    const tally = emptyTally()
    const { into } = target
    const { owner } = job
    extractor = createExtractor({
      files,
      tree: staging.tree,
      into,
      rules: systemNameRules,
      owner,
      budgetBytes,
      selection,
      tally,
    })
    const verified = await fill(job, context, extractor, tally)
    const extracted = extractor.finish()
    if (context.signal?.aborted) throw new EverstowError('cancelled')
    const { bytesRead } = tally
    const { items, bytes } = extracted
    context.onProgress?.({
      phase: 'placing',
      bytesRead,
      bytesToRead: bytesRead,
      files: items,
      bytes,
      path: into,
    })
    place(job, files, target, staging, extracted, tally)
    removeTree(files, staging.folder)
    return reportOf(tally, { dryRun: false, into, missing: selection.missing(), verified })
  } catch (error) {
    extractor?.abandon()
    if (lookAt(files, staging.folder)) removeTree(files, staging.folder)
    throw asEverstowError(error)
  }
}

/** Fills the tree from the whole archive, or from the blocks with what was chosen. Nothing in the tree is to be trusted before this resolves. */
async function fill(
  job: RestoreJob,
  context: RunContext,
  extractor: Extractor,
  tally: Tally,
): Promise<RestoreReport['verified']> {
  let items = 0
  let bytes = 0
  let path = ''
  let bytesToRead = job.archive.sizeBytes
  const reading: ReadArchiveContext = {
    job,
    open: context.open,
    signal: context.signal,
    onRead: (count) => {
      tally.bytesRead += count
      context.onProgress?.({
        phase: 'reading',
        bytesRead: tally.bytesRead,
        bytesToRead,
        files: items,
        bytes,
        path,
      })
    },
  }
  const counting = {
    ...extractor,
    entry: (entry: ArchiveEntry) => {
      const wanted = extractor.entry(entry)
      if (wanted) {
        items++
        bytes += entry.sizeBytes
        path = entry.path
      }
      return wanted
    },
  }
  const chosen = job.paths && job.index && chosenFrom(job.index, selectPaths(job.paths))
  if (!job.index || !chosen?.every(isFetchable)) {
    const verified = await readWholeArchive(reading, counting)
    // Links whose first file was not chosen: their content went by before they were known, so the archive is read once more.
    if (job.paths && extractor.waiting.size > 0) await readWholeArchive(reading, adopting(extractor))
    return verified
  }
  const source = { sizeBytes: job.archive.sizeBytes, open: countedOpen(reading) }
  bytesToRead = planStretches(job.index, chosen, source.sizeBytes).reduce(
    (sum, { gzipBytes }) => sum + gzipBytes,
    0,
  )
  await fetchEntries(source, job.index, chosen, counting, context.signal)
  const firsts = job.index.entries.filter(
    (entry) => extractor.waiting.has(keyOf(entry)) && isFetchable(entry),
  )
  await fetchEntries(source, job.index, firsts, adopting(extractor), context.signal)
  return 'sha256-of-files'
}

function adopting(extractor: Extractor): Extractor {
  return { ...extractor, entry: (entry) => extractor.adopt(entry), refused: () => {} }
}

function countedOpen(reading: ReadArchiveContext): OpenArchive {
  return async function* (range) {
    for await (const chunk of reading.open(range)) {
      reading.onRead(chunk.byteLength)
      yield chunk
    }
  }
}

function place(
  job: RestoreJob,
  files: SyncFiles,
  target: Target,
  staging: Staging,
  extracted: Extracted,
  tally: Tally,
): void {
  tally.restored = extracted.items
  tally.links = extracted.links
  tally.bytes = extracted.bytes
  tally.directories = extracted.directories
  const nothingChosen = job.paths !== undefined && extracted.items + extracted.directories === 0
  if (nothingChosen) return
  placeVerified(job, files, target, staging, extracted.metadata, tally)
}
