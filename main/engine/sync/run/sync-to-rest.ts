import type { SyncBook } from '../../catalogue/sync-book.ts'
import type { Clock } from '../../env/clock.ts'
import { keepHeapSmall } from '../../env/node/heap.ts'
import { asEverstowError } from '../../model/errors.ts'
import { storedErrorOf } from '../../model/stored-error.ts'
import { throwIfCancelled } from '../../storage/cancel.ts'
import { sizeOfContent } from '../content-text.ts'
import { type CycleResult, type Device, runCycle } from '../cycle.ts'
import type { Skipped } from '../disk/node-disk.ts'
import { pathIn } from '../events.ts'
import type { Held } from '../guards.ts'
import type { NodeId } from '../nodes.ts'
import {
  type FolderStatus,
  type HeldDeletions,
  type LeftOut,
  readStatus,
  type SyncProblem,
  writeStatus,
} from './folder-status.ts'
import type { Observer, SyncCounts } from './observe.ts'
import { describeShared, keepOpenConflicts } from './open-conflicts.ts'

/** Cycles in a row in which nothing happened although more was expected: a file that is written to all the time does not keep a sync going for ever. */
const MOST_IDLE_CYCLES = 40
/** Between two cycles of which the first did nothing: what changed a moment ago has to come to rest. */
const IDLE_MS = 150
const MOST_EXAMPLES = 5
const MOST_PROBLEMS = 100
const MOST_LEFT_OUT = 100

/** What a sync of one folder works with. */
export interface FolderRun {
  readonly folderId: string
  readonly device: Device
  readonly book: SyncBook
  readonly clock: Clock
  readonly observer: Observer
  readonly newId: () => string
  /** What lies in the folder and cannot be synced. */
  readonly leftOut: () => readonly Skipped[]
  readonly onProgress: (counts: SyncCounts, path: string | undefined) => void
  readonly signal: AbortSignal
}

export interface SyncEnd {
  readonly counts: SyncCounts
  readonly status: FolderStatus
  /** The last slot of the journal that it went by; absent where it could not go on. */
  readonly head?: number
  /** Nothing is left to do but what a person has to decide; else something keeps changing, and the next sync goes on. */
  readonly isAtRest: boolean
}

/** Cycles until nothing is left to do, a person has to decide, or it cannot go on; the status says which. Throws only when cancelled or where nobody foresaw it. */
export async function syncToRest(run: FolderRun): Promise<SyncEnd> {
  const { book, clock, folderId, observer, signal } = run
  const before = readStatus(book, folderId)
  const startedMs = clock.monotonicMs()
  const describe = (nodeId: NodeId, rev?: number) =>
    describeShared(run.device, nodeId, rev).catch(() => undefined)
  const end = async (result: CycleResult | undefined, error: unknown): Promise<SyncEnd> => {
    await observer.flush(describe)
    const status = statusAfter(run, before, result, error, clock.monotonicMs() - startedMs)
    writeStatus(book, folderId, status)
    const isAtRest = result !== undefined && !result.isBusy && error === undefined
    const isThrough = result !== undefined && error === undefined
    return { counts: observer.counts, status, isAtRest, ...(isThrough && { head: result.head }) }
  }
  /** Writes down what happened so far; a look that finds nothing is not worth telling. */
  const note = async (happened: number): Promise<void> => {
    throwIfCancelled(signal)
    const { replica, glances } = run.device
    keepHeapSmall(Math.max(replica.tree.nodes.size, glances.nodes.size))
    await observer.flush(describe)
    if (observer.happened > happened) writeStatus(book, folderId, { ...before, state: 'syncing' })
    run.onProgress(observer.counts, observer.lastPath)
  }
  let last: CycleResult | undefined
  try {
    throwIfCancelled(signal)
    for (let idle = 0; idle < MOST_IDLE_CYCLES; ) {
      const happened = observer.happened
      last = await runCycle({ ...run.device, pause: () => note(happened) })
      await note(happened)
      if (!last.isBusy) await keepOpenConflicts(run, last.open)
      book.noteHeld(
        folderId,
        last.held.map(({ id, direction, nodes }) => ({ heldId: id, direction, nodes })),
      )
      if (last.held.length === 0 && !last.isBusy) book.forgetHeld(folderId)
      if (!last.isBusy) break
      idle = observer.happened === happened ? idle + 1 : 0
      if (idle > 0) await clock.sleep(IDLE_MS, signal)
    }
    return await end(last, undefined)
  } catch (error) {
    const outcome = await end(last, error)
    if (['cancelled', 'internal'].includes(asEverstowError(error).code)) throw error
    return outcome
  }
}

