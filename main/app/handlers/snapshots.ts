import type { AppContext } from '../app-context.ts'
import type { Handlers } from '../server/contract-server.ts'

/** Calls about what lies in snapshots, and about what may go. */
export function snapshotHandlers(app: AppContext) {
  const { engine } = app
  return {
  } satisfies Partial<Handlers>
}
