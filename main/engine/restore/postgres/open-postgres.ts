import { join } from 'node:path'
import type { Secret } from '../../env/secrets.ts'
import { type PostgresSource, postgresSecretName } from '../../model/postgres-source.ts'
import { testServer } from '../../sources/postgres/test-server.ts'
import type { DatabaseRestoreDeps } from './fetch-dump.ts'
import { type DumpTrial, proveDump } from './prove-dump.ts'
import { type DatabaseRestore, restoreDatabase } from './restore-database.ts'

/** The verbs over single databases: sources of plans, and what they are restored into. */
export function openPostgres(deps: DatabaseRestoreDeps) {
  const { env, paths } = deps.workspace
  return {
    /** What a server says of itself, if it can be backed up from here. */
    test: (source: PostgresSource, options: Parameters<typeof testServer>[3]) =>
      testServer(env, source, join(paths.home, 'scratch'), options),
    /** Keeps the password of a server's user; undefined forgets it. */
    async setPassword(source: PostgresSource, password: Secret | undefined): Promise<void> {
      const name = postgresSecretName(source)
      if (password) await env.secrets.set(name, password)
      else await env.secrets.delete(name)
    },
    restore: (request: DatabaseRestore) => restoreDatabase(deps, request),
    /** Restores the dumps of a backup for a trial. */
    prove: (trial: DumpTrial) => proveDump(deps, trial),
  }
}
