import { type ErrorCode, EverstowError, fromSystemError, isAbort } from '../../model/errors.ts'
import { parseRetryAfter, withoutSecrets } from '../transfer/http-facts.ts'

/** The part of the SDK's errors that we read. */
interface SdkErrorLike {
  readonly name?: string
  readonly message?: string
  readonly Code?: string
  readonly ServerTime?: string | Date
  readonly Region?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: {
    readonly statusCode?: number
    readonly headers?: Readonly<Record<string, string>>
  }
}

/** What each of the service's codes means to us ("List of error codes", S3 API reference; and those of R2, B2 and MinIO). */
const MEANINGS: Readonly<Record<string, ErrorCode>> = {
  NoSuchKey: 'object-missing',
  NoSuchVersion: 'object-missing',
  NoSuchUpload: 'object-missing',
  NotFound: 'object-missing',
  NoSuchBucket: 'bucket-missing',
  InvalidAccessKeyId: 'credentials-refused',
  SignatureDoesNotMatch: 'credentials-refused',
  ExpiredToken: 'credentials-refused',
  InvalidToken: 'credentials-refused',
  TokenRefreshRequired: 'credentials-refused',
  Unauthorized: 'credentials-refused',
  AccessDenied: 'permission-denied',
  AllAccessDisabled: 'permission-denied',
  AccountProblem: 'permission-denied',
  RequestTimeTooSkewed: 'clock-skew',
  SlowDown: 'throttled',
  ServiceUnavailable: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  TooManyRequests: 'throttled',
  RequestLimitExceeded: 'throttled',
  InternalError: 'place-unavailable',
  RequestTimeout: 'timed-out',
  IncompleteBody: 'connection-lost',
  PreconditionFailed: 'precondition-failed',
  ConditionalRequestConflict: 'precondition-failed',
  BadDigest: 'checksum-mismatch',
  InvalidDigest: 'checksum-mismatch',
  XAmzContentSHA256Mismatch: 'checksum-mismatch',
  XAmzContentChecksumMismatch: 'checksum-mismatch',
  InvalidRange: 'invalid-input',
  InvalidBucketName: 'invalid-input',
  KeyTooLongError: 'invalid-input',
  MetadataTooLarge: 'invalid-input',
  NotImplemented: 'not-supported',
  MethodNotAllowed: 'not-supported',
  QuotaExceeded: 'disk-full',
  StorageQuotaExceeded: 'disk-full',
  XMinioStorageFull: 'disk-full',
  XMinioAdminBucketQuotaExceeded: 'disk-full',
}

/** For answers without a code that we know: HEAD has none, and proxies in between speak no S3. */
const STATUS_MEANINGS: Readonly<Record<number, ErrorCode>> = {
  401: 'credentials-refused',
  403: 'permission-denied',
  404: 'object-missing',
  408: 'timed-out',
  412: 'precondition-failed',
  416: 'invalid-input',
  429: 'throttled',
  500: 'place-unavailable',
  501: 'not-supported',
  502: 'place-unavailable',
  503: 'throttled',
  504: 'place-unavailable',
  507: 'disk-full',
}

/** What TLS fails with when it is the certificate that is wrong (OpenSSL's verify results and Node's own). */
const TLS_FAULT = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH|EPROTO)/

export interface ErrorPlace {
  readonly bucket: string
  readonly key?: string | undefined
}

/** Any failure of the SDK, of the connection or of a download as ours. */
export function errorOfS3(error: unknown, place: ErrorPlace, nowMs: number): EverstowError {
  if (error instanceof EverstowError) return error
  if (isAbort(error)) return new EverstowError('cancelled', { cause: withoutSecrets(error) })
  const status = statusOf(error)
  return status === undefined ? errorWithoutAnswer(error, place) : errorOfAnswer(error, status, place, nowMs)
}

