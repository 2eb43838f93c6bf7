import type { DatabaseRestore } from '../../engine/engine.ts'
import type { AppContext } from '../app-context.ts'
import { recorded } from './recorded.ts'

/** What is restored, and into which server. */
export interface DatabaseRestoreOrder
  extends Omit<DatabaseRestore, 'signal' | 'onStep' | 'database' | 'destinationId'> {
  readonly database?: string | undefined
  readonly placeId?: string | undefined
}

/** Restores a database of a backup into a server. */
export function startDatabaseRestore(app: AppContext, order: DatabaseRestoreOrder): string {
  const { engine } = app
  const { placeId, database, ...rest } = order
  const host = order.into.host ?? 'localhost'
  const about = {
    kind: 'restore' as const,
    label: `${order.into.database} (${host})`,
    backupId: order.backup.id,
    phase: 'preparing' as const,
  }
  return app.runs.start(about, (control) =>
    recorded(app, 'restore', { backupId: order.backup.id }, async () => {
      const { destinationId, takenAt, tables, keptAs, ...restored } = await engine.postgres.restore({
        ...rest,
        ...(database === undefined ? {} : { database }),
        ...(placeId === undefined ? {} : { destinationId: placeId }),
        signal: control.signal,
        onStep: (step) => control.update({ phase: step === 'fetching' ? 'reading' : 'restoring' }),
      })
      const { destinations } = await engine.configuration.read()
      control.update({
        state: 'done',
        database: {
          database: restored.database,
          host,
          takenAt,
          tables,
          keptAs,
          fromPlace: destinations.find(({ id }) => id === destinationId)?.name,
        },
      })
      return 'done'
    }),
  )
}
