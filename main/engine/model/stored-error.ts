import type { StoredError } from './backup.ts'
import { asEverstowError } from './errors.ts'

/** An error reduced to what may be kept and shown: code and facts. */
export function storedErrorOf(error: unknown): StoredError {
  const known = asEverstowError(error)
  const data: Record<string, string | number | boolean> = {}
  for (const [name, value] of Object.entries(known.data)) if (value !== undefined) data[name] = value
  return { code: known.code, data, retry: known.retry }
}
