import type { SyncBook } from '../../catalogue/sync-book.ts'
import type { Clock } from '../../env/clock.ts'
import type { SyncedFolder } from '../../model/synced-folder.ts'
import type { GuardRules } from '../guards.ts'
import type { Operation } from '../operations.ts'
import type { Choice, Rules } from '../reconcile.ts'

/** A clock may be wrong by so much before the later time stops saying which version is newer. */
const TOLERATED_OFFSET_MS = 5 * 60_000

/** Names a change that waits: it waits until it changes again. What is new here has no id that lasts, so its path names it. */
export function keyOf(operation: Operation, path: string): string {
  const what = 'content' in operation && operation.content !== undefined ? operation.content : ''
  return operation.do === 'create'
    ? `create:${what}:${path}`
    : `${operation.do}:${operation.id}:${what}:${path}`
}

/** What holds now for a folder: its strategy, and what its person said about single nodes. */
export function rulesOf(
  book: SyncBook,
  { id, strategy }: SyncedFolder,
  clock: Clock,
  /** Store time minus ours, milliseconds; `undefined` where nobody knows. */
  offsetMs: number | undefined,
): Rules & GuardRules {
  const choices = new Map<string, Choice>(
    book.choices(id).map(({ nodeId, keep, here, there }) => [nodeId, { keep, here, there }]),
  )
  const waiting = new Set(book.waiting(id))
  const decisions = book.decisions(id)
  const isClockOff = Math.abs(offsetMs ?? 0) > TOLERATED_OFFSET_MS
  return {
    strategy: isClockOff && strategy === 'last_write_wins' ? 'server_preferred' : strategy,
    choices,
    latestMs: clock.now() + (offsetMs ?? 0) + TOLERATED_OFFSET_MS,
    decisions: decisions.map(({ direction, nodes, decision }) => ({
      direction,
      do: decision,
      nodes: new Set(nodes),
    })),
    ...(waiting.size > 0 && {
      waits: (operation: Operation, path: string) => waiting.has(keyOf(operation, path)),
    }),
  }
}
