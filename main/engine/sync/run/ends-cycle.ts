import { asEverstowError, type ErrorCode } from '../../model/errors.ts'

/** Errors that would meet the next file, too. */
const ABOUT_ALL: ReadonlySet<ErrorCode> = new Set([
  'cancelled',
  'disk-full',
  'read-only',
  'sync-root-missing',
  'credentials-missing',
  'credentials-refused',
  'permission-denied',
  'bucket-missing',
  'clock-skew',
  'place-refused',
  'rollback-detected',
  'key-missing',
])

/** Whether an error is about more than one file: the place does not answer or refuses, the disk is full, the folder is gone. */
export function endsCycle(error: unknown): boolean {
  const { code, retry } = asEverstowError(error)
  return retry !== 'never' || ABOUT_ALL.has(code)
}
