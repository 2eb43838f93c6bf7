import type { DumpProofReport } from '../../contract/index.ts'
import type { DatabaseRestore } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import type { AppContext } from '../app-context.ts'
import { storedToWire } from '../wire/wire-error.ts'
import { recorded } from './recorded.ts'
import { placeNames } from './snapshot-work.ts'

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
      const { destinationId, takenAt, tables, keptAs, notTaken, ...restored } = await engine.postgres.restore(
        {
          ...rest,
          ...(database === undefined ? {} : { database }),
          ...(placeId === undefined ? {} : { destinationId: placeId }),
          signal: control.signal,
          onStep: (step) => control.update({ phase: step === 'fetching' ? 'reading' : 'restoring' }),
        },
      )
      const { destinations } = await engine.configuration.read()
      control.update({
        state: 'done',
        database: {
          database: restored.database,
          host,
          takenAt,
          tables,
          keptAs,
          notTaken: [...notTaken],
          fromPlace: destinations.find(({ id }) => id === destinationId)?.name,
        },
      })
      return 'done'
    }),
  )
}

/** Which dumps are tried, and from where. */
export interface DumpProofOrder {
  readonly backup: BackupRow
  readonly database?: string | undefined
  readonly placeId?: string | undefined
}

/** Restores the dumps of a backup for a trial. */
export function startDumpProof(app: AppContext, { backup, database, placeId }: DumpProofOrder): string {
  const { engine } = app
  const about = { kind: 'prove' as const, label: backup.id, backupId: backup.id, phase: 'verifying' as const }
  return app.runs.start(about, (control) =>
    recorded(app, 'prove', { backupId: backup.id }, async () => {
      const nameOf = await placeNames(app)
      const { dumps, destinationId, ...proven } = await engine.postgres.prove({
        backup,
        ...(database === undefined ? {} : { database }),
        ...(placeId === undefined ? {} : { destinationId: placeId }),
        signal: control.signal,
        onStep: (name) => control.update({ currentPath: name }),
      })
      const dumpProof: DumpProofReport = {
        ...proven,
        backupId: backup.id,
        ...(destinationId === undefined ? {} : { placeName: nameOf(destinationId) }),
        databases: dumps.map(({ differing, error, ...dump }) => ({
          ...dump,
          differing: [...differing],
          ...(error ? { error: storedToWire(storedErrorOf(error)) } : {}),
        })),
      }
      const outcome = proven.ok ? 'done' : 'incomplete'
      control.update({ dumpProof, state: outcome })
      return outcome
    }),
  )
}
