import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { s3Error } from './errors.ts'

/**
 * Signature Version 4 for S3, checked as the service does.
 * Source: "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)", S3 API reference.
 */
export interface SignableRequest {
  readonly method: string
  /** Path and query as they stood in the request line. */
  readonly target: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Authorization {
  readonly accessKeyId: string
  /** `YYYYMMDD`. */
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** What the chunks of a signed streaming body are chained to. */
export interface SigningContext {
  readonly key: Buffer
  readonly scope: string
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string
  readonly seedSignature: string
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/

/** Reads the `Authorization` header; refuses other schemes and malformed ones. */
export function parseAuthorization(header: string | undefined): Authorization {
  if (header === undefined) throw s3Error('AccessDenied')
  const match = AUTHORIZATION.exec(header.trim())
  if (!match) throw s3Error('AuthorizationHeaderMalformed')
  const [, accessKeyId = '', date = '', region = '', service = '', names = '', signature = ''] = match
  return { accessKeyId, date, region, service, signedHeaders: names.split(';'), signature }
}

/** The canonical request whose hash is signed. */
export function canonicalRequest(
  request: SignableRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  const [path = '/', query = ''] = splitOnce(request.target, '?')
  const headers = signedHeaders.map((name) => `${name}:${canonicalValue(request.headers[name] ?? '')}\n`)
  return [
    request.method,
    uriEncode(decode(path), true),
    canonicalQuery(query),
    headers.join(''),
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
}

/** Signature (hex) of a request and the key it was made with. */
export function signRequest(
  request: SignableRequest,
  authorization: Pick<Authorization, 'date' | 'region' | 'service' | 'signedHeaders'>,
  secretAccessKey: string,
  timestamp: string,
  payloadHash: string,
): SigningContext {
  const { date, region, service, signedHeaders } = authorization
  const scope = `${date}/${region}/${service}/aws4_request`
  const key = signingKey(secretAccessKey, date, region, service)
  const hash = sha256Hex(canonicalRequest(request, signedHeaders, payloadHash))
  const seedSignature = hmacHex(key, ['AWS4-HMAC-SHA256', timestamp, scope, hash].join('\n'))
  return { key, scope, timestamp, seedSignature }
}

/** Signature of one chunk of a signed streaming body, chained to the one before. */
export function signChunk(context: SigningContext, previousSignature: string, chunkHash: string): string {
  const { key, timestamp, scope } = context
  const lines = ['AWS4-HMAC-SHA256-PAYLOAD', timestamp, scope, previousSignature, EMPTY_SHA256, chunkHash]
  return hmacHex(key, lines.join('\n'))
}

/** Signature of the trailing headers (`name:value\n` each), chained to the last chunk. */
export function signTrailer(context: SigningContext, previousSignature: string, trailer: string): string {
  const { key, timestamp, scope } = context
  return hmacHex(
    key,
    ['AWS4-HMAC-SHA256-TRAILER', timestamp, scope, previousSignature, sha256Hex(trailer)].join('\n'),
  )
}

/** Compares two hex signatures without telling where they differ. */
export function sameSignature(left: string, right: string): boolean {
  const a = Buffer.from(left, 'utf8')
  const b = Buffer.from(right, 'utf8')
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}

const EMPTY_SHA256 = sha256Hex('')

function signingKey(secretAccessKey: string, date: string, region: string, service: string): Buffer {
  const steps = [date, region, service, 'aws4_request']
  return steps.reduce<Buffer>(
    (key, step) => createHmac('sha256', key).update(step).digest(),
    Buffer.from(`AWS4${secretAccessKey}`, 'utf8'),
  )
}

function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => splitOnce(pair, '=').map((part = '') => uriEncode(decode(part), false)))
    .map(([name = '', value = '']) => ({ name, value }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&')
}

function canonicalValue(value: string): string {
  return value.trim().replace(/ {2,}/g, ' ')
}

/** Percent-encodes everything but the unreserved characters of RFC 3986 (and `/` in paths). */
function uriEncode(text: string, keepSlash: boolean): string {
  const encoded = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return keepSlash ? encoded.replaceAll('%2F', '/') : encoded
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A lone percent sign: the client did not encode, so no signature can match.
    throw s3Error('InvalidArgument', {}, "Couldn't parse the specified URI.")
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

function hmacHex(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('hex')
}
