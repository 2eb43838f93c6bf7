import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { getFact, setFact } from '../catalogue/journal.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { runProgram } from '../env/node/run-program.ts'
import { randomHex } from '../env/random.ts'
import { asEverstowError, EverstowError } from '../model/errors.ts'
import { ALL_DATABASES, parsePostgresSource } from '../model/postgres-source.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import { askServer, query } from '../sources/postgres/ask-server.ts'
import { type Connection, withConnection } from '../sources/postgres/connection.ts'
import { findPostgresProgram } from '../sources/postgres/programs.ts'
import type { DatabaseDeps } from './deps.ts'
import { type RecoverVerbs, recoverCluster } from './recover-cluster.ts'

const ProofSchema = z.object({
  atMs: z.number(),
  ok: z.boolean(),
  tables: z.number().int(),
  rows: z.number().int(),
})

/** When a database was last restored for a trial, and what came of it. */
export type DatabaseProof = z.infer<typeof ProofSchema>

/** What a trial found. */
export interface ProvenDatabase extends DatabaseProof {
  readonly baseId: string
  readonly destinationId: string
  /** Everything up to here was in it, milliseconds since 1970. */
  readonly knownUntilMs: number
  readonly counts: readonly { readonly table: string; readonly rows: number }[]
}

const START_PATIENCE_S = 3_600
const POLL_MS = 200
const proofFact = (databaseId: string): string => `database-proof/${databaseId}`

/** The last trial, or undefined where there was none. */
export function lastProof({ database }: Workspace, databaseId: string): DatabaseProof | undefined {
  const proof = ProofSchema.safeParse(JSON.parse(getFact(database, proofFact(databaseId)) ?? 'null'))
  return proof.success ? proof.data : undefined
}

/**
 * Restores the latest state into a scratch folder, starts it where nobody else can reach it, and reads every table once. Nothing of it is left. What came of
 * it is written down; a server that cannot be started at all (no programs of its version here) says nothing about the backup and is not.
 */
export async function proveDatabase(
  deps: DatabaseDeps,
  verbs: RecoverVerbs,
  database: ProtectedDatabase,
  signal: AbortSignal,
): Promise<ProvenDatabase> {
  const { workspace } = deps
  const { env } = workspace
  if (userInfo().uid === 0)
    throw new EverstowError('not-supported', { data: { what: 'a PostgreSQL server run by root' } })
  const lock = await workspace.tryLock(`prove-${database.id}`, `trying a restore of ${database.name}`)
  if ('holder' in lock)
    throw new EverstowError('already-running', { data: { name: database.name, pid: lock.holder.pid } })
  // A socket's path is short by law (107 bytes), and a data folder's need not be.
  const run = join(tmpdir(), `everstow-${randomHex(env.random, 6)}`)
  const scratch = join(workspace.paths.home, 'scratch', `prove-${database.id}`)
  const into = join(scratch, 'data')
  const note = (proof: DatabaseProof) =>
    setFact(workspace.database, proofFact(database.id), JSON.stringify(proof))
  try {
    await env.files.removeTree(scratch)
    const prepared = await recoverCluster(deps, verbs, {
      database,
      target: { kind: 'latest' },
      into,
      signal,
    })
    const major = Math.floor(prepared.serverVersion / 10_000)
    const { path: pgCtl } = await findPostgresProgram(env.files, 'pg_ctl', major, { orNewer: false })
    await env.files.mkdir(run, { mode: 0o700 })
    const source = {
      host: run,
      user: parsePostgresSource(database.url).user ?? 'postgres',
      database: ALL_DATABASES,
      options: {},
    }
    try {
      await startServer(pgCtl)
      const counts = await withConnection(env, source, scratch, countRows)
      const rows = counts.reduce((sum, each) => sum + each.rows, 0)
      const proof = { atMs: env.clock.now(), ok: true, tables: counts.length, rows }
      note(proof)
      const { baseId, destinationId, knownUntilMs } = prepared
      return { ...proof, baseId, destinationId, knownUntilMs, counts }
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code !== 'cancelled') note({ atMs: env.clock.now(), ok: false, tables: 0, rows: 0 })
      throw error
    } finally {
      await runProgram({ program: pgCtl, args: ['stop', '-D', into, '-m', 'immediate', '-w'] })
    }
  } finally {
    await env.files.removeTree(scratch)
    await env.files.removeTree(run)
    await lock.release()
  }

  async function startServer(pgCtl: string): Promise<void> {
    const hba = join(scratch, 'pg_hba.conf')
    const log = join(scratch, 'server.log')
    await env.files.writeAtomic(hba, 'local all all trust\n', { mode: 0o600 })
    const settings = {
      listen_addresses: '',
      unix_socket_directories: run,
      hba_file: hba,
      archive_mode: 'off',
      shared_preload_libraries: '',
      ssl: 'off',
      logging_collector: 'off',
    }
    const words = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`)
    const outcome = await runProgram({
      program: pgCtl,
      args: ['start', '-D', into, '-w', '-t', String(START_PATIENCE_S), '-l', log, '-o', words.join(' ')],
      signal,
    })
    if (outcome?.exitCode === 0) return
    const said = (await env.files.stat(log)) ? await env.files.readText(log) : (outcome?.stderr ?? '')
    const reason = said.split('\n').findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? said.slice(-300)
    throw new EverstowError('recovery-failed', { data: { reason: reason.slice(0, 500) } })
  }

  async function countRows(connection: Connection): Promise<{ table: string; rows: number }[]> {
    while ((await query(env, connection, 'postgres', 'SELECT pg_is_in_recovery()', signal)) !== 'f')
      await env.clock.sleep(POLL_MS, signal)
    const counts: { table: string; rows: number }[] = []
    for (const { name } of (await askServer(env, connection, signal)).databases) {
      const tables = await query(env, connection, name, TABLES_QUERY, signal)
      // Each statement reads a whole table; psql makes them from names that the server has quoted.
      for (const table of tables.split('\n').filter((line) => line !== '')) {
        const rows = Number(await query(env, connection, name, `SELECT count(*) FROM ${table}`, signal))
        counts.push({ table: `${name}: ${table}`, rows })
      }
    }
    return counts
  }
}

const TABLES_QUERY = `SELECT format('%I.%I', nspname, relname) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
  WHERE relkind = 'r' AND relpersistence = 'p' AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_toast'
  ORDER BY 1`
