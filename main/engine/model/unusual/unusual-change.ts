/**
 * One way in which a change is unlike what people do. `churn`: far more files than usual. `deletions`: a large part is gone. `extensions`: names have got
 * endings nobody knows. `entropy`: what could be read is noise. `canary`: a document nobody has reason to touch was touched.
 */
export type Signal = 'churn' | 'deletions' | 'extensions' | 'entropy' | 'canary'

/** What changed from one backup of a plan to the next. Counts are files. */
export interface ChangeFacts {
  readonly filesBefore: number
  /** Other bytes under the same name. */
  readonly changed: number
  /** Gone, and not merely moved. */
  readonly removed: number
  /** New, and not merely moved. */
  readonly added: number
  /** Of those that are gone: came back with an ending nobody knows. */
  readonly shifted: number
  /** Of those that are new: the most that share one ending nobody knows. */
  readonly sameEnding: number
  /** Changed files whose beginnings were compared, and those of them that turned from something into noise. */
  readonly sampled: number
  readonly turnedRandom: number
  readonly canariesTouched: number
  /** Everything could be read: what is missing is gone, not merely out of reach. */
  readonly isComplete: boolean
}

/** Fewer files than this are somebody's day's work, whatever part of the plan they are. */
const LEAST_FILES = 30
/** A look closer costs reading folders and pieces of files; below this part nothing can be found. */
const LOOK_SHARE = 0.05
const CHURN_SHARE = 0.3
/** So many times the plan's usual part. */
const CHURN_TIMES = 2
const DELETED_SHARE = 0.4
const SHIFTED_LEAST = 20
const SHIFTED_SHARE = 0.05
const SAME_ENDING_SHARE = 0.2
const SAMPLED_LEAST = 8
const TURNED_SHARE = 0.5
/** One signal has ordinary reasons; two at once hardly. */
const SIGNALS_TO_ACT = 2
/** Backups that say what is usual. */
const REMEMBERED = 20
const USUAL_QUANTILE = 0.8

/** Files of the backup before that are no longer as they were. */
export function touchedFiles({ changed, removed, isComplete }: ChangeFacts): number {
  return changed + (isComplete ? removed : 0)
}

/** Whether the counts of a backup alone make it worth to look at what changed. `touched`: files of the one before that were not met unchanged. */
export function isWorthALook(touched: number, filesBefore: number, hasCanaries: boolean): boolean {
  if (hasCanaries && touched > 0) return true
  return touched >= SHIFTED_LEAST && touched >= filesBefore * LOOK_SHARE
}

/** In which ways a change is unusual. `usual`: parts of the plan's files that changed in its last backups (`remember`). */
export function signalsOf(facts: ChangeFacts, usual: readonly number[]): Signal[] {
  const { filesBefore, added, removed, shifted, sameEnding, sampled, turnedRandom, isComplete } = facts
  const touched = touchedFiles(facts)
  const lost = isComplete ? removed - added : 0
  const isPart = (count: number, least: number, share: number) =>
    count >= least && count >= filesBefore * share
  const signals: Signal[] = []
  if (isPart(touched, LEAST_FILES, Math.max(CHURN_SHARE, CHURN_TIMES * usualShare(usual))))
    signals.push('churn')
  if (isPart(lost, LEAST_FILES, DELETED_SHARE)) signals.push('deletions')
  if (isPart(shifted, SHIFTED_LEAST, SHIFTED_SHARE) || isPart(sameEnding, LEAST_FILES, SAME_ENDING_SHARE))
    signals.push('extensions')
  if (sampled >= SAMPLED_LEAST && turnedRandom >= sampled * TURNED_SHARE) signals.push('entropy')
  if (facts.canariesTouched > 0) signals.push('canary')
  return signals
}

/** Whether signals are enough to act on. */
export function isAlarm(signals: readonly Signal[]): boolean {
  return signals.length >= SIGNALS_TO_ACT
}

/** The parts that changed in the last backups, with one more. */
export function remember(shares: readonly number[], touched: number, filesBefore: number): readonly number[] {
  const share = filesBefore > 0 ? Math.min(1, touched / filesBefore) : 0
  return [...shares, share].slice(-REMEMBERED)
}

/** What four of five backups stay below: one great change does not make the next one usual. */
function usualShare(shares: readonly number[]): number {
  const sorted = shares.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * USUAL_QUANTILE) - 1] ?? 0
}
