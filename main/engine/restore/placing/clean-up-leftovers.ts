import { dirname } from 'node:path'
import { emptyTally } from '../tally.ts'
import { lookAt, removeTree, type SyncFiles } from '../target/sync-files.ts'
import type { Target } from '../target/target.ts'
import { placeTree } from './place.ts'
import { resumeRecord } from './record.ts'
import { findLeftovers, type Leftover, type Staging } from './staging.ts'

/**
 * Deals with what killed restores left at this target. One that was still reading is thrown away: nothing of it was visible. One that was
 * placing is finished: its content was verified and part of it is already there. One for another target is left to that target.
 */
export function cleanUpLeftovers(files: SyncFiles, target: Target, own: Staging, nowMs: number): void {
  for (const base of new Set([target.base, dirname(target.into)])) {
    for (const leftover of findLeftovers(files, base, own, nowMs)) settle(files, target, leftover)
  }
}

function settle(files: SyncFiles, { into }: Target, { staging, journal }: Leftover): void {
  if (journal?.state === 'placing') {
    if (journal.into !== into) return
    const record =
      journal.recordPath === undefined ? undefined : resumeRecord(files, journal.recordPath, staging)
    if (lookAt(files, staging.tree)) {
      placeTree({ files, staging, into, plan: journal, tally: emptyTally(), resumed: true, record })
    }
    record?.end()
  }
  if (lookAt(files, staging.folder)) removeTree(files, staging.folder)
}
