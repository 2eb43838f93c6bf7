import type { Clock } from '../env/clock.ts'
import type { Random } from '../env/random.ts'
import { asEverstowError, type ErrorCode } from '../model/errors.ts'
import type { Mirror } from '../model/mirror.ts'
import { systemCodeOf } from '../sources/files/fs-path.ts'
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

/** What system calls say when something came, went or became another kind of thing meanwhile. */
const MOVED: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
  'ENOTEMPTY',
  'ELOOP',
  'EISDIR',
  'ESTALE',
])
/** What they say of names that they do not take. */
const NO_NAME: ReadonlySet<string> = new Set(['ENAMETOOLONG', 'EILSEQ', 'EINVAL'])

/** Notes a failure that says something of one file only, and throws every other. */
export function noteFailure(outcome: MirrorOutcome, path: string, error: unknown): void {
  const code = systemCodeOf(error)
  if (MOVED.has(code) || NO_NAME.has(code)) {
    outcome.left.push({ path, reason: MOVED.has(code) ? 'changing' : 'name' })
    return
  }
  const known = asEverstowError(error)
  if (!OF_ONE_FILE.has(known.code)) throw known
  outcome.left.push({ path, reason: 'failed', error: known })
}
