import { join } from 'node:path'
import * as z from 'zod'
import type { Env } from '../../env/env.ts'
import { EverstowError } from '../../model/errors.ts'
import { ALL_DATABASES, type PostgresSource, postgresSourceText } from '../../model/postgres-source.ts'
import { askServer, databaseToAsk, majorOf, ServerFacts } from './ask-server.ts'
import { type Connection, withConnection } from './connection.ts'
import type { TableRows } from './count-rows.ts'
import { holdSnapshot } from './hold-snapshot.ts'
import { mustRun } from './must-run.ts'
import { findPostgresProgram } from './programs.ts'

/** What lies beside the dumps of a server and says what they are: for whoever restores them, with Everstow or without. */
export const DumpFacts = z.object({
  version: z.literal(1),
  /** The address, without a password. */
  source: z.string(),
  takenAt: z.iso.datetime(),
  serverVersion: z.number().int(),
  dumpVersion: z.number().int(),
  /** Roles and tablespaces; whether with the hashes of passwords, which only a superuser can read. */
  globals: z.object({ file: z.string(), hasPasswords: z.boolean() }),
  databases: z.array(
    ServerFacts.shape.databases.element.extend({
      file: z.string(),
      /** How many rows each table had in the state that was dumped; absent where nobody counted them. */
      tables: z.array(z.object({ table: z.string(), rows: z.number().int() })).optional(),
    }),
  ),
})
export type DumpFacts = z.infer<typeof DumpFacts>

export const FACTS_FILE = 'database.json'
const GLOBALS_FILE = 'globals.sql'

export interface DumpWatch {
  readonly signal: AbortSignal
  /** Bytes written so far, and the database that is dumped; about twice a second. */
  readonly onProgress?: (bytes: number, database: string) => void
}

/**
 * Dumps a database, or every database of a server, into a folder: `<name>.dump` each (pg_dump's own format, `pg_restore` reads it), `globals.sql` with roles and
 * tablespaces, `database.json` with the facts. Each dump is one consistent state; it is not compressed, so that the next one has most of its bytes in common
 * with it. Gives the paths. Throws `postgres-…`, `disk-full`, `cancelled`; what was begun is left for the caller to remove.
 */
export function dumpServer(
  env: Env,
  source: PostgresSource,
  folder: string,
  watch: DumpWatch,
): Promise<string[]> {
  return withConnection(env, source, folder, async (connection) => {
    const server = await askServer(env, connection, watch.signal)
    const dump = await findPostgresProgram(env.files, 'pg_dump', majorOf(server), { orNewer: true })
    const wanted = server.databases.filter(
      ({ name }) => source.database === ALL_DATABASES || name === source.database,
    )
    if (wanted.length === 0)
      throw new EverstowError('postgres-database-missing', {
        data: { database: source.database, host: source.host ?? 'localhost' },
      })
    await refuseWithoutSpace(env, folder, wanted)
    const takenAt = new Date(env.clock.now()).toISOString()
    const databases: DumpFacts['databases'] = []
    let doneBytes = 0
    for (const facts of wanted) {
      const file = `${fileNameOf(facts.name)}.dump`
      const path = join(folder, file)
      const stopWatching = watchSize(env, path, (bytes) => watch.onProgress?.(doneBytes + bytes, facts.name))
      let tables: readonly TableRows[] | undefined
      try {
        tables = await dumpDatabase(env, connection, dump.path, facts.name, path, watch.signal)
      } finally {
        stopWatching()
      }
      doneBytes += (await env.files.stat(path))?.sizeBytes ?? 0
      databases.push({ ...facts, file, ...(tables ? { tables: [...tables] } : {}) })
    }
    const hasPasswords = await dumpGlobals(env, connection, majorOf(server), folder, watch.signal)
    const facts: DumpFacts = {
      version: 1,
      source: postgresSourceText(source),
      takenAt,
      serverVersion: server.versionNumber,
      dumpVersion: dump.major,
      globals: { file: GLOBALS_FILE, hasPasswords },
      databases,
    }
    await env.files.writeAtomic(join(folder, FACTS_FILE), `${JSON.stringify(facts, undefined, 2)}\n`, {
      mode: 0o600,
    })
    return [...databases.map(({ file }) => file), GLOBALS_FILE, FACTS_FILE].map((name) => join(folder, name))
  })
}

/** Dumps a database and counts its rows as of the same moment. */
async function dumpDatabase(
  env: Env,
  connection: Connection,
  program: string,
  database: string,
  path: string,
  signal: AbortSignal,
): Promise<readonly TableRows[] | undefined> {
  const held = await holdSnapshot(env, connection, database, signal)
  // Into a file and not a pipe: only then it says where each table lies, and `pg_restore` can take single tables, and several at once.
  const args = [
    '--format=custom',
    '--compress=0',
    '--no-password',
    `--file=${path}`,
    `--dbname=${connection.conninfo(database)}`,
    ...(held ? [`--snapshot=${held.id}`] : []),
  ]
  let tables: readonly TableRows[] | undefined
  try {
    // Both read every table: together, each page is read from the disk once.
    const dumped = mustRun(connection, { program, args, signal })
    const [, counted] = await Promise.all([dumped, held?.count()])
    tables = counted
  } finally {
    await held?.release()
  }
  // A dump whose table of contents cannot be read is none, whatever the program says of itself.
  const { path: restore } = await findPostgresProgram(env.files, 'pg_restore', 0, { orNewer: true })
  await mustRun(connection, { program: restore, args: ['--list', path], signal })
  return tables
}

/** Roles and tablespaces. Only a superuser can read the hashes of passwords; others get the rest. */
async function dumpGlobals(
  { files }: Env,
  connection: Connection,
  major: number,
  folder: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { path: program } = await findPostgresProgram(files, 'pg_dumpall', major, { orNewer: true })
  const args = [
    '--globals-only',
    '--no-password',
    `--file=${join(folder, GLOBALS_FILE)}`,
    `--dbname=${connection.conninfo(databaseToAsk(connection))}`,
  ]
  try {
    await mustRun(connection, { program, args, signal })
    return true
  } catch (error) {
    if (!(error instanceof EverstowError) || error.code !== 'postgres-permission') throw error
    await mustRun(connection, { program, args: [...args, '--no-role-passwords'], signal })
    return false
  }
}

/** Indexes are not dumped, and what is stored out of line comes out compressed or not: what the server holds is a fair guess, and better known before than after. */
async function refuseWithoutSpace(
  env: Env,
  folder: string,
  databases: readonly { readonly sizeBytes: number }[],
): Promise<void> {
  const neededBytes = databases.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const { freeBytes } = await env.files.space(folder)
  if (freeBytes < neededBytes) throw new EverstowError('disk-full', { data: { path: folder } })
}

const LOOK_MS = 500

function watchSize({ clock, files }: Env, path: string, tell: (bytes: number) => void): () => void {
  return clock.every(LOOK_MS, () => {
    void files.stat(path).then(
      (stat) => tell(stat?.sizeBytes ?? 0),
      () => undefined,
    )
  })
}

/** A name of a database may hold anything; its file's may not. */
function fileNameOf(database: string): string {
  const name = database.replaceAll(/[^\p{L}\p{N} ._-]/gu, (character) => encodeURIComponent(character))
  return name.startsWith('.') ? `%2E${name.slice(1)}` : name
}