/** The service's own code; empty where there was none. */
function serviceCodeOf(error: unknown): string {
  const { Code, name } = (error ?? {}) as SdkErrorLike
  const code = typeof Code === 'string' ? Code : (name ?? '')
  // Without a document the SDK makes names up: of the status, or "Unknown".
  return /^(Unknown|UnknownError|\d+|Error|SyntaxError|TypeError)$/.test(code) ? '' : code
}

/** HTTP status of the answer that this error stands for; undefined where there was none. */
function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = (error ?? {}) as SdkErrorLike
  return $response?.statusCode ?? $metadata?.httpStatusCode
}

function errorOfAnswer(error: unknown, status: number, place: ErrorPlace, nowMs: number): EverstowError {
  const { $response, ServerTime, Region } = error as SdkErrorLike
  const headers = $response?.headers ?? {}
  const reason = serviceCodeOf(error)
  // The rest of the answer would have said what is missing: a status alone would call a missing bucket a missing object.
  const cut = reason === '' && isCut(error)
  const code = cut ? 'connection-lost' : (MEANINGS[reason] ?? STATUS_MEANINGS[status] ?? 'place-refused')
  const retryAfterMs = parseRetryAfter(headers['retry-after'], nowMs)
  const region = Region ?? headers['x-amz-bucket-region']
  const serverMs = new Date(ServerTime ?? headers.date ?? Number.NaN).getTime()
  const skewed = code === 'clock-skew' && !Number.isNaN(serverMs)
  return new EverstowError(code, {
    data: {
      bucket: place.bucket,
      key: place.key,
      status,
      // People are told by one word that it is the place that is full, whatever the service calls it.
      reason: code === 'disk-full' ? 'quota' : reason || undefined,
      ...(region !== undefined && { region }),
      ...(skewed && { offsetMs: serverMs - nowMs }),
    },
    message: `s3 ${status} ${reason}`.trim(),
    cause: withoutSecrets(error),
    // Bytes that changed on their way were not kept; the same bytes may arrive well the next time.
    ...(code === 'checksum-mismatch' && { retry: 'retry' as const }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

function errorWithoutAnswer(error: unknown, place: ErrorPlace): EverstowError {
  const facts = { bucket: place.bucket, key: place.key }
  const { name = '', message = '' } = (error ?? {}) as SdkErrorLike
  const cause = withoutSecrets(error)
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return new EverstowError('credentials-missing', { data: facts, cause })
  }
  if (/region is missing/i.test(message)) {
    return new EverstowError('invalid-input', {
      data: { ...facts, field: 'region', reason: 'missing' },
      cause,
    })
  }
  const tlsCode = codesOf(error).find((code) => TLS_FAULT.test(code))
  if (tlsCode) {
    return new EverstowError('place-refused', {
      data: { ...facts, reason: 'certificate', detail: tlsCode },
      cause,
    })
  }
  if (codesOf(error).some((code) => code === 'HPE_INVALID_CONSTANT' || code.startsWith('HPE_'))) {
    return new EverstowError('place-refused', { data: { ...facts, reason: 'not-http' }, cause })
  }
  if (isCut(error)) return new EverstowError('connection-lost', { data: facts, cause })
  const system = fromSystemError(error, facts)
  if (system) return new EverstowError(system.code, { data: facts, cause })
  return new EverstowError('internal', { data: facts, cause, message: `s3 ${name}: ${cause.message}` })
}

/** Whether a body was cut short: Node says "aborted" (to which the SDK adds a hint) or, from streams, a premature close. */
function isCut(error: unknown): boolean {
  const { message = '' } = (error ?? {}) as SdkErrorLike
  return codesOf(error).includes('ERR_STREAM_PREMATURE_CLOSE') || /^aborted\b/.test(message)
}

/** The codes along the chain of causes, aggregates (several addresses of one host) included. */
function codesOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 4) return []
  const { code } = error as NodeJS.ErrnoException
  const inner = error instanceof AggregateError ? error.errors : [error.cause]
  return [...(typeof code === 'string' ? [code] : []), ...inner.flatMap((each) => codesOf(each, depth + 1))]
}
