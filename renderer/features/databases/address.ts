/** Where a database is, as a person types it. */
export interface TypedAddress {
  /** A name, an address, or the folder of a socket; empty: this computer. */
  readonly host: string
  readonly port: number | string
  readonly user: string
  readonly database: string
  readonly password: string
}

export const emptyAddress: TypedAddress = { host: '', port: 5432, user: '', database: '', password: '' }

/** Every database of the server. */
export const ALL_DATABASES = '*'

/** `postgres://user@host:port/database`, without the password. */
export function addressOf({ host, port, user, database }: TypedAddress): string {
  const server = host.trim()
  const isSocket = server.startsWith('/')
  const login = user.trim() === '' ? '' : `${encodeURIComponent(user.trim())}@`
  const name = database === ALL_DATABASES ? ALL_DATABASES : encodeURIComponent(database.trim())
  const at = isSocket ? '' : server.includes(':') ? `[${server}]` : encodeURIComponent(server)
  return `postgres://${login}${at}:${port}/${name}${isSocket ? `?host=${encodeURIComponent(server)}` : ''}`
}
