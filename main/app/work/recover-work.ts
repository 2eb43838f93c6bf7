import type { DatabaseProofReport, DatabaseTidyReport } from '../../contract/index.ts'
import type { Destination } from '../../engine/model/destination.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import type { ProtectedDatabase } from '../../engine/model/protected-database.ts'
import { parseRecoveryTarget, shellWord } from '../../engine/model/recovery.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import type { AppContext } from '../app-context.ts'
import { isoTime } from '../wire/backup-view.ts'
import { storedToWire } from '../wire/wire-error.ts'
import { startBackup } from './backup-work.ts'
import { recorded } from './recorded.ts'
import { placeNames } from './snapshot-work.ts'

/** Takes a base backup of a database and brings it to its places. */
export function startBase(
  app: AppContext,
  database: ProtectedDatabase,
  destinations: readonly Destination[],
): string {
  const order = app.engine.databases.baseOrder(database, destinations)
  return startBackup(app, { ...order, exclude: [], excludePresets: [], format: 'snapshot' })
}

/** What is recovered, and where to. */
export interface RecoverOrder {
  readonly name: string
  readonly to: string
  readonly timeline?: number | undefined
  readonly into: string
  readonly placeId?: string | undefined
}

/** Prepares a cluster as of a moment. */
export function startRecovery(app: AppContext, { name, to, timeline, into, placeId }: RecoverOrder): string {
  const target = parseRecoveryTarget(to)
  if (!target) throw new EverstowError('invalid-input', { data: { field: 'to', value: to } })
  const about = { kind: 'recover' as const, label: name, phase: 'restoring' as const }
  return app.runs.start(about, (control) =>
    recorded(app, 'recover', {}, async () => {
      const nameOf = await placeNames(app)
      const { destinationId, knownUntilMs, serverVersion, ...prepared } = await app.engine.databases.recover({
        name,
        target,
        into,
        ...(timeline === undefined ? {} : { timeline }),
        ...(placeId === undefined ? {} : { destinationId: placeId }),
        signal: control.signal,
        onProgress: ({ bytes, bytesTotal }) => control.update({ bytes, bytesTotal }),
      })
      const recovery = {
        ...prepared,
        placeName: nameOf(destinationId),
        knownUntil: isoTime(knownUntilMs),
        command: startCommand(prepared.into, serverVersion),
      }
      control.update({ recovery, state: 'done' })
      return 'done'
    }),
  )
}

/** Restores the latest state of a database for a trial. */
export function startDatabaseProof(app: AppContext, name: string): string {
  const about = { kind: 'prove' as const, label: name, phase: 'verifying' as const }
  return app.runs.start(about, (control) =>
    recorded(app, 'prove', {}, async () => {
      const nameOf = await placeNames(app)
      const proven = await app.engine.databases.prove(name, control.signal)
      const databaseProof: DatabaseProofReport = {
        ok: proven.ok,
        baseId: proven.baseId,
        placeName: nameOf(proven.destinationId),
        knownUntil: isoTime(Math.floor(proven.knownUntilMs)),
        tables: proven.tables,
        rows: proven.rows,
        counts: [...proven.counts],
      }
      control.update({ databaseProof, state: 'done' })
      return 'done'
    }),
  )
}

/** Removes what no kept moment of a database needs any more. */
export function startDatabaseTidy(app: AppContext, name: string, dryRun: boolean): string {
  const about = { kind: 'tidy' as const, label: name, phase: 'removing' as const }
  return app.runs.start(about, async (control) => {
    const work = async () => {
      const nameOf = await placeNames(app)
      const reports = await app.engine.databases.tidy(name, { dryRun, signal: control.signal })
      const databaseTidy: DatabaseTidyReport = {
        dryRun,
        places: reports.map(({ destinationId, bases, objects, bytes, keptFrom, error }) => ({
          placeName: nameOf(destinationId),
          bases: [...bases],
          objects,
          bytes,
          ...(keptFrom === undefined ? {} : { keptFrom }),
          ...(error ? { error: storedToWire(storedErrorOf(error)) } : {}),
        })),
      }
      const outcome = reports.some(({ error }) => error) ? 'incomplete' : 'done'
      control.update({ databaseTidy, state: outcome })
      return outcome
    }
    if (dryRun) await work()
    else await recorded(app, 'tidy', {}, work)
  })
}

/** Debian and its kin keep the server's programs off the path. */
function startCommand(into: string, serverVersion: number): string {
  const major = Math.floor(serverVersion / 10_000)
  return `/usr/lib/postgresql/${major}/bin/pg_ctl -D ${shellWord(into)} -l ${shellWord(`${into}.log`)} start`
}
