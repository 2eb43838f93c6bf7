import type { Clock } from '../env/clock.ts'
import type { Random } from '../env/random.ts'
import { asEverstowError, type ErrorCode } from '../model/errors.ts'
import type { Mirror } from '../model/mirror.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { MirrorOutcome } from './report.ts'
import type { MirrorState } from './state.ts'

/** What a run of a mirror works with. */
export interface MirrorRun {
  readonly mirror: Mirror
  readonly store: ObjectStore
  readonly state: MirrorState
  readonly clock: Clock
  readonly random: Random
  /** Deletions were looked at, and are wanted. */
  readonly confirmed: boolean
  readonly signal: AbortSignal
  readonly onProgress: (outcome: Readonly<MirrorOutcome>, path: string) => void
}

/** Transfers at once. */
export const AT_ONCE = 6

/** Errors that say something of one file only; every other one ends the run. */
const OF_ONE_FILE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'access-denied',
  'changed-since',
  'checksum-mismatch',
  'invalid-input',
  'io-error',
  'object-exists',
  'object-missing',
  'precondition-failed',
])

/** Notes a failure that says something of one file only, and throws every other. */
export function noteFailure(outcome: MirrorOutcome, path: string, error: unknown): void {
  const known = asEverstowError(error)
  if (!OF_ONE_FILE.has(known.code)) throw known
  outcome.left.push({ path, reason: 'failed', error: known })
}
