import type { HistoryEntry } from '../../engine/engine.ts'
import { asEverstowError } from '../../engine/model/errors.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import type { AppContext } from '../app-context.ts'

/** Runs work whose outcome goes into the history, and makes the clients' state current afterwards. */
export async function recorded(
  app: AppContext,
  kind: HistoryEntry['kind'],
  facts: Partial<HistoryEntry>,
  work: () => Promise<HistoryEntry['outcome']>,
): Promise<void> {
  const { engine } = app
  const add = (outcome: HistoryEntry['outcome'], rest: Partial<HistoryEntry> = {}) =>
    engine.history.add({ atMs: engine.env.clock.now(), kind, outcome, ...facts, ...rest })
  try {
    add(await work())
  } catch (caught) {
    const error = asEverstowError(caught)
    add(error.code === 'cancelled' ? 'cancelled' : 'failed', { error: storedErrorOf(error) })
    throw error
  } finally {
    app.changed()
  }
}
