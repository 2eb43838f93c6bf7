import { EverstowError } from '../model/errors.ts'

/** The most bytes a conditional put may carry: one request everywhere, and cheap to read back when its answer was lost. */
export const MAX_CONDITIONAL_BYTES = 8 * 1024 * 1024

/** The most objects of one page of a listing. */
const MAX_PAGE = 1000

/** Refuses a conditional put that is too large, with `invalid-input`. */
export function checkConditionalSize(key: string, sizeBytes: number): void {
  if (sizeBytes <= MAX_CONDITIONAL_BYTES) return
  const data = { field: 'bytes', key, sizeBytes, limitBytes: MAX_CONDITIONAL_BYTES }
  throw new EverstowError('invalid-input', { data })
}

/** How many objects a page may hold: what was asked for, within 1 and the maximum. */
export function pageLimit(limit: number | undefined): number {
  return Math.min(Math.max(Math.trunc(limit ?? MAX_PAGE), 1), MAX_PAGE)
}
