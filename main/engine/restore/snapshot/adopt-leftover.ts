import { currentProcess, type ProcessIdentity } from '../../env/node/process-identity.ts'
import { findLeftovers, type Staging, writeJournal } from '../placing/staging.ts'
import { removeTree, type SyncFiles } from '../target/sync-files.ts'
import type { Target } from '../target/target.ts'

/**
 * The staging folder of an interrupted restore of the same content into the same target, taken over; undefined when there is none. Only one of this
 * boot: what a file's time says of its content does not hold across a power loss.
 */
export function adoptLeftover(
  files: SyncFiles,
  target: Target,
  own: Staging,
  content: string,
  nowMs: number,
): Staging | undefined {
  const found = findLeftovers(files, target.base, own, nowMs).find(
    ({ journal }) =>
      journal?.state === 'filling' &&
      journal.content === content &&
      journal.into === target.into &&
      isOfThisBoot(journal.owner),
  )
  if (!found) return undefined
  removeTree(files, own.folder)
  claim(files, found.staging, target, content, currentProcess())
  return found.staging
}

/** Leaves a staging folder for whoever restores the same again, be it this process. */
export function leaveBehind(files: SyncFiles, staging: Staging, target: Target, content: string): void {
  claim(files, staging, target, content, { ...currentProcess(), pid: 0 })
}

/** Says in the journal whose the folder is and what for. */
export function claim(
  files: SyncFiles,
  staging: Staging,
  { into }: Target,
  content: string,
  owner: ProcessIdentity,
): void {
  writeJournal(files, staging, { format: 1, owner, into, state: 'filling', content })
}

/** Where the system tells, the start of a process begins with the id of the boot. */
function isOfThisBoot(owner: ProcessIdentity): boolean {
  const boot = ({ startedAt }: ProcessIdentity) => startedAt.slice(0, Math.max(startedAt.indexOf('/'), 0))
  return boot(owner) !== '' && boot(owner) === boot(currentProcess())
}