function statusAfter(
  { device, book, folderId, clock, observer, leftOut: skipped }: FolderRun,
  before: FolderStatus,
  result: CycleResult | undefined,
  error: unknown,
  workedMs: number,
): FolderStatus {
  const { nodes } = device.replica.tree
  let files = 0
  let bytes = 0
  for (const { content } of nodes.values()) {
    if (content === undefined) continue
    files++
    bytes += sizeOfContent(content)
  }
  const known = error === undefined ? undefined : asEverstowError(error)
  const leftOut = result ? describeLeftOut(skipped()) : before.leftOut
  const isCancelled = known?.code === 'cancelled'
  const held = result?.held[0]
  const problems = problemsOf(device, result)
  const waiting = new Set(book.waiting(folderId))
  const pending = result?.pending ?? (result ? 0 : before.pending)
  const isAtRest = result !== undefined && !result.isBusy && known === undefined && held === undefined
  const { uploadedBytes, downloadedBytes, conflicts } = observer.counts
  const { totals, lastSyncMs } = before
  const atRest = isAtRest ? clock.now() : lastSyncMs
  return {
    state: stateOf(known && !isCancelled ? known.retry : undefined, {
      isHeld: held !== undefined,
      isAtRest: isAtRest && problems.length === 0 && waiting.size === 0,
    }),
    ...(atRest !== undefined && { lastSyncMs: atRest }),
    files,
    bytes,
    pending,
    ...(held && { held: describeHeld(device, held) }),
    problems,
    ...(leftOut && { leftOut }),
    ...(known && !isCancelled && { error: storedErrorOf(known) }),
    totals: {
      uploadedBytes: totals.uploadedBytes + uploadedBytes,
      downloadedBytes: totals.downloadedBytes + downloadedBytes,
      syncs: totals.syncs + (isCancelled ? 0 : 1),
      failures: totals.failures + (known && !isCancelled ? 1 : 0),
      workedMs: totals.workedMs + (isCancelled ? 0 : workedMs),
      conflicts: totals.conflicts + conflicts,
    },
  }
}

function stateOf(
  retry: 'retry' | 'wait' | 'never' | undefined,
  { isHeld, isAtRest }: { readonly isHeld: boolean; readonly isAtRest: boolean },
): FolderStatus['state'] {
  if (retry === 'never') return 'failed'
  if (retry !== undefined) return 'waiting'
  if (isHeld) return 'held'
  return isAtRest ? 'synced' : 'pending'
}

function describeHeld({ base }: Device, { id, direction, files, of, nodes }: Held): HeldDeletions {
  const examples = nodes.slice(0, MOST_EXAMPLES).map((node) => pathIn(base.nodes, node))
  return { id, direction, files, of, examples }
}

function describeLeftOut(skipped: readonly Skipped[]): LeftOut | undefined {
  if (skipped.length === 0) return undefined
  const first = skipped.toSorted((a, b) => (a.path < b.path ? -1 : 1)).slice(0, MOST_LEFT_OUT)
  return { count: skipped.length, first }
}

function problemsOf({ base, replica }: Device, result: CycleResult | undefined): SyncProblem[] {
  const pathOf = (id: NodeId): string =>
    base.nodes.has(id) ? pathIn(base.nodes, id) : pathIn(replica.tree.nodes, id)
  return [...(result?.problems ?? [])]
    .slice(0, MOST_PROBLEMS)
    .map(([id, error]) => ({ path: pathOf(id), error: storedErrorOf(error) }))
}
