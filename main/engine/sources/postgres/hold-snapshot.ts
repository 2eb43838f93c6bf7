import type { Env } from '../../env/env.ts'
import { asEverstowError } from '../../model/errors.ts'
import type { Connection } from './connection.ts'
import { countRows, type TableRows } from './count-rows.ts'
import { openSession } from './open-session.ts'

/** One state of a database, held for whoever reads it. */
export interface HeldSnapshot {
  /** Under which name others read the same state. */
  readonly id: string
  /** How many rows each table has in it; undefined where that could not be counted. */
  count(): Promise<readonly TableRows[] | undefined>
  release(): Promise<void>
}

/**
 * Holds one state of a database, so that it is dumped and its rows are counted as of the same moment. Undefined where the server cannot do that: then it is
 * dumped all the same. Throws `cancelled`.
 */
export async function holdSnapshot(
  env: Pick<Env, 'files' | 'random' | 'log'>,
  connection: Connection,
  database: string,
  signal: AbortSignal,
): Promise<HeldSnapshot | undefined> {
  const session = await openSession(env, connection, database, signal)
  const giveUp = (error: unknown): undefined => {
    if (asEverstowError(error).code === 'cancelled') throw error
    env.log.area('backup').warn('rows of a database were not counted', { database, error })
  }
  try {
    await session.ask(
      'SET idle_in_transaction_session_timeout = 0; SET lock_timeout = 0; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    )
    const id = await session.ask('SELECT pg_catalog.pg_export_snapshot()')
    return {
      id,
      count: () => countRows(session, 'dumped').catch(giveUp),
      release: () => session.end(),
    }
  } catch (error) {
    await session.end()
    return giveUp(error)
  }
}
