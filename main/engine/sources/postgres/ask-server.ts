import * as z from 'zod'
import type { Env } from '../../env/env.ts'
import { ALL_DATABASES } from '../../model/postgres-source.ts'
import type { Connection } from './connection.ts'
import { mustRun } from './must-run.ts'
import { findPostgresProgram } from './programs.ts'

/** What a server says of itself. */
export const ServerFacts = z.object({
  /** e.g. 150018 */
  versionNumber: z.number().int(),
  isSuperuser: z.boolean(),
  isInRecovery: z.boolean(),
  /** Those one can connect to, without templates. */
  databases: z.array(
    z.object({
      name: z.string(),
      sizeBytes: z.number(),
      encoding: z.string(),
      collate: z.string(),
      ctype: z.string(),
      owner: z.string(),
    }),
  ),
})
export type ServerFacts = z.infer<typeof ServerFacts>

const FACTS_QUERY = `SELECT json_build_object(
  'versionNumber', current_setting('server_version_num')::int,
  'isSuperuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
  'isInRecovery', pg_is_in_recovery(),
  'databases', (SELECT coalesce(json_agg(json_build_object(
      'name', datname, 'sizeBytes', CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) ELSE 0 END,
      'encoding', pg_encoding_to_char(encoding), 'collate', datcollate, 'ctype', datctype,
      'owner', pg_get_userbyid(datdba)) ORDER BY datname), '[]')
    FROM pg_database WHERE datallowconn AND NOT datistemplate))`

const PATIENCE_MS = 60_000
/** Any version's client can ask the few things we ask. */
const ANY_VERSION = 0

/** `psql` says values without decoration, a row a line, and ends with the first error. */
export const PSQL_WORDS = [
  '--no-psqlrc',
  '--no-password',
  '--quiet',
  '--tuples-only',
  '--no-align',
  '--set=ON_ERROR_STOP=1',
] as const

export const majorOf = ({ versionNumber }: Pick<ServerFacts, 'versionNumber'>): number =>
  Math.floor(versionNumber / 10_000)

/** The database to connect to for questions about the whole server. */
export function databaseToAsk({ source }: Connection): string {
  return source.database === ALL_DATABASES ? 'postgres' : source.database
}

/** Asks a server what it is. Throws `postgres-…` errors. */
export async function askServer(
  env: Pick<Env, 'files'>,
  connection: Connection,
  signal?: AbortSignal,
): Promise<ServerFacts> {
  const answer = await query(env, connection, databaseToAsk(connection), FACTS_QUERY, signal)
  return ServerFacts.parse(JSON.parse(answer))
}

/** Runs SQL in a database and gives what it says: values without decoration, a row a line. Throws `postgres-…` errors. */
export async function query(
  { files }: Pick<Env, 'files'>,
  connection: Connection,
  database: string,
  sql: string,
  signal?: AbortSignal,
): Promise<string> {
  const { path } = await findPostgresProgram(files, 'psql', ANY_VERSION, { orNewer: true })
  const said = await mustRun(connection, {
    program: path,
    args: [...PSQL_WORDS, `--dbname=${connection.conninfo(database)}`, '--file=-'],
    input: sql,
    timeoutMs: PATIENCE_MS,
    ...(signal ? { signal } : {}),
  })
  return said.trimEnd()
}
