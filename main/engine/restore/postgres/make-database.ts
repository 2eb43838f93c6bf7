import type { Env } from '../../env/env.ts'
import { query } from '../../sources/postgres/ask-server.ts'
import type { Connection } from '../../sources/postgres/connection.ts'
import type { DumpedDatabase } from './fetch-dump.ts'
import { missingRoles } from './missing-roles.ts'

/** The database that every server has, for what is done from outside of others. */
export const MAINTENANCE = 'postgres'

/** A name as SQL wants it. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Makes the roles of a dump that a server does not have. */
export async function makeRoles(
  env: Pick<Env, 'files'>,
  connection: Connection,
  globals: string,
  signal: AbortSignal,
): Promise<void> {
  const names = await query(env, connection, MAINTENANCE, 'SELECT json_agg(rolname) FROM pg_roles', signal)
  const sql = missingRoles(globals, new Set(JSON.parse(names) as string[]))
  if (sql !== '') await query(env, connection, MAINTENANCE, `BEGIN;\n${sql}\nCOMMIT;`, signal)
}

/** Makes an empty database. Encoding and sorting are a database's for ever, so they come from the one that was dumped. */
export async function createDatabase(
  env: Pick<Env, 'files'>,
  connection: Connection,
  name: string,
  { encoding, collate, ctype }: Pick<DumpedDatabase, 'encoding' | 'collate' | 'ctype'>,
  signal: AbortSignal,
): Promise<void> {
  const words = `ENCODING ${literal(encoding)} LC_COLLATE ${literal(collate)} LC_CTYPE ${literal(ctype)}`
  const sql = `CREATE DATABASE ${identifier(name)} TEMPLATE template0 ${words}`
  await query(env, connection, MAINTENANCE, sql, signal)
}
