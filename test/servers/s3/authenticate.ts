import { s3Error } from './errors.ts'
import {
  parseAuthorization,
  type SignableRequest,
  type SigningContext,
  sameSignature,
  signRequest,
} from './signature.ts'

export interface Credential {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** How the body is bound to the signature, from `x-amz-content-sha256`. */
export type PayloadMode =
  | { readonly kind: 'hashed'; readonly sha256: string }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'chunked'; readonly signed: boolean; readonly trailer: boolean }

export interface Authenticated {
  readonly accessKeyId: string
  readonly payload: PayloadMode
  readonly signing: SigningContext
}

export interface AuthenticationRules {
  readonly credentials: readonly Credential[]
  readonly region: string
  /** The server's time. */
  readonly nowMs: number
}

const MAX_SKEW_MS = 15 * 60 * 1000

/** Refuses a request that is not signed by a known key, now, for this region, with all that matters signed. */
export function authenticate(request: SignableRequest, rules: AuthenticationRules): Authenticated {
  const authorization = parseAuthorization(request.headers.authorization)
  const credential = rules.credentials.find(({ accessKeyId }) => accessKeyId === authorization.accessKeyId)
  if (!credential) throw s3Error('InvalidAccessKeyId', { AWSAccessKeyId: authorization.accessKeyId })
  if (authorization.region !== rules.region || authorization.service !== 's3') {
    throw s3Error('AuthorizationHeaderMalformed', { Region: rules.region })
  }
  const token = request.headers['x-amz-security-token']
  if (token !== credential.sessionToken) throw s3Error('InvalidToken')

  const timestamp = request.headers['x-amz-date'] ?? ''
  const requestMs = parseTimestamp(timestamp)
  if (requestMs === undefined)
    throw s3Error('AccessDenied', {}, 'AWS authentication requires a valid x-amz-date header')
  if (Math.abs(rules.nowMs - requestMs) > MAX_SKEW_MS) {
    throw s3Error('RequestTimeTooSkewed', {
      RequestTime: timestamp,
      ServerTime: new Date(rules.nowMs).toISOString(),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
    })
  }
  if (!timestamp.startsWith(authorization.date)) throw s3Error('SignatureDoesNotMatch')

  refuseUnsignedHeaders(request.headers, authorization.signedHeaders)
  const payloadHash = request.headers['x-amz-content-sha256']
  if (payloadHash === undefined)
    throw s3Error('MissingSecurityHeader', { MissingHeaderName: 'x-amz-content-sha256' })
  const signing = signRequest(request, authorization, credential.secretAccessKey, timestamp, payloadHash)
  if (!sameSignature(signing.seedSignature, authorization.signature)) {
    throw s3Error('SignatureDoesNotMatch', { AWSAccessKeyId: authorization.accessKeyId })
  }
  return { accessKeyId: authorization.accessKeyId, payload: payloadModeOf(payloadHash), signing }
}

/** Reads `x-amz-content-sha256`. */
function payloadModeOf(value: string): PayloadMode {
  if (/^[0-9a-f]{64}$/.test(value)) return { kind: 'hashed', sha256: value }
  switch (value) {
    case 'UNSIGNED-PAYLOAD':
      return { kind: 'unsigned' }
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return { kind: 'chunked', signed: true, trailer: false }
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { kind: 'chunked', signed: true, trailer: true }
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { kind: 'chunked', signed: false, trailer: true }
    default:
      throw s3Error('InvalidArgument', { ArgumentName: 'x-amz-content-sha256', ArgumentValue: value })
  }
}

function refuseUnsignedHeaders(headers: Readonly<Record<string, string>>, signed: readonly string[]): void {
  const names = new Set(signed)
  const unsigned = Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !names.has(name))
  if (!names.has('host')) unsigned.push('host')
  if (unsigned.length > 0) {
    const message = 'There were headers present in the request which were not signed'
    throw s3Error('AccessDenied', { HeadersNotSigned: unsigned.join(', ') }, message)
  }
}

function parseTimestamp(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!match) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second)
}
