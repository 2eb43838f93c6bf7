import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Env } from '../../env/env.ts'
import { holdProgram } from '../../env/node/hold-program.ts'
import { randomHex } from '../../env/random.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { ALL_DATABASES, type PostgresSource } from '../../model/postgres-source.ts'
import { query } from './ask-server.ts'
import { type Connection, withConnection } from './connection.ts'

/** A cluster that is started for a trial. */
export interface TrialCluster {
  readonly dataFolder: string
  /** Everything of the trial lies in here, for its owner alone. */
  readonly scratch: string
  /** PostgreSQL's own program `postgres`. */
  readonly program: string
  readonly user: string
  readonly settings?: Readonly<Record<string, string>>
}

const POLL_MS = 200

/**
 * Starts a cluster where nobody else can reach it: no TCP, a socket in a folder of its own. It is ended in the end, also after a failure; where this process is
 * killed, it ends too and takes the folders with it. Throws `recovery-failed` where it does not start.
 */
export async function withThrowawayServer<T>(
  env: Env,
  { dataFolder, scratch, program, user, settings = {} }: TrialCluster,
  signal: AbortSignal,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  // A socket's path is short by law (107 bytes), and a data folder's need not be.
  const run = join(tmpdir(), `everstow-${randomHex(env.random, 6)}`)
  const hba = join(scratch, 'pg_hba.conf')
  await env.files.writeAtomic(hba, 'local all all trust\n', { mode: 0o600 })
  await env.files.mkdir(run, { mode: 0o700 })
  const all = {
    listen_addresses: '',
    unix_socket_directories: run,
    hba_file: hba,
    archive_mode: 'off',
    shared_preload_libraries: '',
    ssl: 'off',
    logging_collector: 'off',
    ...settings,
  }
  const words = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = holdProgram({ program, args: ['-D', dataFolder, ...words], dieWithUs: [scratch, run] })
  try {
    const source: PostgresSource = { host: run, user, database: ALL_DATABASES, options: {} }
    return await withConnection(env, source, scratch, async (connection) => {
      await untilItAnswers(connection)
      return work(connection)
    })
  } finally {
    // Immediate: nothing of it is wanted any more.
    await server.stop('SIGQUIT')
    await env.files.removeTree(run)
  }

  async function untilItAnswers(connection: Connection): Promise<void> {
    let isOver = false
    void server.ended.finally(() => {
      isOver = true
    })
    for (;;) {
      const failure = await query(env, connection, 'postgres', 'SELECT 1', signal).then(
        () => undefined,
        (error: unknown) => asEverstowError(error),
      )
      if (!failure) return
      if (isOver) throw await whyItEnded()
      if (failure.code !== 'postgres-unreachable') throw failure
      await env.clock.sleep(POLL_MS, signal)
    }
  }

  async function whyItEnded(): Promise<EverstowError> {
    const said = (await server.ended)?.stderr ?? ''
    const reason = said.split('\n').findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? said.slice(-300)
    return new EverstowError('recovery-failed', { data: { reason: reason.slice(0, 500) } })
  }
}
