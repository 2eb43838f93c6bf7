import type { Run } from '../../main/contract/index.ts'

/** How much of the work is done, 0 to 1; undefined while nobody knows the whole. */
export function shareDone(run: Run): number | undefined {
  if (run.bytesTotal) return Math.min(1, run.bytes / run.bytesTotal)
  if (run.filesTotal) return Math.min(1, run.files / run.filesTotal)
  return undefined
}
