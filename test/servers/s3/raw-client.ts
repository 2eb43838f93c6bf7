import { createHash } from 'node:crypto'
import { request as requestHttp } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Credential } from './authenticate.ts'
import { TEST_CREDENTIAL } from './options.ts'
import type { S3Server } from './server.ts'
import { type SigningContext, signChunk, signRequest, signTrailer } from './signature.ts'
import { childText, parseXml } from './xml.ts'

/** A request by hand, for what no well-behaved client would send. */
export interface RawRequest {
  readonly method: string
  /** Path and query, already encoded. */
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  readonly credential?: Credential
  readonly region?: string
  /** Time to sign for. */
  readonly nowMs?: number
  /** Value of `x-amz-content-sha256`; the body's hash by default. */
  readonly payloadHash?: string
  /** Makes the bytes that go out, from what they are signed with. */
  readonly frame?: (signing: SigningContext) => string | Uint8Array
  /** Headers that are added after signing. */
  readonly unsigned?: Readonly<Record<string, string>>
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  /** Code of the error document, where there is one. */
  readonly code: string | undefined
}

/** Signs and sends a request. */
export async function sendRaw(server: Pick<S3Server, 'url' | 'region'>, raw: RawRequest): Promise<RawAnswer> {
  const { host, hostname, port } = new URL(server.url)
  const { credential = TEST_CREDENTIAL, method, target } = raw
  const timestamp = new Date(raw.nowMs ?? Date.now()).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const payloadHash =
    raw.payloadHash ??
    createHash('sha256')
      .update(raw.body ?? '')
      .digest('hex')
  const headers: Record<string, string> = {
    host,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': payloadHash,
    ...raw.headers,
    ...(credential.sessionToken && { 'x-amz-security-token': credential.sessionToken }),
  }
  const scope = {
    date: timestamp.slice(0, 8),
    region: raw.region ?? server.region,
    service: 's3',
    signedHeaders: Object.keys(headers).sort(),
  }
  const signing = signRequest(
    { method, target, headers },
    scope,
    credential.secretAccessKey,
    timestamp,
    payloadHash,
  )
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${credential.accessKeyId}/${signing.scope}, ` +
    `SignedHeaders=${scope.signedHeaders.join(';')}, Signature=${signing.seedSignature}`
  const bytes = Buffer.from(raw.frame?.(signing) ?? raw.body ?? '')
  const sent = { authorization, ...headers, 'content-length': String(bytes.byteLength), ...raw.unsigned }
  return new Promise((resolve, reject) => {
    const outgoing = requestHttp({ method, hostname, port, path: target, headers: sent, agent: false })
    outgoing.once('error', reject)
    outgoing.once('response', (incoming) => {
      text(incoming).then((body) => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body, code: codeOf(body) })
      }, reject)
    })
    outgoing.end(bytes)
  })
}

/** Frames a body as signed chunks, with trailing headers where there are any. */
export function frameSigned(
  signing: SigningContext,
  chunks: readonly string[],
  trailers: Readonly<Record<string, string>> = {},
): string {
  let framed = ''
  let previous = signing.seedSignature
  for (const chunk of [...chunks, '']) {
    previous = signChunk(signing, previous, createHash('sha256').update(chunk).digest('hex'))
    framed += `${chunk.length.toString(16)};chunk-signature=${previous}\r\n${chunk}${chunk && '\r\n'}`
  }
  const lines = Object.entries(trailers).map(([name, value]) => `${name}:${value}\n`)
  if (lines.length === 0) return `${framed}\r\n`
  const signature = signTrailer(signing, previous, lines.join(''))
  return `${framed}${lines.join('').replaceAll('\n', '\r\n')}x-amz-trailer-signature:${signature}\r\n\r\n`
}

function codeOf(body: string): string | undefined {
  return body.includes('<Error>') ? childText(parseXml(body), 'Code') : undefined
}
