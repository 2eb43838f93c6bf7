import { EverstowError, fromSystemError } from '../../model/errors.ts'
import { parseRetryAfter, withoutSecrets } from '../transfer/http-facts.ts'

/** Where an error happened, for the sentence a person reads. */
export interface ErrorFacts {
  readonly bucket: string
  readonly key?: string | undefined
}

interface ApiReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/**
 * A refusal of the JSON API as ours
 * (https://cloud.google.com/storage/docs/json_api/v1/status-codes; the `reason` tells apart what shares a status).
 */
export function errorOfReply(reply: ApiReply, facts: ErrorFacts, nowMs: number): EverstowError {
  const { status } = reply
  const { reason, message } = detailOf(reply.text)
  const data = { bucket: facts.bucket, key: facts.key, status, reason }
  const retryAfterMs = parseRetryAfter(reply.headers.get('retry-after'), nowMs)
  const options = {
    data,
    message: `gcs ${status} ${reason}: ${message}`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
  if (status === 401) return new EverstowError('credentials-refused', options)
  if (status === 429 || status === 503 || /rateLimitExceeded/i.test(reason))
    return new EverstowError('throttled', options)
  if (status === 403) return new EverstowError('permission-denied', options)
  if (status === 404)
    return new EverstowError(
      /bucket does not exist/i.test(message) ? 'bucket-missing' : 'object-missing',
      options,
    )
  if (status === 412 || status === 304) return new EverstowError('precondition-failed', options)
  if (status === 416)
    return new EverstowError('invalid-input', { ...options, data: { ...data, field: 'range' } })
  // We hashed before we sent: the damage happened on the way.
  if (status === 400 && /doesn't match calculated/i.test(message))
    return new EverstowError('checksum-mismatch', { ...options, retry: 'retry' })
  if (status === 408) return new EverstowError('timed-out', options)
  if (status >= 500) return new EverstowError('place-unavailable', options)
  return new EverstowError('place-refused', options)
}

/** A request that got no answer of the API: the network, or the token endpoint said no. */
export function errorOfFailure(error: unknown, facts: ErrorFacts, nowMs: number): EverstowError {
  if (error instanceof EverstowError) return error
  const token = tokenReplyOf(error)
  if (token) return errorOfToken(token, facts, nowMs)
  const cause = withoutSecrets(error)
  const system = fromSystemError(error, { bucket: facts.bucket, key: facts.key })
  if (system) return new EverstowError(system.code, { data: { bucket: facts.bucket, key: facts.key }, cause })
  // What the connection did that has no system code of its own: closed in the middle of an answer, broken framing.
  return new EverstowError('connection-lost', { data: { bucket: facts.bucket, key: facts.key }, cause })
}

/** No credentials were found, or what was found cannot be used at all. */
export function errorOfCredentials(error: unknown, bucket: string): EverstowError {
  if (error instanceof EverstowError) return error
  return new EverstowError('credentials-missing', { data: { bucket }, cause: withoutSecrets(error) })
}

/** RFC 6749 5.2: Google says `invalid_grant` of a wrong key and of a wrong clock alike; only the description differs. */
function errorOfToken(reply: ApiReply, facts: ErrorFacts, nowMs: number): EverstowError {
  const { status, text } = reply
  if (status === 429 || status >= 500) return errorOfReply(reply, facts, nowMs)
  const data = { bucket: facts.bucket, status, reason: /"error"\s*:\s*"(\w+)"/.exec(text)?.[1] }
  if (/reasonable timeframe|iat and exp/i.test(text)) return new EverstowError('clock-skew', { data })
  return new EverstowError('credentials-refused', { data })
}

/** The token endpoint's refusal, where the library failed because of one. Replies of the API itself never come this way. */
function tokenReplyOf(error: unknown): ApiReply | undefined {
  const response = (
    error as { response?: { status?: unknown; headers?: unknown; data?: unknown } } | undefined
  )?.response
  if (typeof response?.status !== 'number') return undefined
  const headers = response.headers instanceof Headers ? response.headers : new Headers()
  const text = typeof response.data === 'string' ? response.data : JSON.stringify(response.data ?? '')
  return { status: response.status, headers, text }
}

function detailOf(text: string): { readonly reason: string; readonly message: string } {
  try {
    const { error } = JSON.parse(text) as {
      error?: { message?: string; errors?: { reason?: string }[] }
    }
    return { reason: error?.errors?.[0]?.reason ?? '', message: (error?.message ?? '').slice(0, 500) }
  } catch {
    // Proxies and load balancers answer with pages of their own; their text is all there is.
    return { reason: '', message: text.slice(0, 200) }
  }
}
