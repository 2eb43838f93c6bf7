import type { Env } from '../../env/env.ts'
import type { Secret } from '../../env/secrets.ts'
import { EverstowError } from '../../model/errors.ts'
import { ALL_DATABASES, type PostgresSource } from '../../model/postgres-source.ts'
import { askServer, majorOf, type ServerFacts } from './ask-server.ts'
import { withConnection } from './connection.ts'
import { findPostgresProgram } from './programs.ts'

/**
 * Whether a database can be backed up from here: its server answers and lets us in, the database is there, and the programs here are new enough.
 * Gives what the server says. Throws `postgres-…`.
 */
export function testServer(
  env: Env,
  source: PostgresSource,
  scratch: string,
  options: { readonly trial?: Secret; readonly signal?: AbortSignal },
): Promise<ServerFacts> {
  const { trial, signal } = options
  return withConnection(
    env,
    source,
    scratch,
    async (connection) => {
      const facts = await askServer(env, connection, signal)
      for (const name of ['pg_dump', 'pg_dumpall', 'pg_restore'] as const)
        await findPostgresProgram(env.files, name, majorOf(facts), { orNewer: true })
      const isThere =
        source.database === ALL_DATABASES || facts.databases.some(({ name }) => name === source.database)
      if (!isThere)
        throw new EverstowError('postgres-database-missing', {
          data: { database: source.database, host: source.host ?? 'localhost' },
        })
      return facts
    },
    trial,
  )
}
