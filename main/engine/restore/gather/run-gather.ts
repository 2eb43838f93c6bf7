import type { RestoreJob } from '../archive/restore-job.ts'
import { cleanUpLeftovers } from '../placing/clean-up-leftovers.ts'
import { amountIn } from '../placing/place.ts'
import { placeVerified } from '../placing/place-verified.ts'
import type { Staging } from '../placing/staging.ts'
import { emptyTally, type Tally } from '../tally.ts'
import { lookAt, removeTree, type SyncFiles } from '../target/sync-files.ts'
import type { Target } from '../target/target.ts'
import { mergeParts, type Part } from './merge-parts.ts'
import { type PackFormat, packTree } from './pack-tree.ts'

/** Bringing together what was restored of several backups, as plain data. */
export interface GatherJob extends Pick<RestoreJob, 'existing' | 'owner' | 'nowMs' | 'record'> {
  readonly target: Target
  readonly staging: Staging
  /** The newest first: its names stay as they are. */
  readonly parts: readonly Part[]
  /** One file instead of a folder. */
  readonly pack?: { readonly format: PackFormat; readonly name: string }
}

/** What is heard of it, and how it is stopped before anything is visible. */
export interface GatherWatch {
  readonly signal: AbortSignal
  readonly onBytes: (bytes: number) => void
}

/**
 * Makes one private tree of all parts, or one file of that, and places it like any restore: as a whole, once, to be undone at once. Whatever fails
 * before that leaves the target as it was. Answers the counts.
 */
export async function runGather(job: GatherJob, files: SyncFiles, watch: GatherWatch): Promise<Tally> {
  const { staging, target, pack } = job
  cleanUpLeftovers(files, target, staging, job.nowMs)
  const metadata = mergeParts(files, staging, job.parts)
  const content = amountIn(files, staging.tree, '')
  if (pack) {
    const packed = `${staging.folder}/packed`
    files.mkdirSync(packed, { mode: 0o700 })
    await packTree({ files, tree: staging.tree, metadata, ...watch }, pack.format, `${packed}/${pack.name}`)
    removeTree(files, staging.tree)
    files.renameSync(packed, staging.tree)
  }
  watch.signal.throwIfAborted()
  const tally = emptyTally()
  const amount = pack ? amountIn(files, staging.tree, '') : content
  Object.assign(tally, {
    restored: amount.items,
    links: amount.links,
    bytes: amount.bytes,
    directories: amount.directories - 1,
  })
  if (amount.items + amount.directories > 1)
    placeVerified(job, files, target, staging, pack ? new Map() : metadata, tally)
  if (lookAt(files, staging.folder)) removeTree(files, staging.folder)
  return tally
}
