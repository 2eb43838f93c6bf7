import { join } from 'node:path'
import type { Workspace } from '../../catalogue/workspace.ts'
import { cpuCount } from '../../env/node/threads.ts'
import { randomHex } from '../../env/random.ts'
import type { Secret } from '../../env/secrets.ts'
import type { BackupRow } from '../../model/backup.ts'
import { EverstowError } from '../../model/errors.ts'
import { ALL_DATABASES, type PostgresSource } from '../../model/postgres-source.ts'
import { askServer, majorOf, query, type ServerFacts } from '../../sources/postgres/ask-server.ts'
import { type Connection, withConnection } from '../../sources/postgres/connection.ts'
import { mustRun } from '../../sources/postgres/must-run.ts'
import { findPostgresProgram } from '../../sources/postgres/programs.ts'
import { restoreSettings } from './database-settings.ts'
import { type DatabaseRestoreDeps, type DumpedDatabase, fetchFiles, findDumps } from './fetch-dump.ts'
import { createDatabase, identifier, MAINTENANCE, makeRoles } from './make-database.ts'

export interface DatabaseRestore {
  readonly backup: BackupRow
  /** Which database of the backup; absent where there is one. */
  readonly database?: string
  /** The server, and the name of the database that is made there. */
  readonly into: PostgresSource
  /** Makes the roles that the server does not have. */
  readonly withRoles: boolean
  /** Everything then belongs to whoever restores. */
  readonly noOwners: boolean
  /** A database of that name makes way: it is kept under another name. */
  readonly replace: boolean
  /** Absent: the one that is kept for that server. */
  readonly password?: Secret
  /** Only this copy. */
  readonly destinationId?: string
  readonly signal: AbortSignal
  readonly onStep?: (step: 'fetching' | 'restoring') => void
}

export interface DatabaseRestored {
  readonly database: string
  readonly takenAt: string
  readonly tables: number
  /** Under which name the database that was there is kept. */
  readonly keptAs: string | undefined
  /** Settings of the database that the server did not take. */
  readonly notTaken: readonly string[]
  readonly destinationId: string | undefined
}

/** A name that only this makes; what a killed restore left under such a name goes when the next one begins. */
const TEMPORARY = '_everstow_'
const MOST_JOBS = 4
/** The longest name of a database, in bytes. */
const LONGEST_NAME = 63

/**
 * Restores a database of a backup into a server, under a name that is not there yet. It is made under a temporary name and gets its own when it is whole:
 * killed at any moment, nothing half-restored carries it. Throws `no-database-in-backup`, `postgres-…`, and what a restore of files throws.
 */
export async function restoreDatabase(
  deps: DatabaseRestoreDeps,
  request: DatabaseRestore,
): Promise<DatabaseRestored> {
  const { env, paths } = deps.workspace
  const { into, signal } = request
  if (into.database === ALL_DATABASES)
    throw new EverstowError('database-address', { data: { part: ALL_DATABASES } })
  const scratch = join(paths.home, 'scratch', `database-${randomHex(env.random, 8)}`)
  await env.files.mkdir(scratch, { mode: 0o700 })
  try {
    return await withConnection(
      env,
      into,
      scratch,
      async (connection) => {
        // Before anything is fetched: whether it can go there at all.
        const server = await askServer(env, atPostgres(connection), signal)
        const there = await lookAt(env, connection, server, request)
        const dump = await findPostgresProgram(env.files, 'pg_restore', majorOf(server), { orNewer: true })
        request.onStep?.('fetching')
        const fetched = await fetchDump(deps, request, scratch)
        request.onStep?.('restoring')
        if (request.withRoles) await makeRoles(env, connection, fetched.globals, signal)
        const temporary = temporaryName(into.database, randomHex(env.random, 4))
        await dropLeftovers(env, connection, server, into.database)
        await createDatabase(env, connection, temporary, fetched.facts, signal)
        try {
          await mustRun(connection, {
            program: dump.path,
            signal,
            args: [
              '--exit-on-error',
              '--no-password',
              `--jobs=${Math.min(MOST_JOBS, cpuCount())}`,
              ...(request.noOwners ? ['--no-owner', '--no-privileges'] : []),
              `--dbname=${connection.conninfo(temporary)}`,
              fetched.path,
            ],
          })
          const tables = Number(await query(env, connection, temporary, TABLES_QUERY, signal))
          const notTaken = await restoreSettings(
            env,
            connection,
            {
              program: dump.path,
              path: fetched.path,
              database: fetched.facts.name,
              newName: temporary,
              scratch,
              noOwners: request.noOwners,
            },
            signal,
          )
          const keptAs = there === 'full' ? keptName(into.database, env.clock.now()) : undefined
          await giveItsName(env, connection, temporary, into.database, there, keptAs, signal)
          return {
            database: into.database,
            takenAt: fetched.takenAt,
            tables,
            keptAs,
            notTaken,
            destinationId: fetched.destinationId,
          }
        } catch (error) {
          await drop(env, connection, temporary)
          throw error
        }
      },
      request.password,
    )
  } finally {
    await env.files.removeTree(scratch)
  }
}

