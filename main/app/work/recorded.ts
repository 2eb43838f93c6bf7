import type { HistoryEntry } from '../../engine/engine.ts'
import { asEverstowError } from '../../engine/model/errors.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import type { AppContext } from '../app-context.ts'

/** What work came to, and what else is known of it then. */
export type Recorded = HistoryEntry['outcome'] | (Partial<HistoryEntry> & Pick<HistoryEntry, 'outcome'>)

/** Runs work whose outcome and duration go into the history, and makes the clients' state current afterwards. */
export async function recorded(
  app: AppContext,
  kind: HistoryEntry['kind'],
  facts: Partial<HistoryEntry>,
  work: () => Promise<Recorded>,
): Promise<void> {
  const { engine } = app
  const { clock } = engine.env
  const startedMs = clock.monotonicMs()
  const add = (outcome: HistoryEntry['outcome'], rest: Partial<HistoryEntry> = {}) => {
    const durationMs = Math.round(clock.monotonicMs() - startedMs)
    engine.history.add({ atMs: clock.now(), kind, outcome, durationMs, ...facts, ...rest })
  }
  try {
    const result = await work()
    if (typeof result === 'string') add(result)
    else add(result.outcome, result)
  } catch (caught) {
    const error = asEverstowError(caught)
    add(error.code === 'cancelled' ? 'cancelled' : 'failed', { error: storedErrorOf(error) })
    throw error
  } finally {
    app.changed()
  }
}
