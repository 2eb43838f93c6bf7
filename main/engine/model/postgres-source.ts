import { EverstowError } from './errors.ts'

/** Where a PostgreSQL database is, without its password: that lies with the secrets. */
export interface PostgresSource {
  /** A name, an address, or the folder of a socket; absent: where libpq looks by itself. */
  readonly host?: string
  readonly port?: number
  readonly user?: string
  /** `*`: every database of the server. */
  readonly database: string
  /** How to connect, in libpq's words, e.g. `sslmode`. */
  readonly options: Readonly<Record<string, string>>
}

/** Every database of a server. */
export const ALL_DATABASES = '*'

const SCHEME = /^postgres(ql)?:\/\//i
/** Everything else is libpq's business and ours, or would hide a secret in an address. */
const KNOWN_OPTIONS = [
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslcrl',
  'connect_timeout',
  'options',
  'target_session_attrs',
  'channel_binding',
  'gssencmode',
  'krbsrvname',
]
const DEFAULT_PORT = 5432

/** Whether a source of a plan is a PostgreSQL database and not a file. */
export function isPostgresSource(source: string): boolean {
  return SCHEME.test(source)
}

/**
 * Reads `postgres://user@host:port/database?sslmode=require`, as libpq understands it (PostgreSQL manual, 34.1.1.2). A socket: `postgres:///shop?host=/run/postgresql`.
 * Throws `database-address`, and `password-in-address` for one that holds a password; neither repeats it.
 */
export function parsePostgresSource(source: string): PostgresSource {
  const rest = source.replace(SCHEME, '')
  const parts = /^(?:([^@/?]*)@)?(\[[^\]]*\]|[^:/?]*)(?::(\d*))?(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest)
  if (!isPostgresSource(source) || !parts) throw unfit('source')
  const [, login = '', host = '', port = '', database = '', query = ''] = parts
  if (login.includes(':')) throw openPassword()
  const options: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'password') throw openPassword()
    options[name] = value
  }
  const { host: socket, port: otherPort, user: otherUser, dbname, ...known } = options
  for (const name of Object.keys(known)) if (!KNOWN_OPTIONS.includes(name)) throw unfit('source', name)
  const where = decoded(host).replace(/^\[|\]$/g, '') || socket
  const number = port || otherPort
  const user = decoded(login) || otherUser
  const name = decoded(database) || dbname
  if (!name) throw unfit('database')
  if ([where, user, name, ...Object.values(known)].some((text) => text && hasControls(text)))
    throw unfit('source')
  if (where?.includes(',')) throw unfit('host', where)
  if (number !== undefined && !(Number(number) >= 1 && Number(number) <= 65_535)) throw unfit('port', number)
  return {
    ...(where ? { host: where } : {}),
    ...(number ? { port: Number(number) } : {}),
    ...(user ? { user } : {}),
    database: name,
    options: known,
  }
}

/** One way to write each address: what is compared, kept and shown. */
export function postgresSourceText({ host, port, user, database, options }: PostgresSource): string {
  const isSocket = host?.startsWith('/') ?? false
  const login = user === undefined ? '' : `${encodeURIComponent(user)}@`
  const name = host?.includes(':') ? `[${host}]` : encodeURIComponent(host ?? '')
  const at = port === undefined || port === DEFAULT_PORT ? '' : `:${port}`
  const query = new URLSearchParams({ ...(isSocket && host ? { host } : {}), ...options }).toString()
  const path = database === ALL_DATABASES ? ALL_DATABASES : encodeURIComponent(database)
  const address = isSocket ? at : `${name}${at}`
  return `postgres://${login}${address}/${path}${query === '' ? '' : `?${query.replaceAll('%2F', '/')}`}`
}

/** The name of its folder in a backup. Depends on the address alone, so that two runs agree. */
export function postgresFolderName({ host, port, database }: PostgresSource): string {
  const where = host === undefined || host.startsWith('/') ? '' : `-${host}`
  const at = port === undefined || port === DEFAULT_PORT ? '' : `-${port}`
  const what = database === ALL_DATABASES ? '' : `-${database}`
  return `postgres${where}${at}${what}`.replaceAll(/[^\p{L}\p{N}._-]/gu, '_')
}

/** Under which name its password lies with the secrets: one a server and user. */
export function postgresSecretName({ host = '', port = DEFAULT_PORT, user = '' }: PostgresSource): string {
  return `postgres:${encodeURIComponent(user)}@${encodeURIComponent(host)}:${port}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unfit('source')
  }
}

function hasControls(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f]/.test(text)
}

const unfit = (part: string, value?: string) =>
  new EverstowError('database-address', { data: { part: value === undefined ? part : `${part} ${value}` } })

const openPassword = () => new EverstowError('password-in-address')
