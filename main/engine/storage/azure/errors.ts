import { EverstowError, fromSystemError } from '../../model/errors.ts'
import { parseRetryAfter, withoutSecrets } from '../transfer/http-facts.ts'

/** Azure refuses requests that are signed more than 15 minutes away from its own time. */
const CLOCK_TOLERANCE_MS = 15 * 60_000

/** The part of the client's errors that we read. */
interface RestErrorLike {
  readonly name: string
  readonly message: string
  readonly code?: unknown
  readonly statusCode?: unknown
  readonly details?: { readonly errorCode?: unknown }
  readonly response?: {
    readonly status?: number
    readonly bodyAsText?: string | null
    readonly headers?: { get(name: string): string | undefined }
  }
}

/** The service's own error code (https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes); answers to HEAD have it in a header only. */
export function serviceCodeOf(error: unknown): string {
  const { response, details, code } = (error ?? {}) as RestErrorLike
  const candidates = [response?.headers?.get('x-ms-error-code'), details?.errorCode, code]
  return candidates.find((candidate) => typeof candidate === 'string' && candidate !== '')?.toString() ?? ''
}

/** HTTP status of the answer that this error stands for; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  const { response, statusCode } = (error ?? {}) as RestErrorLike
  const status = response?.status ?? statusCode
  return typeof status === 'number' ? status : undefined
}

/** Any failure of the client as ours. */
export function errorOfAzure(
  error: unknown,
  facts: { readonly container: string; readonly key?: string | undefined },
  nowMs: number,
): EverstowError {
  if (error instanceof EverstowError) return error
  const status = statusOf(error)
  const where = { bucket: facts.container, key: facts.key }
  if (status === undefined) return errorWithoutAnswer(error, where)
  const { response, message } = error as RestErrorLike
  const reason = serviceCodeOf(error)
  const retryAfterMs = parseRetryAfter(response?.headers?.get('retry-after'), nowMs)
  const options = {
    data: { ...where, status, reason },
    message: `azure ${status} ${reason}`,
    cause: withoutSecrets(error),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
  const text = `${message} ${response?.bodyAsText ?? ''}`
  // The sentence is the same where a service that imitates Azure gives it another code.
  if (reason === 'AuthenticationFailed' || /failed to authenticate the request/i.test(text)) {
    const dateMs = Date.parse(response?.headers?.get('date') ?? '')
    const skewed = /date header too old/i.test(text) || Math.abs(dateMs - nowMs) > CLOCK_TOLERANCE_MS
    return new EverstowError(skewed ? 'clock-skew' : 'credentials-refused', options)
  }
  if (status === 401 || CREDENTIAL_CODES.has(reason)) return new EverstowError('credentials-refused', options)
  if (status === 429 || status === 503) return new EverstowError('throttled', options)
  if (status === 403 || reason === 'BlobImmutableDueToPolicy' || reason === 'BlobImmutableDueToLegalHold')
    return new EverstowError('permission-denied', options)
  if (reason === 'ContainerNotFound' || reason === 'ContainerBeingDeleted')
    return new EverstowError('bucket-missing', options)
  if (status === 404) return new EverstowError('object-missing', options)
  if (status === 412 || status === 304) return new EverstowError('precondition-failed', options)
  if (status === 416)
    return new EverstowError('invalid-input', { ...options, data: { ...options.data, field: 'range' } })
  if (reason === 'Md5Mismatch' || reason === 'Crc64Mismatch')
    return new EverstowError('checksum-mismatch', options)
  if (status === 408) return new EverstowError('timed-out', options)
  if (status >= 500) return new EverstowError('place-unavailable', options)
  return new EverstowError('place-refused', options)
}

const CREDENTIAL_CODES: ReadonlySet<string> = new Set([
  'InvalidAuthenticationInfo',
  'NoAuthenticationInformation',
  'InvalidAuthorizationInfo',
])

/** Names of `@azure/identity`'s errors when no credential of the chain is there, and when one was turned down. */
const NO_CREDENTIAL = /^(CredentialUnavailable|AggregateAuthentication|AuthenticationRequired)Error$/

function errorWithoutAnswer(
  error: unknown,
  data: { readonly bucket: string; readonly key: string | undefined },
): EverstowError {
  const cause = withoutSecrets(error)
  const name = error instanceof Error ? error.name : ''
  if (NO_CREDENTIAL.test(name)) return new EverstowError('credentials-missing', { data, cause })
  if (name === 'AuthenticationError') return new EverstowError('credentials-refused', { data, cause })
  const system = fromSystemError(error)
  return new EverstowError(system?.code ?? 'connection-lost', { data, cause })
}
