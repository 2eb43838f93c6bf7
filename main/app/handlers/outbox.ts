import type { Outbox } from '../../contract/index.ts'
import type { AppContext } from '../app-context.ts'
import type { Handlers } from '../server/contract-server.ts'
import { isoTime } from '../wire/backup-view.ts'
import { storedToWire } from '../wire/wire-error.ts'
import { startPush } from '../work/other-work.ts'

/** Calls about what waits for its places, and about working offline. */
export function outboxHandlers(app: AppContext) {
  const { engine } = app

  return {
    'outbox.list': () => outboxView(app),

    'offline.set': async ({ on }) => {
      const was = engine.outbox.isOffline()
      engine.outbox.setOffline(on)
      if (was && !on && app.stays) startPush(app)
      app.changed()
      return outboxView(app)
    },

    'outbox.remove': async ({ backupId, placeId, evenUnsaved }) => {
      const removed = await engine.outbox.remove(engine.backups.get(backupId).id, placeId, evenUnsaved)
      app.changed()
      return { removed }
    },

    'outbox.clear': async ({ evenUnsaved }) => {
      const outcome = await engine.outbox.clear(evenUnsaved)
      app.changed()
      return outcome
    },
  } satisfies Partial<Handlers>
}

async function outboxView({ engine }: AppContext): Promise<Outbox> {
  const { destinations } = await engine.configuration.read()
  const nameOf = (placeId: string) => destinations.find(({ id }) => id === placeId)?.name ?? placeId
  const { offline, items, spoolBytes, spoolLimitBytes } = await engine.outbox.read()
  return {
    offline,
    spoolBytes,
    spoolLimitBytes,
    logs: (await engine.databases.waiting()).map(({ database, destinationId, files }) => ({
      databaseId: database.id,
      databaseName: database.name,
      placeId: destinationId,
      placeName: nameOf(destinationId),
      files,
    })),
    items: items.flatMap(({ backup, copy, isSavedElsewhere }) =>
      copy.state === 'synced' || copy.state === 'removing'
        ? []
        : [
            {
              backupId: backup.id,
              planName: backup.planName,
              createdAt: isoTime(backup.createdMs),
              placeId: copy.destinationId,
              placeName: nameOf(copy.destinationId),
              state: copy.state,
              sizeBytes: backup.sizeBytes,
              attempts: copy.attempts,
              error: copy.error && storedToWire(copy.error),
              isSavedElsewhere,
            },
          ],
    ),
  }
}
