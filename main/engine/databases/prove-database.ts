import { join } from 'node:path'
import * as z from 'zod'
import { getFact, setFact } from '../catalogue/journal.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { asEverstowError } from '../model/errors.ts'
import { parsePostgresSource } from '../model/postgres-source.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import { askServer, query } from '../sources/postgres/ask-server.ts'
import type { Connection } from '../sources/postgres/connection.ts'
import { countRows, type TableRows } from '../sources/postgres/count-rows.ts'
import { openSession } from '../sources/postgres/open-session.ts'
import { findPostgresProgram } from '../sources/postgres/programs.ts'
import { withThrowawayServer } from '../sources/postgres/throwaway-server.ts'
import { inTrialFolder } from '../sources/postgres/trial-folder.ts'
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
  readonly counts: readonly TableRows[]
}

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
export function proveDatabase(
  deps: DatabaseDeps,
  verbs: RecoverVerbs,
  database: ProtectedDatabase,
  signal: AbortSignal,
): Promise<ProvenDatabase> {
  const { workspace } = deps
  const { env } = workspace
  const note = (proof: DatabaseProof) =>
    setFact(workspace.database, proofFact(database.id), JSON.stringify(proof))
  return inTrialFolder(workspace, database, async (scratch) => {
    const into = join(scratch, 'data')
    const prepared = await recoverCluster(deps, verbs, {
      database,
      target: { kind: 'latest' },
      into,
      signal,
    })
    const major = Math.floor(prepared.serverVersion / 10_000)
    const { path: program } = await findPostgresProgram(env.files, 'postgres', major, { orNewer: false })
    const user = parsePostgresSource(database.url).user ?? 'postgres'
    try {
      const counts = await withThrowawayServer(
        env,
        { dataFolder: into, scratch, program, user },
        signal,
        countAll,
      )
      const rows = counts.reduce((sum, each) => sum + each.rows, 0)
      const proof = { atMs: env.clock.now(), ok: true, tables: counts.length, rows }
      note(proof)
      const { baseId, destinationId, knownUntilMs } = prepared
      return { ...proof, baseId, destinationId, knownUntilMs, counts }
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code !== 'cancelled') note({ atMs: env.clock.now(), ok: false, tables: 0, rows: 0 })
      throw error
    }
  })

  async function countAll(connection: Connection): Promise<TableRows[]> {
    while ((await query(env, connection, 'postgres', 'SELECT pg_is_in_recovery()', signal)) !== 'f')
      await env.clock.sleep(POLL_MS, signal)
    const counts: TableRows[] = []
    for (const { name } of (await askServer(env, connection, signal)).databases) {
      const session = await openSession(env, connection, name, signal)
      try {
        for (const { table, rows } of await countRows(session, 'everything'))
          counts.push({ table: `${name}: ${table}`, rows })
      } finally {
        await session.end()
      }
    }
    return counts
  }
}
