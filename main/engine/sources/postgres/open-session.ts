import type { Env } from '../../env/env.ts'
import { holdProgram } from '../../env/node/hold-program.ts'
import { randomHex } from '../../env/random.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { PSQL_WORDS } from './ask-server.ts'
import { type Connection, postgresError } from './connection.ts'
import { findPostgresProgram } from './programs.ts'

/** A session at a server in which one statement follows the other: what a transaction holds stays held between them. */
export interface Session {
  /** Runs SQL and gives what it says: values without decoration, a row a line. One at a time. Throws `postgres-…`, `cancelled`. */
  ask(sql: string): Promise<string>
  end(): Promise<void>
}

/** Opens a session in a database. Whoever opens it ends it; a statement takes as long as it takes. */
export async function openSession(
  { files, random }: Pick<Env, 'files' | 'random'>,
  connection: Connection,
  database: string,
  signal: AbortSignal,
): Promise<Session> {
  const { path } = await findPostgresProgram(files, 'psql', 0, { orNewer: true })
  signal.throwIfAborted()
  let said = ''
  let wanted: { readonly mark: string; resolve(text: string): void } | undefined
  const psql = holdProgram({
    program: path,
    args: [...PSQL_WORDS, `--dbname=${connection.conninfo(database)}`, '--file=-'],
    environment: connection.environment,
    onOutput(text) {
      said += text
      if (wanted && said.endsWith(wanted.mark)) wanted.resolve(said.slice(0, -wanted.mark.length).trimEnd())
    },
  })
  // An interrupt makes psql cancel what the server does for it.
  const end = () => psql.stop('SIGINT')
  const onAbort = (): void => void end()
  signal.addEventListener('abort', onAbort, { once: true })
  const failure = psql.ended.then((outcome): never => {
    if (signal.aborted) throw new EverstowError('cancelled')
    if (!outcome) throw new EverstowError('postgres-programs-missing', { data: { program: 'psql' } })
    throw postgresError(connection.source, outcome.stderr)
  })
  failure.catch(() => undefined)
  return {
    async ask(sql) {
      said = ''
      const mark = `everstow-${randomHex(random, 8)}\n`
      const answer = new Promise<string>((resolve) => {
        wanted = { mark, resolve }
      })
      psql.write(`${sql};\nSELECT '${mark.trimEnd()}';\n`)
      try {
        return await Promise.race([answer, failure])
      } catch (error) {
        throw asEverstowError(error)
      } finally {
        wanted = undefined
      }
    },
    async end() {
      signal.removeEventListener('abort', onAbort)
      await end()
    },
  }
}
