import { join } from 'node:path'
import { addProof } from '../../catalogue/proofs.ts'
import { cpuCount } from '../../env/node/threads.ts'
import { asEverstowError, type ErrorCode, EverstowError } from '../../model/errors.ts'
import { ALL_DATABASES } from '../../model/postgres-source.ts'
import { majorOf, query } from '../../sources/postgres/ask-server.ts'
import type { Connection } from '../../sources/postgres/connection.ts'
import { countRows, type DifferingTable, differingTables } from '../../sources/postgres/count-rows.ts'
import { mustRun } from '../../sources/postgres/must-run.ts'
import { openSession } from '../../sources/postgres/open-session.ts'
import { findPostgresProgram } from '../../sources/postgres/programs.ts'
import { withThrowawayServer } from '../../sources/postgres/throwaway-server.ts'
import { inTrialFolder } from '../../sources/postgres/trial-folder.ts'
import {
  type DatabaseRestoreDeps,
  type DumpedDatabase,
  type DumpedServer,
  type DumpPlace,
  fetchFiles,
  findDumps,
} from './fetch-dump.ts'
import { createDatabase, identifier, MAINTENANCE, makeRoles } from './make-database.ts'
import { withoutPasswords } from './missing-roles.ts'

/** Which dumps are restored for a trial. */
export interface DumpTrial extends DumpPlace {
  /** Only this database of the backup. */
  readonly database?: string
  readonly onStep?: (database: string) => void
}

/** What became of one dump. */
export interface TriedDump {
  readonly database: string
  readonly takenAt: string
  readonly tables: number
  readonly rows: number
  /** Of the dump. */
  readonly sizeBytes: number
  /** Whether rows were counted when it was dumped, so that there is something to compare with. */
  readonly isCompared: boolean
  readonly differing: readonly DifferingTable[]
  readonly durationMs: number
  /** Why it could not be restored. */
  readonly error?: EverstowError
}

/** What a trial restore of the dumps of a backup found. */
export interface ProvenDumps {
  readonly ok: boolean
  /** Undefined: they still lay on this computer. */
  readonly destinationId: string | undefined
  /** Of the server that they were restored into. */
  readonly serverMajor: number
  readonly dumps: readonly TriedDump[]
  readonly durationMs: number
}

/** Complaints that are about what was dumped; all others are about this computer and prove nothing. */
const OF_THE_DUMP: readonly ErrorCode[] = ['postgres-failed', 'postgres-role-missing', 'postgres-permission']
const TRIAL = 'everstow_trial'
const SUPERUSER = 'postgres'
const MOST_JOBS = 4
/** Nothing of it has to outlive a power cut. */
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
}

/**
 * Restores the dumps of a backup into a server of its own, reads every table, and compares how many rows each has with what was counted when it was dumped.
 * Nothing of it is left. What came of it is written down as a proof of the backup in that place. Throws `no-database-in-backup`, `postgres-programs-…`,
 * `not-supported` for root, `disk-full`, and what a restore of files throws.
 */
