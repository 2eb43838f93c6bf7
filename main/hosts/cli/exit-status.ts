import type { ErrorCode } from '../../engine/model/errors.ts'

/** Errors that say that what a place stores is not what was stored there. */
const DAMAGE: readonly string[] = [
  'data-damaged',
  'log-damaged',
  'slot-damaged',
  'rollback-detected',
] satisfies ErrorCode[]

/** What a command tells the shell. Scripts rely on these numbers. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrongUsage: 2,
  /** Done, but not all of it: files unread, places behind. */
  incomplete: 3,
  /** A stored copy is damaged or gone. */
  damaged: 4,
  cancelled: 130,
} as const
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT]

/** Errors that say the request itself was wrong; the same request can never succeed. */
const WRONG_REQUEST: readonly string[] = [
  'invalid-input',
  'database-address',
  'password-in-address',
  'unknown-provider',
  'env-file-invalid',
  'not-supported',
] satisfies ErrorCode[]

/** The status of a command that ended with an error. */
export function exitStatusOf(code: string): ExitStatus {
  if (code === 'cancelled') return EXIT.cancelled
  if (DAMAGE.includes(code)) return EXIT.damaged
  return WRONG_REQUEST.includes(code) ? EXIT.wrongUsage : EXIT.failed
}
