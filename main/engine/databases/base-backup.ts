import { join } from 'node:path'
import * as z from 'zod'
import type { Destination } from '../model/destination.ts'
import { EverstowError } from '../model/errors.ts'
import type { Plan } from '../model/plan.ts'
import { parsePostgresSource } from '../model/postgres-source.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import { databaseToAsk, query } from '../sources/postgres/ask-server.ts'
import { type Connection, withConnection } from '../sources/postgres/connection.ts'
import { mustRun } from '../sources/postgres/must-run.ts'
import { findPostgresProgram } from '../sources/postgres/programs.ts'
import { BASE_FACTS_FILE, BASE_FOLDER, type BaseFacts, DATA_FOLDER, encodeBaseFacts } from './base-facts.ts'
import type { DatabaseDeps } from './deps.ts'
import { updateDatabase } from './edit-databases.ts'

/** What a base backup is, as a backup of its own: one of a plan that has the database's id and name. */
export interface BaseOrder {
  readonly plan: Plan
  readonly sources: readonly string[]
  readonly destinations: readonly Destination[]
  readonly tag: string
  /** Puts what is backed up into a folder of ours and gives its paths. */
  readonly stage: (folder: string, signal: AbortSignal) => Promise<readonly string[]>
}

const ServerState = z.object({
  versionNumber: z.number().int(),
  systemId: z.string().regex(/^\d{1,20}$/),
  segmentBytes: z.coerce.number().int(),
  archiveMode: z.string(),
  tablespaces: z.number().int(),
  isInRecovery: z.boolean(),
})

const STATE_QUERY = `SELECT json_build_object(
  'versionNumber', current_setting('server_version_num')::int,
  'systemId', (SELECT system_identifier::text FROM pg_control_system()),
  'segmentBytes', (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'),
  'archiveMode', current_setting('archive_mode'),
  'tablespaces', (SELECT count(*)::int FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')),
  'isInRecovery', pg_is_in_recovery())`
const TIME_QUERY = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint'

const Manifest = z.object({
  'WAL-Ranges': z
    .array(z.object({ Timeline: z.int().positive(), 'Start-LSN': z.string(), 'End-LSN': z.string() }))
    .min(1),
})

/**
 * A base backup of the whole cluster, to be kept as a deduplicated snapshot in all the database's destinations. `pg_basebackup` ends once the log that the
 * backup needs is archived, so that a base backup that is there can be used.
 */
export function baseOrder(
  deps: DatabaseDeps,
  database: ProtectedDatabase,
  all: readonly Destination[],
): BaseOrder {
  const destinations = all.filter(({ id }) => database.destinationIds.includes(id))
  const sources = [database.url]
  const plan: Plan = {
    id: database.id,
    name: database.name,
    sources,
    format: 'snapshot',
    destinationIds: destinations.map(({ id }) => id),
    exclude: [],
    excludePresets: [],
    schedule: database.baseSchedule,
  }
  const stage: BaseOrder['stage'] = (folder, signal) => stageBase(deps, database, folder, signal)
  return { plan, sources, destinations, tag: 'base', stage }
}

async function stageBase(
  { workspace }: DatabaseDeps,
  database: ProtectedDatabase,
  folder: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { env } = workspace
  const base = join(folder, BASE_FOLDER)
  const data = join(base, DATA_FOLDER)
  await env.files.mkdir(base, { mode: 0o700 })
  const facts = await withConnection(env, parsePostgresSource(database.url), folder, async (connection) => {
    const state = await askState(workspace.env, connection, signal)
    if (database.systemId !== undefined && state.systemId !== database.systemId)
      throw new EverstowError('wal-foreign', { data: { name: database.url } })
    if (state.archiveMode === 'off')
      throw new EverstowError('archiving-off', { data: { name: database.name } })
    if (state.tablespaces > 0) throw new EverstowError('not-supported', { data: { what: 'tablespaces' } })
    await runBaseBackup(workspace.env, connection, Math.floor(state.versionNumber / 10_000), data, signal)
    const endMs = Number(await query(env, connection, databaseToAsk(connection), TIME_QUERY, signal))
    return { ...state, endMs }
  })
  if (database.systemId === undefined)
    await updateDatabase(workspace, database.id, { systemId: facts.systemId })
  const manifest = Manifest.safeParse(JSON.parse(await env.files.readText(join(data, 'backup_manifest'))))
  const [range] = manifest.success ? manifest.data['WAL-Ranges'] : []
  if (!range) throw new EverstowError('postgres-failed', { data: { reason: 'backup_manifest' } })
  const known: BaseFacts = {
    version: 1,
    databaseId: database.id,
    name: database.name,
    systemId: facts.systemId,
    serverVersion: facts.versionNumber,
    segmentBytes: facts.segmentBytes,
    timeline: range.Timeline,
    startLsn: range['Start-LSN'],
    endLsn: range['End-LSN'],
    endMs: facts.endMs,
  }
  await env.files.writeAtomic(join(base, BASE_FACTS_FILE), encodeBaseFacts(known), { mode: 0o600 })
  return [base]
}

async function askState(env: DatabaseDeps['workspace']['env'], connection: Connection, signal: AbortSignal) {
  const answer = await query(env, connection, databaseToAsk(connection), STATE_QUERY, signal)
  return ServerState.parse(JSON.parse(answer))
}

async function runBaseBackup(
  { files }: DatabaseDeps['workspace']['env'],
  connection: Connection,
  major: number,
  data: string,
  signal: AbortSignal,
): Promise<void> {
  const { path } = await findPostgresProgram(files, 'pg_basebackup', major, { orNewer: true })
  await mustRun(connection, {
    program: path,
    args: [
      `--pgdata=${data}`,
      '--format=plain',
      '--wal-method=none',
      '--checkpoint=fast',
      '--no-password',
      '--no-sync',
      `--dbname=${connection.conninfo(databaseToAsk(connection))}`,
    ],
    signal,
  })
}
