import type { Handlers } from '../server/contract-server.ts'
import type { UpdateKeeper } from '../updates.ts'

/** Calls about newer versions of the program. */
export function updateHandlers(updates: UpdateKeeper) {
  return {
    'update.check': () => updates.check(),
    'update.apply': () => updates.apply(),
  } satisfies Partial<Handlers>
}
