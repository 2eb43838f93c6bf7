import type { Env } from '../../env/env.ts'
import { asEverstowError } from '../../model/errors.ts'
import { query } from '../../sources/postgres/ask-server.ts'
import type { Connection } from '../../sources/postgres/connection.ts'
import { mustRun } from '../../sources/postgres/must-run.ts'
import { identifier, MAINTENANCE } from './make-database.ts'

/** A statement about a database as a whole, for its new name. */
export interface DatabaseSetting {
  readonly sql: string
  /** What it is about, without values: a setting may hold a secret. */
  readonly about: string
  /** It is about roles and their rights. */
  readonly isOfRoles: boolean
}

const NAME = '(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)'
const GRANTEE = `(?:PUBLIC|${NAME})`
const TEXT = "(?:E'(?:[^'\\\\]|''|\\\\[\\s\\S])*'|'(?:[^'\\\\]|'')*')"
const SET = `SET (?<about>${NAME}(?:\\.${NAME})*) TO ${TEXT}(?:, ${TEXT})*`
const RIGHTS = '(?<about>[A-Z]+(?:, ?[A-Z]+)*)'
/** Everything that `pg_restore` writes about a database, besides what makes it: the part before its name, and the part behind it. */
const SHAPES: readonly { readonly before: string; readonly behind: string; readonly isOfRoles: boolean }[] = [
  { before: 'ALTER DATABASE', behind: SET, isOfRoles: false },
  { before: 'ALTER DATABASE', behind: '(?<about>CONNECTION LIMIT) = -?\\d+', isOfRoles: false },
  { before: '(?<about>COMMENT) ON DATABASE', behind: `IS ${TEXT}`, isOfRoles: false },
  { before: `ALTER ROLE ${NAME} IN DATABASE`, behind: SET, isOfRoles: true },
  { before: `GRANT ${RIGHTS} ON DATABASE`, behind: `TO ${GRANTEE}(?: WITH GRANT OPTION)?`, isOfRoles: true },
  {
    before: `REVOKE (?:GRANT OPTION FOR )?${RIGHTS} ON DATABASE`,
    behind: `FROM ${GRANTEE}`,
    isOfRoles: true,
  },
]
const PATTERNS = SHAPES.map(({ before, behind, isOfRoles }) => ({
  pattern: new RegExp(`^(?<before>${before}) (?<name>${NAME}) (?<behind>${behind})$`),
  isOfRoles,
}))
/** Between statements: blanks, remarks, and commands to psql. */
const BETWEEN = /(?:\s+|--[^\n]*\n?|\\[^\n]*\n?)+/y
/** To the semicolon that is in no text and no name. */
const STATEMENT = /((?:E'(?:[^'\\]|''|\\[\s\S])*'|'[^']*'|"[^"]*"|[^'";])+);/y
/** What is not only about the session that would run the script. The new database belongs to whoever restores it, so its owner is none of it. */
const OF_DATABASES = /^(?:ALTER DATABASE|ALTER ROLE|COMMENT|GRANT|REVOKE|SECURITY LABEL)(?!.* OWNER TO )/
const ENTRY = /^\d+; \d+ \d+ (?:DATABASE PROPERTIES|ACL - DATABASE|COMMENT - DATABASE) /

/**
 * Takes from what `pg_restore --create` writes what is about the database as a whole, said of another name. Only statements of a shape that is known, about
 * that database: whatever else stands there is not run, and is told (`unknown`: how it begins).
 */
export function settingsFor(
  script: string,
  database: string,
  newName: string,
): { readonly settings: readonly DatabaseSetting[]; readonly unknown: readonly string[] } {
  const settings: DatabaseSetting[] = []
  const unknown: string[] = []
  for (let at = 0; at < script.length; ) {
    BETWEEN.lastIndex = at
    if (BETWEEN.test(script)) at = BETWEEN.lastIndex
    STATEMENT.lastIndex = at
    const statement = STATEMENT.exec(script)?.[1]
    if (statement === undefined) break
    at = STATEMENT.lastIndex
    const setting = settingOf(statement, database, newName)
    if (setting) settings.push(setting)
    else unknown.push(...(OF_DATABASES.exec(statement) ?? []))
  }
  return { settings, unknown }
}

function settingOf(statement: string, database: string, newName: string): DatabaseSetting | undefined {
  for (const { pattern, isOfRoles } of PATTERNS) {
    const { before, name, behind, about = '' } = pattern.exec(statement)?.groups ?? {}
    if (name === identifier(database) || name === database)
      return { sql: `${before} ${identifier(newName)} ${behind}`, about, isOfRoles }
  }
  return undefined
}

/** Which dump, and where it was restored into. */
export interface RestoredDump {
  /** PostgreSQL's own program `pg_restore`. */
  readonly program: string
  readonly path: string
  readonly database: string
  readonly newName: string
  /** A folder for what only we read. */
  readonly scratch: string
  /** Rights and roles are left out. */
  readonly noOwners: boolean
}

/**
 * Gives a restored database what was set for the dumped one as a whole: settings, its limit, its comment, and rights to it. Gives what the server did not take,
 * without values. Throws `postgres-role-missing`, `cancelled`.
 */
export async function restoreSettings(
  env: Pick<Env, 'files' | 'log'>,
  connection: Connection,
  { program, path, database, newName, scratch, noOwners }: RestoredDump,
  signal: AbortSignal,
): Promise<string[]> {
  const entries = await mustRun(connection, { program, args: ['--create', '--list', path], signal })
  const wanted = entries.split('\n').filter((line) => ENTRY.test(line))
  if (wanted.length === 0) return []
  const list = `${scratch}/settings.list`
  await env.files.writeAtomic(list, `${wanted.join('\n')}\n`, { mode: 0o600 })
  const args = ['--create', `--use-list=${list}`, '--file=-', path]
  const script = await mustRun(connection, { program, args, signal })
  const { settings, unknown } = settingsFor(script, database, newName)
  const refused = [...unknown]
  for (const { sql, about, isOfRoles } of settings) {
    if (isOfRoles && noOwners) continue
    try {
      await query(env, connection, MAINTENANCE, sql, signal)
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code !== 'postgres-failed' && error.code !== 'postgres-permission') throw error
      env.log.area('restore').warn('a setting of a database was not taken', { about })
      refused.push(about)
    }
  }
  return refused
}
