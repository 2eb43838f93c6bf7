/**
 * Every error of the engine is a code, the facts a sentence needs, and how to behave.
 * The sentence itself is made at the edge from `assets/locales` (key `errors.<code>`); `message` is for logs.
 */
export type ErrorCode =
  // input
  | 'invalid-input'
  | 'unknown-provider'
  | 'unknown-place'
  | 'unknown-plan'
  | 'unknown-backup'
  | 'unknown-channel'
  | 'name-taken'
  | 'in-use'
  | 'env-file-invalid'
  | 'settings-invalid'
  | 'source-missing'
  | 'source-inside-place'
  | 'source-unsupported'
  | 'target-not-empty'
  | 'undo-impossible'
  | 'no-places'
  | 'nothing-to-back-up'
  // running
  | 'already-running'
  | 'cancelled'
  | 'not-supported'
  | 'internal'
  // local system
  | 'disk-full'
  | 'read-only'
  | 'access-denied'
  | 'io-error'
  | 'too-many-open-files'
  | 'port-taken'
  // places
  | 'object-missing'
  | 'object-exists'
  | 'bucket-missing'
  | 'credentials-missing'
  | 'credentials-refused'
  | 'permission-denied'
  | 'clock-skew'
  | 'network-unreachable'
  | 'connection-lost'
  | 'timed-out'
  | 'throttled'
  | 'place-unavailable'
  | 'place-refused'
  | 'precondition-failed'
  | 'checksum-mismatch'
  | 'place-missing-folder'
  // data inside backups
  | 'data-off'
  | 'data-unreadable'
  | 'data-too-large'
  | 'data-too-hard'
  | 'name-ambiguous'
  | 'budget-exceeded'
  // alerts
  | 'alert-refused'
  // secrets
  | 'keychain-unavailable'
  | 'passphrase-wrong'
  | 'secret-missing'
  // repositories
  | 'repository-missing'
  | 'repository-foreign'
  | 'repository-newer'
  | 'repository-differs'
  | 'repository-exists'
  | 'key-missing'
  | 'slot-damaged'
  | 'kdf-refused'
  | 'recovery-words-wrong'
  | 'invite-wrong'
  | 'invite-expired'
  | 'invite-used'
  | 'invite-too-many'
  | 'rollback-detected'
  | 'log-damaged'
  | 'data-damaged'
  | 'chunk-missing'
  | 'session-expired'
  | 'owner-elsewhere'
  | 'clock-off'
  | 'confirmation-needed'
  | 'plan-guarded'
  | 'no-alarm'
  | 'offline'
  | 'spool-full'
  | 'place-paused'
  // databases
  | 'database-address'
  | 'password-in-address'
  | 'postgres-programs-missing'
  | 'postgres-programs-old'
  | 'postgres-unreachable'
  | 'postgres-refused'
  | 'postgres-database-missing'
  | 'postgres-database-exists'
  | 'postgres-role-missing'
  | 'postgres-extension-missing'
  | 'postgres-permission'
  | 'postgres-failed'
  | 'no-database-in-backup'
  | 'unknown-database'
  | 'archiving-off'
  | 'wal-foreign'
  | 'wal-unfit'
  | 'wal-differs'
  | 'wal-missing'
  | 'recovery-impossible'
  | 'recovery-not-covered'
  | 'recovery-point-unknown'
  | 'recovery-failed'
  // synced folders
  | 'unknown-synced-folder'
  | 'unknown-space'
  | 'unknown-conflict'
  | 'unknown-version'
  | 'synced-folder-taken'
  | 'sync-place-unfit'
  | 'changed-since'
  | 'sync-guarded'
  | 'space-incomplete'
  // mirrors
  | 'unknown-mirror'
  | 'mirror-taken'
  | 'mirror-guarded'
  | 'mirror-waits'
  // archives
  | 'archive-damaged'
  | 'archive-hostile'
  | 'archive-too-large'
  // sync
  | 'sync-root-missing'
  | 'sync-base-damaged'

/** How a caller may behave: try the same again, wait for the world to change, or give up. */
export type Retry = 'retry' | 'wait' | 'never'

export interface ErrorOptions {
  /** Facts for the sentence: names, paths, counts, limits. Never a secret. */
  readonly data?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly retry?: Retry
  /** What the other side asked us to wait (Retry-After), in milliseconds. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
  /** English text for logs; made from the code when absent. */
  readonly message?: string
}