export function proveDump(deps: DatabaseRestoreDeps, trial: DumpTrial): Promise<ProvenDumps> {
  const { workspace } = deps
  const { backup, signal } = trial
  const { env } = workspace
  const startedMs = env.clock.monotonicMs()
  return inTrialFolder(workspace, { id: backup.id, name: backup.id }, async (scratch) => {
    const fetched = join(scratch, 'fetched')
    const { servers, destinationId } = await findDumps(deps, trial, fetched, trial.database)
    if (servers.length === 0)
      throw new EverstowError('no-database-in-backup', { data: { databases: trial.database ?? '' } })
    // Before a dump is fetched: whether a server can be had here that takes all of them.
    const wanted = Math.max(
      ...servers.map(({ facts }) =>
        Math.max(majorOf({ versionNumber: facts.serverVersion }), facts.dumpVersion),
      ),
    )
    const initdb = await findPostgresProgram(env.files, 'initdb', wanted, { orNewer: true })
    const { major } = initdb
    const server = await findPostgresProgram(env.files, 'postgres', major, { orNewer: false })
    const restore = await findPostgresProgram(env.files, 'pg_restore', major, { orNewer: false })
    const dataFolder = join(scratch, 'data')
    await makeCluster(initdb.path, dataFolder)
    const dumps = await withThrowawayServer(
      env,
      { dataFolder, scratch, program: server.path, user: SUPERUSER, settings: FAST },
      signal,
      async (connection) => {
        const tried: TriedDump[] = []
        for (const each of servers) tried.push(...(await tryServer(connection, restore.path, each)))
        return tried
      },
    )
    const ok = dumps.every(({ error, differing }) => !error && differing.length === 0)
    const durationMs = Math.round(env.clock.monotonicMs() - startedMs)
    if (destinationId !== undefined) noteProof(destinationId, ok, dumps, durationMs)
    env.log.area('restore').info('dumps tried', { backup: backup.id, dumps: dumps.length, ok })
    return { ok, destinationId, serverMajor: major, dumps, durationMs }

    async function tryServer(
      connection: Connection,
      program: string,
      { prefix, facts, databases }: DumpedServer,
    ): Promise<TriedDump[]> {
      const globals = join(fetched, prefix, facts.globals.file)
      await fetchFiles(deps, trial, fetched, [`${prefix}/${facts.globals.file}`])
      await makeRoles(env, connection, withoutPasswords(await env.files.readText(globals)), signal)
      const tried: TriedDump[] = []
      for (const database of databases) {
        trial.onStep?.(database.name)
        await refuseWithoutSpace(database.sizeBytes)
        await fetchFiles(deps, trial, fetched, [`${prefix}/${database.file}`])
        const path = join(fetched, prefix, database.file)
        tried.push({ takenAt: facts.takenAt, ...(await tryDump(connection, program, database, path)) })
        await env.files.remove(path)
      }
      return tried
    }

    async function tryDump(
      connection: Connection,
      program: string,
      database: DumpedDatabase,
      path: string,
    ): Promise<Omit<TriedDump, 'takenAt'>> {
      const beganMs = env.clock.monotonicMs()
      const tookMs = () => Math.round(env.clock.monotonicMs() - beganMs)
      const about = {
        database: database.name,
        sizeBytes: (await env.files.stat(path))?.sizeBytes ?? 0,
        isCompared: database.tables !== undefined,
      }
      await makeDatabase(connection, database)
      try {
        await mustRun(connection, {
          program,
          signal,
          args: [
            '--exit-on-error',
            '--no-password',
            // They name folders of another computer.
            '--no-tablespaces',
            `--jobs=${Math.min(MOST_JOBS, cpuCount())}`,
            `--dbname=${connection.conninfo(TRIAL)}`,
            path,
          ],
        })
        const found = await countAll(connection)
        return {
          ...about,
          tables: found.length,
          rows: found.reduce((sum, { rows }) => sum + rows, 0),
          differing: database.tables ? differingTables(database.tables, found) : [],
          durationMs: tookMs(),
        }
      } catch (caught) {
        const error = asEverstowError(caught)
        if (!OF_THE_DUMP.includes(error.code)) throw error
        return { ...about, tables: 0, rows: 0, differing: [], durationMs: tookMs(), error }
      } finally {
        await query(env, connection, MAINTENANCE, `DROP DATABASE IF EXISTS ${identifier(TRIAL)}`).catch(
          () => undefined,
        )
      }
    }
  })

  async function makeCluster(initdb: string, dataFolder: string): Promise<void> {
    const args = [
      `--pgdata=${dataFolder}`,
      `--username=${SUPERUSER}`,
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]
    const source = { database: ALL_DATABASES, options: {} }
    await mustRun({ source, environment: {} }, { program: initdb, args, signal })
  }

  /** Sorting decides nothing of what is counted: where this computer does not know a language, plain sorting does. */
  async function makeDatabase(connection: Connection, database: DumpedDatabase): Promise<void> {
    try {
      await createDatabase(env, connection, TRIAL, database, signal)
    } catch (error) {
      if (asEverstowError(error).code !== 'postgres-failed') throw error
      env.log.area('restore').warn('a dump is tried with plain sorting', { database: database.name, error })
      await createDatabase(env, connection, TRIAL, { ...database, collate: 'C', ctype: 'C' }, signal)
    }
  }

  async function countAll(connection: Connection) {
    const session = await openSession(env, connection, TRIAL, signal)
    try {
      return await countRows(session, 'dumped')
    } finally {
      await session.end()
    }
  }

  /** The dump and what is made of it, one database at a time. */
  async function refuseWithoutSpace(sizeBytes: number): Promise<void> {
    const { freeBytes } = await env.files.space(workspace.paths.home)
    if (freeBytes < 2 * sizeBytes)
      throw new EverstowError('disk-full', { data: { path: workspace.paths.home } })
  }

  function noteProof(
    destinationId: string,
    ok: boolean,
    dumps: readonly TriedDump[],
    durationMs: number,
  ): void {
    const bad = dumps.find(({ error, differing }) => error !== undefined || differing.length > 0)
    addProof(workspace.database, {
      kind: 'dump',
      planId: backup.planId,
      destinationId,
      backupId: backup.id,
      atMs: env.clock.now(),
      ok,
      files: dumps.length,
      bytes: dumps.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      durationMs,
      detail: bad && `${bad.error?.code ?? 'restored-differs'}: ${bad.database}`,
    })
  }
}
