import type { WireError } from '../../contract/index.ts'
import type { StoredError } from '../../engine/model/backup.ts'
import { asEverstowError } from '../../engine/model/errors.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'

/** An error as it may cross to a client: code and facts. What is unexpected crosses as `internal`, without detail. */
export function wireErrorOf(error: unknown): WireError {
  const known = asEverstowError(error)
  if (known.code === 'internal') return { code: 'internal', data: {}, retry: 'never' }
  return storedToWire(storedErrorOf(known))
}

/** An error that was written down, as it may cross. */
export function storedToWire(error: StoredError): WireError {
  return { code: error.code, data: { ...error.data }, retry: error.retry }
}
