import { Secret } from '../../engine/engine.ts'
import { parsePostgresSource, postgresSourceText } from '../../engine/model/postgres-source.ts'
import type { AppContext } from '../app-context.ts'
import type { Handlers } from '../server/contract-server.ts'
import { startDatabaseRestore, startDumpProof } from '../work/database-work.ts'

/** Calls about PostgreSQL databases. */
export function postgresHandlers(app: AppContext) {
  const { engine } = app

  return {
    'postgres.test': async ({ source, password }, { signal }) => {
      const parsed = parsePostgresSource(source)
      const facts = await engine.postgres.test(parsed, {
        signal,
        ...(password === undefined ? {} : { trial: new Secret(password) }),
      })
      return {
        source: postgresSourceText(parsed),
        serverVersion: versionText(facts.versionNumber),
        databases: facts.databases.map(({ name, sizeBytes }) => ({ name, sizeBytes })),
        canReadPasswords: facts.isSuperuser,
      }
    },

    'postgres.setPassword': async ({ source, password }) => {
      await engine.postgres.setPassword(
        parsePostgresSource(source),
        password === '' ? undefined : new Secret(password),
      )
      return { kept: password !== '' }
    },

    'postgres.restore': ({ backupId, into, password, ...order }) => ({
      runId: startDatabaseRestore(app, {
        ...order,
        backup: engine.backups.get(backupId),
        into: parsePostgresSource(into),
        ...(password === undefined ? {} : { password: new Secret(password) }),
      }),
    }),

    'postgres.prove': ({ backupId, ...order }) => ({
      runId: startDumpProof(app, { ...order, backup: engine.backups.get(backupId) }),
    }),
  } satisfies Partial<Handlers>
}

/** 150018 is 15.18 (PostgreSQL manual, `server_version_num`). */
function versionText(versionNumber: number): string {
  return `${Math.floor(versionNumber / 10_000)}.${versionNumber % 10_000}`
}
