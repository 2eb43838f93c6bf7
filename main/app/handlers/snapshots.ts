import type { AppContext } from '../app-context.ts'
import type { Handlers } from '../server/contract-server.ts'
import { previewRetention, startPrune } from '../work/prune-work.ts'

/** Calls about what lies in snapshots, and about what may go. */
export function snapshotHandlers(app: AppContext) {
  const { engine } = app
  return {
    'backup.pin': async ({ id, pinned }) => {
      await engine.backups.pin(engine.backups.get(id).id, pinned)
      app.changed()
      return { pinned }
    },

    'retention.preview': (query, { signal }) => previewRetention(app, query, signal),

    'backup.prune': (order) => ({ runId: startPrune(app, order) }),

    'retention.undo': async ({ placeId }, { signal }) => {
      const places = await engine.retention.undo({
        ...(placeId === undefined ? {} : { destinationId: placeId }),
        signal,
      })
      app.changed()
      const back = new Set(places.flatMap(({ report }) => (report ?? []).map(({ backupId }) => backupId)))
      return { backups: back.size }
    },
  } satisfies Partial<Handlers>
}
