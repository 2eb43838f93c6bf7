import type { RefusedEntry } from '../archive/read/entry-path.ts'
import type { FailedEntry, RestoreReport } from './restore-options.ts'

/** More names than anybody reads; the counts go on. */
const MAX_NAMED = 10_000

/** The report while it is being made. */
export interface Tally {
  restored: number
  replaced: number
  renamed: number
  unchanged: number
  skipped: number
  links: number
  directories: number
  bytes: number
  bytesRead: number
  replacedInto: string | undefined
  recorded: boolean
  readonly refused: RefusedEntry[]
  refusedCount: number
  readonly failed: FailedEntry[]
  failedCount: number
}

export function emptyTally(): Tally {
  return {
    restored: 0,
    replaced: 0,
    renamed: 0,
    unchanged: 0,
    skipped: 0,
    links: 0,
    directories: 0,
    bytes: 0,
    bytesRead: 0,
    replacedInto: undefined,
    recorded: false,
    refused: [],
    refusedCount: 0,
    failed: [],
    failedCount: 0,
  }
}

export function addRefused(tally: Tally, item: RefusedEntry): void {
  tally.refusedCount++
  if (tally.refused.length < MAX_NAMED) tally.refused.push(item)
}

export function addFailed(tally: Tally, item: FailedEntry): void {
  tally.failedCount++
  if (tally.failed.length < MAX_NAMED) tally.failed.push(item)
}

export function reportOf(
  { replacedInto, ...counts }: Tally,
  rest: Pick<RestoreReport, 'dryRun' | 'into' | 'missing' | 'verified'>,
): RestoreReport {
  return { ...rest, ...counts, ...(replacedInto !== undefined && { replacedInto }) }
}
