import type { HeldDeletions } from './report.ts'

/** So many deletions are never asked about … */
const FEW = 25
/** … and neither is less than this part of everything. */
const PART = 0.3

/**
 * Whether a person has to be asked before this many of all go: more than a few and more than a third, or everything because the other side is empty.
 * `strangers`: what goes was never brought here by this mirror.
 */
export function mustAsk(
  count: number,
  total: number,
  { isEmpty, strangers = 0 }: { readonly isEmpty: boolean; readonly strangers?: number },
): HeldDeletions | undefined {
  if (count === 0) return undefined
  return isEmpty || strangers > 0 || (count > FEW && count > total * PART) ? { count, total } : undefined
}