const TABLES_QUERY = `SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
  WHERE relkind IN ('r', 'p') AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'`
/** Anything a person made. */
const HOLDS_QUERY = `SELECT EXISTS (SELECT FROM pg_class WHERE oid >= 16384)
  OR EXISTS (SELECT FROM pg_proc WHERE oid >= 16384) OR EXISTS (SELECT FROM pg_type WHERE oid >= 16384)
  OR EXISTS (SELECT FROM pg_largeobject_metadata) OR EXISTS (SELECT FROM pg_namespace WHERE oid >= 16384)`
const atPostgres = (connection: Connection): Connection => ({
  ...connection,
  source: { ...connection.source, database: MAINTENANCE },
})

type Engine = Pick<Workspace['env'], 'files'>

/** What is under the wanted name: nothing, an empty database, or one that holds something and may only make way where that was said. */
async function lookAt(
  env: Engine,
  connection: Connection,
  { databases }: ServerFacts,
  { into, replace, signal }: DatabaseRestore,
): Promise<'nothing' | 'empty' | 'full'> {
  if (!databases.some(({ name }) => name === into.database)) return 'nothing'
  const holds = (await query(env, connection, into.database, HOLDS_QUERY, signal)) === 't'
  if (!holds) return 'empty'
  if (!replace)
    throw new EverstowError('postgres-database-exists', {
      data: { database: into.database, host: into.host ?? 'localhost' },
    })
  return 'full'
}

interface FetchedDump {
  readonly path: string
  readonly facts: DumpedDatabase
  readonly takenAt: string
  readonly globals: string
  readonly destinationId: string | undefined
}

/** Brings the dump of one database out of the backup. */
async function fetchDump(
  deps: DatabaseRestoreDeps,
  { database, ...wanted }: DatabaseRestore,
  scratch: string,
): Promise<FetchedDump> {
  const { servers } = await findDumps(deps, wanted, scratch, database)
  const found = servers.flatMap(({ databases }) => databases)
  const [server] = servers
  const [first, second] = found
  // Which one is meant is not guessed.
  if (!server || !first || second)
    throw new EverstowError('no-database-in-backup', {
      data: { databases: found.map(({ name }) => name).join(', ') },
    })
  const { prefix, facts } = server
  const paths = [`${prefix}/${first.file}`, `${prefix}/${facts.globals.file}`]
  const destinationId = await fetchFiles(deps, wanted, scratch, paths)
  return {
    path: join(scratch, prefix, first.file),
    facts: first,
    takenAt: facts.takenAt,
    globals: await deps.workspace.env.files.readText(join(scratch, prefix, facts.globals.file)),
    destinationId,
  }
}

/** From here on it is there under its name. What was there before is kept under another, or, where it was empty, dropped. */
async function giveItsName(
  env: Engine,
  connection: Connection,
  temporary: string,
  name: string,
  there: 'nothing' | 'empty' | 'full',
  keptAs: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const run = (sql: string) => query(env, connection, MAINTENANCE, sql, signal)
  const rename = (from: string, to: string) =>
    `ALTER DATABASE ${identifier(from)} RENAME TO ${identifier(to)};`
  if (there === 'empty') await run(`DROP DATABASE ${identifier(name)}`)
  const away = keptAs === undefined ? '' : rename(name, keptAs)
  await run(`BEGIN;\n${away}\n${rename(temporary, name)}\nCOMMIT;`)
}

/** What killed restores into this name left. One that somebody is connected to is still being made. */
async function dropLeftovers(
  env: Engine,
  connection: Connection,
  { databases }: ServerFacts,
  name: string,
): Promise<void> {
  const begins = temporaryName(name, '')
  for (const { name: other } of databases)
    if (other.startsWith(begins) && /^[0-9a-f]{8}$/.test(other.slice(begins.length)))
      await drop(env, connection, other)
}

/** Never fails: the error that leads here matters more, and what is left is dropped the next time. */
async function drop(env: Engine, connection: Connection, name: string): Promise<void> {
  await query(env, connection, MAINTENANCE, `DROP DATABASE IF EXISTS ${identifier(name)}`).catch(
    () => undefined,
  )
}

const temporaryName = (name: string, mark: string): string => `${shortened(name)}${TEMPORARY}${mark}`

/** When it was put aside, in the name, so that it is found and nothing is in its way. */
function keptName(name: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')
  return `${shortened(name)}_before_${time}`
}

/** Cut so that what is added still fits, never inside a character. */
function shortened(name: string): string {
  let short = name
  while (Buffer.byteLength(short) > LONGEST_NAME - 24) short = [...short].slice(0, -1).join('')
  return short
}
