import { Secret } from '../env/secrets.ts'
import type { Destination } from '../model/destination.ts'
import { parsePostgresSource, postgresSecretName } from '../model/postgres-source.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import type { RecoveryTarget } from '../model/recovery.ts'
import { archiveWal } from './archive-wal.ts'
import { archivingOf } from './archiving.ts'
import { baseOrder } from './base-backup.ts'
import { type CheckWalOptions, checkWal } from './check-wal.ts'
import { coverageAt } from './coverage-at.ts'
import { damagedWal } from './damaged-wal.ts'
import { deliverWal } from './deliver-wal.ts'
import type { DatabaseDeps } from './deps.ts'
import { addDatabase, type DatabaseDescription, findDatabase, removeDatabase } from './edit-databases.ts'
import { fetchWal } from './fetch-wal.ts'
import { findAnywhere } from './find-archived.ts'
import { lookAtLog } from './guard.ts'
import { lastProof, proveDatabase } from './prove-database.ts'
import { type RecoverVerbs, recoverCluster } from './recover-cluster.ts'
import { type TidyVerbs, tidyDatabase } from './tidy-database.ts'
import { waitingWal } from './wal-queue.ts'

/** What a person wants back, and where. */
export interface RecoveryOrder {
  readonly name: string
  readonly target: RecoveryTarget
  readonly timeline?: number
  readonly into: string
  readonly destinationId?: string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: { readonly bytes: number; readonly bytesTotal: number }) => void
}

/** The verbs over clusters under continuous protection. */
export function openDatabases(deps: DatabaseDeps, verbs: RecoverVerbs & TidyVerbs) {
  const { workspace } = deps
  const find = (idOrName: string) => findDatabase(workspace, idOrName)
  return {
    find,
    async add(description: DatabaseDescription, password: string | undefined, signal: AbortSignal) {
      const secret = postgresSecretName(parsePostgresSource(description.url))
      if (password) await workspace.env.secrets.set(secret, new Secret(password))
      return addDatabase(deps, description, signal)
    },
    remove: (id: string) => removeDatabase(workspace, id),
    archiveWal: async (idOrName: string, path: string, signal: AbortSignal) =>
      archiveWal(deps, await find(idOrName), path, signal),
    fetchWal: async (idOrName: string, name: string, into: string, signal: AbortSignal) =>
      fetchWal(deps, await findAnywhere(deps, idOrName, signal), name, into, signal),
    coverage: async (idOrName: string, signal: AbortSignal, destinationId?: string) =>
      coverageAt(deps, verbs.readFile, await findAnywhere(deps, idOrName, signal), signal, destinationId),
    guard: async (idOrName: string, signal: AbortSignal) => lookAtLog(deps, await find(idOrName), signal),
    /** Brings to all destinations of all databases what they lack of the log. */
    async deliver(signal: AbortSignal) {
      const { databases } = await workspace.configuration.read()
      const deliveries = []
      for (const database of databases)
        for (const delivery of await deliverWal(deps, database, signal))
          deliveries.push({ database, ...delivery })
      return deliveries
    },
    /** Reads the logs of all databases back, and mends them if so wished. */
    async check(options: CheckWalOptions) {
      const { databases } = await workspace.configuration.read()
      const checks = []
      for (const database of databases)
        for (const checked of await checkWal(deps, database, options)) checks.push({ database, ...checked })
      return checks
    },
    /** How many files of a log the last check found damaged in a destination and could not mend. */
    damagedAt: (id: string, destinationId: string) =>
      damagedWal(workspace.database, id, destinationId).length,
    /** What destinations lack of the logs, because it waits here. */
    waiting: () => waitingWal(workspace),
    archiving: (id: string) => archivingOf(workspace, id),
    lastProof: (id: string) => lastProof(workspace, id),
    baseOrder: (database: ProtectedDatabase, destinations: readonly Destination[]) =>
      baseOrder(deps, database, destinations),
    /** Restores the latest state for a trial. */
    prove: async (idOrName: string, signal: AbortSignal) =>
      proveDatabase(deps, verbs, await find(idOrName), signal),
    /** Removes what no kept moment needs any more, or says what that would be. */
    tidy: async (idOrName: string, options: { readonly dryRun: boolean; readonly signal: AbortSignal }) =>
      tidyDatabase(deps, verbs, await find(idOrName), options),
    recover: async ({ name, ...request }: RecoveryOrder) =>
      recoverCluster(deps, verbs, { ...request, database: await findAnywhere(deps, name, request.signal) }),
  }
}
