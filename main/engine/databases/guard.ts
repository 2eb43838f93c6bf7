import { join } from 'node:path'
import * as z from 'zod'
import { getFact, setFact } from '../catalogue/journal.ts'
import { asEverstowError, type EverstowError } from '../model/errors.ts'
import { parsePostgresSource } from '../model/postgres-source.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import { databaseToAsk, query } from '../sources/postgres/ask-server.ts'
import { withConnection } from '../sources/postgres/connection.ts'
import type { DatabaseDeps } from './deps.ts'

/** How a server is doing with its log. Times are milliseconds since 1970. */
export interface LogGuard {
  readonly isArchiving: boolean
  /** Refusals since the last success. */
  readonly failedCount: number
  readonly lastArchivedMs: number | undefined
  readonly lastFailedMs: number | undefined
  /** Of `pg_wal`. */
  readonly logBytes: number
  readonly waitingSegments: number
  /** What the server writes, measured since the guard last looked. */
  readonly bytesPerHour: number | undefined
  /** Where the server's files lie on this computer. */
  readonly freeBytes: number | undefined
  /** Until the disk is full if nothing is archived any more. */
  readonly hoursLeft: number | undefined
  readonly error: EverstowError | undefined
}

const State = z.object({
  isArchiving: z.boolean(),
  failedCount: z.number(),
  lastArchivedMs: z.number().nullable(),
  lastFailedMs: z.number().nullable(),
  logBytes: z.number(),
  waitingSegments: z.number(),
  lsnBytes: z.number(),
  nowMs: z.number(),
  dataFolder: z.string(),
})

const STATE_QUERY = `SELECT json_build_object(
  'isArchiving', current_setting('archive_mode') <> 'off',
  'failedCount', CASE WHEN last_failed_time > coalesce(last_archived_time, '-infinity') THEN failed_count ELSE 0 END,
  'lastArchivedMs', (extract(epoch FROM last_archived_time) * 1000)::bigint,
  'lastFailedMs', (extract(epoch FROM last_failed_time) * 1000)::bigint,
  'logBytes', (SELECT coalesce(sum(size), 0)::bigint FROM pg_ls_waldir()),
  'waitingSegments', (SELECT count(*)::int FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'),
  'lsnBytes', CASE WHEN pg_is_in_recovery() THEN 0 ELSE (pg_current_wal_lsn() - '0/0')::bigint END,
  'nowMs', (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
  'dataFolder', current_setting('data_directory')) FROM pg_stat_archiver`

const HOUR_MS = 3_600_000
/** Two looks closer together say little about how fast a log grows. */
const LOOKS_APART_MS = 60_000
/** The oldest measurement that still says how fast it grows now. */
const STALE_MS = 7 * 24 * HOUR_MS
const NOTHING: Omit<LogGuard, 'error'> = {
  isArchiving: false,
  failedCount: 0,
  lastArchivedMs: undefined,
  lastFailedMs: undefined,
  logBytes: 0,
  waitingSegments: 0,
  bytesPerHour: undefined,
  freeBytes: undefined,
  hoursLeft: undefined,
}

const lookFact = (databaseId: string): string => `wal-look/${databaseId}`

/** Looks at a server's log: whether it is archived, and for how long its disk would hold it otherwise. A server that cannot be asked says why. */
export async function lookAtLog(
  { workspace }: DatabaseDeps,
  database: ProtectedDatabase,
  signal: AbortSignal,
): Promise<LogGuard> {
  const { env, paths } = workspace
  try {
    const folder = join(paths.home, 'scratch')
    const source = parsePostgresSource(database.url)
    const answer = await withConnection(env, source, folder, (connection) =>
      query(env, connection, databaseToAsk(connection), STATE_QUERY, signal),
    )
    const { lsnBytes, nowMs, dataFolder, ...state } = State.parse(JSON.parse(answer))
    const bytesPerHour = measure(workspace.database, database.id, { lsnBytes, atMs: nowMs })
    // Of another computer's disk nothing can be said from here.
    const isHere = source.host === undefined || source.host.startsWith('/') || isLoopback(source.host)
    const freeBytes = isHere
      ? await env.files.space(join(dataFolder, 'pg_wal')).then(
          (space) => space.freeBytes,
          () => undefined,
        )
      : undefined
    return {
      ...state,
      lastArchivedMs: state.lastArchivedMs ?? undefined,
      lastFailedMs: state.lastFailedMs ?? undefined,
      bytesPerHour,
      freeBytes,
      hoursLeft: freeBytes === undefined || !bytesPerHour ? undefined : freeBytes / bytesPerHour,
      error: undefined,
    }
  } catch (caught) {
    const error = asEverstowError(caught)
    if (error.code === 'cancelled') throw error
    return { ...NOTHING, error }
  }
}

interface Look {
  readonly lsnBytes: number
  readonly atMs: number
}

/** Bytes an hour since an earlier look, which is kept until it is old enough to be replaced. */
function measure(database: DatabaseDeps['workspace']['database'], id: string, now: Look): number | undefined {
  const before = readLook(getFact(database, lookFact(id)))
  const spanMs = before ? now.atMs - before.atMs : 0
  const isUsable = before && spanMs >= LOOKS_APART_MS && now.lsnBytes >= before.lsnBytes
  if (!before || spanMs < 0 || spanMs > STALE_MS || now.lsnBytes < before.lsnBytes || spanMs >= HOUR_MS)
    setFact(database, lookFact(id), JSON.stringify(now))
  return isUsable ? Math.round(((now.lsnBytes - before.lsnBytes) * HOUR_MS) / spanMs) : undefined
}

function readLook(text: string | undefined): Look | undefined {
  const parsed = z.object({ lsnBytes: z.number(), atMs: z.number() }).safeParse(JSON.parse(text ?? 'null'))
  return parsed.success ? parsed.data : undefined
}

const isLoopback = (host: string): boolean => ['localhost', '127.0.0.1', '::1'].includes(host)
