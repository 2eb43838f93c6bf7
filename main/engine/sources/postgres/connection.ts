import { join } from 'node:path'
import type { Env } from '../../env/env.ts'
import { randomHex } from '../../env/random.ts'
import type { Secret } from '../../env/secrets.ts'
import { EverstowError } from '../../model/errors.ts'
import { type PostgresSource, postgresSecretName } from '../../model/postgres-source.ts'

/** How a program of PostgreSQL is told where to connect, without a secret in its arguments. */
export interface Connection {
  readonly source: PostgresSource
  /** A connection string of libpq for a database of the server. */
  conninfo(database: string): string
  readonly environment: Readonly<Record<string, string>>
}

const CONNECT_TIMEOUT_S = 15

/**
 * Runs work with a connection. The password, where one is kept, lies in a file that only its owner can read while the work runs; where none is kept, libpq's
 * own ways are used (`~/.pgpass`, the socket's owner, `PGPASSWORD`). Nothing ever asks for one.
 */
export async function withConnection<T>(
  { files, secrets, random }: Pick<Env, 'files' | 'secrets' | 'random'>,
  source: PostgresSource,
  folder: string,
  work: (connection: Connection) => Promise<T>,
  trial?: Secret,
): Promise<T> {
  const password = trial ?? (await secrets.get(postgresSecretName(source)))
  const environment: Record<string, string> = {
    PGCONNECT_TIMEOUT: String(CONNECT_TIMEOUT_S),
    PGAPPNAME: 'everstow',
    PGCLIENTENCODING: 'UTF8',
  }
  const connection: Connection = {
    source,
    conninfo: (database) => conninfoOf(source, database),
    environment,
  }
  if (!password) return work(connection)
  const path = join(folder, `.pgpass-${randomHex(random, 8)}`)
  const text = `*:*:*:*:${password.reveal().replaceAll(/[\\:]/g, '\\$&')}\n`
  await files.mkdir(folder, { mode: 0o700 })
  await files.writeAtomic(path, text, { mode: 0o600 })
  environment.PGPASSFILE = path
  try {
    return await work(connection)
  } finally {
    await files.remove(path)
  }
}

function conninfoOf({ host, port, user, options }: PostgresSource, database: string): string {
  const words: Record<string, string | undefined> = {
    ...options,
    host,
    port: port === undefined ? undefined : String(port),
    user,
    dbname: database,
  }
  return Object.entries(words)
    .filter((word): word is [string, string] => word[1] !== undefined)
    .map(([name, value]) => `${name}='${value.replaceAll(/[\\']/g, '\\$&')}'`)
    .join(' ')
}

/** What a program of PostgreSQL complained about, as one of our errors. */
export function postgresError(source: PostgresSource, stderr: string): EverstowError {
  const where = source.host ?? 'localhost'
  const data = { host: where, database: source.database }
  const says = (pattern: RegExp): boolean => pattern.test(stderr)
  const text = lastComplaint(stderr)
  if (
    says(
      /could not connect|connection to server on socket .* failed: No such file|Connection refused|could not translate host name|No route to host|timeout expired/i,
    )
  )
    return new EverstowError('postgres-unreachable', { data, message: text })
  if (
    says(
      /server closed the connection|terminating connection|the database system is (shutting down|starting up|in recovery mode|not (yet )?accepting connections)/i,
    )
  )
    return new EverstowError('postgres-unreachable', { data, message: text })
  if (
    says(/password authentication failed|no password supplied|authentication failed|no pg_hba\.conf entry/i)
  )
    return new EverstowError('postgres-refused', {
      data: { ...data, user: source.user ?? '' },
      message: text,
    })
  const role = /role "([^"]+)" does not exist/.exec(stderr)?.[1]
  if (role !== undefined) return new EverstowError('postgres-role-missing', { data: { ...data, role } })
  const database = /database "([^"]+)" does not exist/.exec(stderr)?.[1]
  if (database !== undefined)
    return new EverstowError('postgres-database-missing', { data: { ...data, database } })
  const extension = /extension "([^"]+)" is not available|could not access file "([^"]+)"/.exec(stderr)
  if (extension)
    return new EverstowError('postgres-extension-missing', {
      data: { ...data, extension: extension[1] ?? extension[2] },
    })
  if (says(/No space left on device/i)) return new EverstowError('disk-full', { data: {}, message: text })
  if (says(/permission denied/i))
    return new EverstowError('postgres-permission', { data: { ...data, reason: text } })
  return new EverstowError('postgres-failed', { data: { ...data, reason: text } })
}

/** The line that says what went wrong; those after it say what was under way. */
function lastComplaint(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  const error = lines.find((line) => /error:|ERROR:|FATAL:/.test(line)) ?? lines.at(-1) ?? ''
  return error.slice(0, 500)
}