/** `retry`: transient, the same call may succeed. `wait`: calm, the world must change (network, drive). `never`: a person must act. */
const DEFAULT_RETRY: Partial<Record<ErrorCode, Retry>> = {
  'network-unreachable': 'wait',
  'connection-lost': 'retry',
  'timed-out': 'retry',
  throttled: 'retry',
  'place-unavailable': 'retry',
  'place-missing-folder': 'wait',
  'too-many-open-files': 'retry',
  'port-taken': 'wait',
  'session-expired': 'retry',
  offline: 'wait',
  'budget-exceeded': 'wait',
  'place-paused': 'wait',
  'mirror-waits': 'wait',
  'postgres-unreachable': 'wait',
  'sync-root-missing': 'wait',
}

export class EverstowError extends Error {
  readonly code: ErrorCode
  readonly data: Readonly<Record<string, string | number | boolean | undefined>>
  readonly retry: Retry
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super(options.message ?? `${code}${options.data ? ` ${JSON.stringify(options.data)}` : ''}`, {
      cause: options.cause,
    })
    this.name = 'EverstowError'
    this.code = code
    this.data = options.data ?? {}
    this.retry = options.retry ?? DEFAULT_RETRY[code] ?? 'never'
    this.retryAfterMs = options.retryAfterMs
  }
}

/** The error as one of ours; anything unknown becomes `internal` with the original as its cause. */
export function asEverstowError(error: unknown): EverstowError {
  if (error instanceof EverstowError) return error
  if (isAbort(error)) return new EverstowError('cancelled', { cause: error })
  const system = fromSystemError(error)
  return system ?? new EverstowError('internal', { cause: error, message: String(error) })
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'CancelledError')
}

export function hasCode(error: unknown, code: ErrorCode): error is EverstowError {
  return error instanceof EverstowError && error.code === code
}

const SYSTEM_CODES: Record<string, ErrorCode> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EROFS: 'read-only',
  EACCES: 'access-denied',
  EPERM: 'access-denied',
  EIO: 'io-error',
  EMFILE: 'too-many-open-files',
  ENFILE: 'too-many-open-files',
  ECONNREFUSED: 'network-unreachable',
  ENETUNREACH: 'network-unreachable',
  EHOSTUNREACH: 'network-unreachable',
  ENOTFOUND: 'network-unreachable',
  EAI_AGAIN: 'network-unreachable',
  // A proxy that opens no line: to us the place beyond it is out of reach.
  ERR_PROXY_TUNNEL: 'network-unreachable',
  ERR_SOCKS: 'network-unreachable',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
  UND_ERR_SOCKET: 'connection-lost',
  ETIMEDOUT: 'timed-out',
  UND_ERR_CONNECT_TIMEOUT: 'timed-out',
  UND_ERR_HEADERS_TIMEOUT: 'timed-out',
  UND_ERR_BODY_TIMEOUT: 'timed-out',
}

/** SQLite's result codes (https://sqlite.org/rescode.html), the lowest byte of `errcode`. */
const DATABASE_CODES: Record<number, ErrorCode> = { 8: 'read-only', 10: 'io-error', 13: 'disk-full' }
/** SQLITE_IOERR_SHMSIZE: the file of shared memory beside a database could not grow. */
const NO_ROOM_FOR_SHARED_MEMORY = 4_874

function databaseCode(error: Error): ErrorCode | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  if (code !== 'ERR_SQLITE_ERROR' || typeof errcode !== 'number') return undefined
  return errcode === NO_ROOM_FOR_SHARED_MEMORY ? 'disk-full' : DATABASE_CODES[errcode % 256]
}

/** A Node system error (`error.code` such as ENOSPC, also one level down in `cause`) as ours, or undefined. */
export function fromSystemError(
  error: unknown,
  data: Readonly<Record<string, string | number | boolean | undefined>> = {},
): EverstowError | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 4; depth++) {
    const systemCode = (current as NodeJS.ErrnoException).code
    const code =
      typeof systemCode === 'string' ? (SYSTEM_CODES[systemCode] ?? databaseCode(current)) : undefined
    if (code) {
      const path = (current as NodeJS.ErrnoException).path
      return new EverstowError(code, { data: { path, ...data }, cause: error })
    }
    current = current.cause as Error
  }
  return undefined
}
